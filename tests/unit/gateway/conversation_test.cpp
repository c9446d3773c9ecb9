// What becomes of a message that is spoken of before, while and after it goes out.
#include "bridge/gateway/messages/conversation.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/messages/wire_content.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using omemo::Version;
using store::MessageState;
using testing::HasSubstr;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net";

struct Conversation : testing::Test {
  Party bot{bot_jid, trust::Policy::blind}, alice{alice_jid, trust::Policy::blind};

  store::OutboxId say_unsealed(const std::string& text, const std::string& name = {}) {
    Utterance words = bot.utterance(alice_jid, text);
    words.name = name;
    return bot.run([&](store::Tables& t) { return say(t, words, noon).value(); });
  }
  store::KnownMessage known(const std::string& id) {
    return bot.run(
        [&](store::Tables& t) { return t.messages.find(bot.self.account, alice_jid, true, id).value(); });
  }
  Spoken correct_it(const std::string& id, const std::string& text) {
    const auto target = known(id);
    return bot.run(
        [&](store::Tables& t) { return correct(t, target, bot.utterance(alice_jid, text), noon); });
  }
  Spoken retract_it(const std::string& id) {
    const auto target = known(id);
    return bot.run([&](store::Tables& t) { return retract(t, target, bot.utterance(alice_jid, {}), noon); });
  }
  std::vector<store::OutboxRow> outbox() {
    return bot.run([](store::Tables& t) { return t.outbox.list({}); });
  }
};

TEST_F(Conversation, WhatHasNotGoneOutTakesTheNewTextItself) {
  const auto row = say_unsealed("disk 90% full");
  const Spoken spoken = correct_it("m1", "disk 95% full");
  EXPECT_EQ(spoken.what, Spoken::What::changed);
  EXPECT_EQ(spoken.row, row);
  ASSERT_EQ(outbox().size(), 1u);
  EXPECT_EQ(decode_outgoing(outbox()[0].body).text, "disk 95% full");
  bot.meet(alice, Version::omemo2);
  const auto sealed =
      bot.run([&](store::Tables& t) { return bot.seal_next(t, trust::MessageRule::partial); });
  alice.hear(sealed.stanzas.at(0), bot_jid);
  EXPECT_EQ(plugin::parse_message(as_text(alice.inbox().at(0).event.payload)).value().text, "disk 95% full");
}

TEST_F(Conversation, ATextThatWasTakenToBeSealedIsSealedAsItIsNow) {
  bot.meet(alice, Version::legacy);
  say_unsealed("old");
  const auto due = bot.run([&](store::Tables& t) { return t.outbox.take_due(bot.self.account, noon, 1); });
  correct_it("m1", "new");
  const auto sealed = bot.run([&](store::Tables& t) {
    return seal_message(t, bot.self, due.at(0), trust::MessageRule::partial, false, bot.random, noon);
  });
  alice.hear(sealed.stanzas.at(0), bot_jid);
  EXPECT_EQ(plugin::parse_message(as_text(alice.inbox().at(0).event.payload)).value().text, "new");
}

TEST_F(Conversation, WhatHasNotGoneOutIsWithdrawn) {
  say_unsealed("never mind");
  EXPECT_EQ(retract_it("m1").what, Spoken::What::withdrawn);
  EXPECT_TRUE(outbox().empty());
}

TEST_F(Conversation, WhatWentOutIsCorrectedByAMessageOfItsOwn) {
  bot.meet(alice, Version::legacy);
  bot.send(alice_jid, "old");
  const Spoken spoken = correct_it("m1", "new");
  EXPECT_EQ(spoken.what, Spoken::What::queued);
  const Outgoing content = decode_outgoing(outbox().at(0).body);
  EXPECT_EQ(content.bearing, Bearing::correction);
  EXPECT_EQ(content.about, known("m1").id.value());
}

TEST_F(Conversation, WhatNeverGoesOutAnyMoreIsSaidAnewUnderItsName) {
  const auto row = say_unsealed("old", "disk");
  bot.run([&](store::Tables& t) { t.outbox.refuse(row, "no", noon); });
  EXPECT_EQ(correct_it("m1", "new").what, Spoken::What::queued);
  EXPECT_EQ(decode_outgoing(outbox().at(0).body).bearing, Bearing::none);
  const auto named = bot.run(
      [&](store::Tables& t) { return t.messages.by_name(bot.self.account, alice_jid, "echo", "disk"); });
  EXPECT_EQ(named.value().message_id, "m2");
}

TEST_F(Conversation, ARetractedMessageLosesItsName) {
  bot.meet(alice, Version::legacy);
  say_unsealed("old", "disk");
  bot.run([&](store::Tables& t) { bot.seal_next(t, trust::MessageRule::partial); });
  EXPECT_EQ(retract_it("m1").what, Spoken::What::queued);
  bot.run([&](store::Tables& t) {
    EXPECT_FALSE(t.messages.by_name(bot.self.account, alice_jid, "echo", "disk"));
  });
}

TEST_F(Conversation, ARetractionOfWhatIsForgottenIsRefusedWithItsReason) {
  bot.meet(alice, Version::legacy);
  bot.send(alice_jid, "old");
  retract_it("m1");
  const auto sealed = bot.run([&](store::Tables& t) {
    t.messages.purge(noon + std::chrono::hours(1));
    return bot.seal_next(t, trust::MessageRule::partial);
  });
  EXPECT_EQ(sealed.kind, SealOutcome::Kind::refused);
  EXPECT_THAT(outbox().at(0).reason, HasSubstr("not known any more"));
}

TEST_F(Conversation, EachVersionIsToldTheIdItKnows) {
  bot.meet(alice, Version::legacy);
  bot.send(alice_jid, "one");
  EXPECT_EQ(known("m1").sent, (store::SentVersions{Version::legacy, {}}));
  EXPECT_EQ(id_in(Version::legacy, known("m1")), "m1");
  store::KnownMessage both = known("m1");
  both.sent = {Version::legacy, Version::omemo2};
  EXPECT_EQ(id_in(Version::legacy, both), "m1");
  EXPECT_EQ(id_in(Version::omemo2, both), "m1.2");
  both.own = false;
  EXPECT_EQ(id_in(Version::omemo2, both), "m1");
}

TEST(MessageDetails, ComeBackAsTheyWere) {
  const MessageDetails details{"in-1:0", "disk", {"👍", "🐢"}, {"🔕"}, true};
  EXPECT_EQ(decode_details(encode(details)), details);
  EXPECT_EQ(decode_details({}), MessageDetails());
}

}  // namespace
}  // namespace omegate::gateway::test
