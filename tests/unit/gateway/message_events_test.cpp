// Who may speak of which message, and what plugins hear of it.
#include "bridge/gateway/messages/message_events.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "bridge/core/plugin/limits.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

namespace json = boost::json;
using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net",
                  mallory_jid = "mallory@example.net";

Outgoing about(Bearing bearing, std::string text = {}, std::vector<std::string> reactions = {},
               std::string quote = {}) {
  Outgoing content{std::move(text), {}, "echo"};
  content.bearing = bearing;
  content.reactions = std::move(reactions);
  content.quote = std::move(quote);
  return content;
}

/// "edit m1: new text", "reaction m2 +👍 -🐢", "message: text" of each inbox row, oldest first.
std::vector<std::string> news(Party& party) {
  std::vector<std::string> lines;
  auto rows = party.inbox();
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.event.id < b.event.id; });
  for (const auto& row : rows) {
    const json::object event = json::parse(as_text(row.event.payload)).as_object();
    std::string line = row.event.kind;
    const auto* subject = event.if_contains("about");
    if (!subject) subject = event.if_contains("reply_to");
    if (subject) line += " " + std::string(subject->at("id").as_string());
    if (const auto* added = event.if_contains("added")) {
      for (const auto& emoji : added->as_array()) line += " +" + std::string(emoji.as_string());
      for (const auto& emoji : event.at("removed").as_array()) line += " -" + std::string(emoji.as_string());
    }
    if (const auto* state = event.if_contains("state")) line += " " + std::string(state->as_string());
    const std::string text(event.at("text").as_string());
    if (!text.empty()) line += ": " + text;
    lines.push_back(std::move(line));
  }
  return lines;
}

class MessageEvents : public testing::TestWithParam<Version> {
 protected:
  MessageEvents() {
    alice.meet(bot, GetParam());
    bot.meet(alice, GetParam());
  }
  void alice_says(const std::string& text) { bot.hear(alice.send(bot_jid, text).stanzas.at(0), alice_jid); }
  void alice_says_about(bool own, const std::string& id, Outgoing content) {
    bot.hear(alice.send_about(bot_jid, own, id, std::move(content)).stanzas.at(0), alice_jid);
  }
  /// The bot says it; alice has heard it.
  void bot_says(const std::string& text) { alice.hear(bot.send(alice_jid, text).stanzas.at(0), bot_jid); }

  Party bot{bot_jid, trust::Policy::blind}, alice{alice_jid, trust::Policy::blind};
};
INSTANTIATE_TEST_SUITE_P(Versions, MessageEvents, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& version) { return std::string(omemo::name(version.param)); });

TEST_P(MessageEvents, ACorrectionIsANewTextOfThatMessage) {
  alice_says("deploy web1");
  alice_says_about(true, "m1", about(Bearing::correction, "deploy web2"));
  EXPECT_THAT(news(bot), ElementsAre("message: deploy web1", "edit m1: deploy web2"));
}

TEST_P(MessageEvents, ACorrectionOfACorrectionIsAboutTheFirstText) {
  alice_says("one");
  alice_says_about(true, "m1", about(Bearing::correction, "two"));
  alice_says_about(true, "m2", about(Bearing::correction, "three"));
  EXPECT_THAT(news(bot), ElementsAre("message: one", "edit m1: two", "edit m1: three"));
}

TEST_P(MessageEvents, ARetractionBringsNoText) {
  alice_says("oh no");
  alice_says_about(true, "m1", about(Bearing::retraction));
  EXPECT_THAT(news(bot), ElementsAre("message: oh no", "retract m1"));
}

TEST_P(MessageEvents, AReplyIsItsOwnTextAndNamesWhatItAnswers) {
  bot_says("the disk of web1 is full");
  alice_says_about(false, "m1", about(Bearing::reply, "I am on it", {}, "the disk of web1 is full"));
  EXPECT_THAT(news(bot), ElementsAre("message m1: I am on it"));
}

// case 63
TEST_P(MessageEvents, WhatSomebodyElseSaysAboutAMessageChangesNothing) {
  Party mallory(mallory_jid);
  mallory.meet(bot, GetParam());
  alice_says("deploy 1");
  mallory.send(bot_jid, "never heard");
  std::string forged = mallory.send(bot_jid, "deploy 2").stanzas.at(0);
  forged.insert(forged.rfind("</message>"), "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>");
  bot.hear(forged, mallory_jid);
  bot.hear(mallory.send_about(bot_jid, true, "m1", about(Bearing::retraction)).stanzas.at(0), mallory_jid);
  EXPECT_THAT(news(bot), ElementsAre("message: deploy 1", "message: deploy 2"));
}

// case 63
TEST_P(MessageEvents, ADeviceThatIsTrustedLessDoesNotCorrectWhatABetterOneWrote) {
  alice_says("pay 1");
  bot.decide(alice_jid, alice.device().identity.curve(), trust::Fact::verified);
  Party tablet(alice_jid);  // another device of hers, let in by the policy only
  tablet.meet(bot, GetParam());
  tablet.run([&](store::Tables& t) {
    store::NewKnownMessage claimed{tablet.self.account, bot_jid, true, "m1"};
    t.messages.set_sent(t.messages.add(claimed, noon).value(), {GetParam(), {}});
  });
  bot.hear(tablet.send_about(bot_jid, true, "m1", about(Bearing::retraction)).stanzas.at(0), alice_jid);
  bot.hear(tablet.send_about(bot_jid, true, "m1", about(Bearing::correction, "pay 1000")).stanzas.at(0),
           alice_jid);
  EXPECT_THAT(news(bot), testing::Each(Not(testing::AnyOf(HasSubstr("edit"), HasSubstr("retract")))));
}

TEST_P(MessageEvents, ATextThatTakesTheBotsWordForItsOwnIsAMessage) {
  bot_says("all is well");
  alice.run([&](store::Tables& t) {
    store::NewKnownMessage claimed{alice.self.account, bot_jid, true, "m1"};
    t.messages.set_sent(t.messages.add(claimed, noon).value(), {GetParam(), {}});
  });
  alice_says_about(true, "m1", about(Bearing::correction, "all is lost"));
  EXPECT_THAT(news(bot), ElementsAre("message: all is lost"));
}

TEST_P(MessageEvents, ACorrectionOfSomethingUnknownIsAMessage) {
  alice_says("first");
  bot.run([](store::Tables& t) { t.messages.purge(noon + std::chrono::hours(1)); });
  alice_says_about(true, "m1", about(Bearing::correction, "second"));
  EXPECT_THAT(news(bot), ElementsAre("message: first", "message: second"));
}

TEST(MessageEventsOmemo2, ReactionsAreWhatChangedSinceTheLastOnes) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid, trust::Policy::blind);
  alice.meet(bot, Version::omemo2);
  bot.meet(alice, Version::omemo2);
  alice.hear(bot.send(alice_jid, "deployed").stanzas.at(0), bot_jid);
  const auto react = [&](std::vector<std::string> emojis) {
    const auto sealed =
        alice.send_about(bot_jid, false, "m1", about(Bearing::reaction, {}, std::move(emojis)));
    bot.hear(sealed.stanzas.at(0), alice_jid);
  };
  react({"👍"});
  react({"👍", "🎉"});
  react({"👍", "🎉"});  // says nothing new
  react({"🐢"});
  react({});
  EXPECT_THAT(news(bot),
              ElementsAre("reaction m1 +👍", "reaction m1 +🎉", "reaction m1 +🐢 -👍 -🎉", "reaction m1 -🐢"));
}

// case 63, 64
TEST(MessageEventsOmemo2, WhatStandsBesideTheEnvelopeIsNotRead) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid);
  alice.meet(bot, Version::omemo2);
  bot.hear(alice.send(bot_jid, "one").stanzas.at(0), alice_jid);
  std::string second = alice.send(bot_jid, "two").stanzas.at(0);
  second.insert(second.rfind("</message>"),
                "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>"
                "<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>");
  bot.hear(second, alice_jid);
  EXPECT_THAT(news(bot), ElementsAre("message: one", "message: two"));
}

// case 64
TEST_P(MessageEvents, NothingButIdsIsSaidInTheClear) {
  bot_says("the disk is full");
  alice.hear(bot.send(alice_jid, "canary-text").stanzas.at(0), bot_jid);
  std::vector<std::string> stanzas;
  const auto take = [&](SealOutcome sealed) {
    stanzas.insert(stanzas.end(), sealed.stanzas.begin(), sealed.stanzas.end());
  };
  take(bot.send_about(alice_jid, true, "m1", about(Bearing::correction, "canary-correction")));
  take(bot.send_about(alice_jid, true, "m1", about(Bearing::reply, "canary-reply", {}, "canary-quote")));
  take(bot.send_about(alice_jid, true, "m1", about(Bearing::reaction, {}, {"🐦"}, "canary-quote")));
  take(bot.send_about(alice_jid, true, "m1", about(Bearing::retraction)));
  ASSERT_EQ(stanzas.size(), 4u);
  for (const auto& stanza : stanzas) {
    EXPECT_THAT(stanza, Not(HasSubstr("canary")));
    EXPECT_THAT(stanza, Not(HasSubstr("🐦")));
    EXPECT_THAT(stanza, Not(HasSubstr("retracted")));
    if (GetParam() == Version::omemo2) {
      EXPECT_THAT(stanza, Not(HasSubstr("id='m1'"))) << "not even what it is about";
    }
  }
}

TEST(MessageEventsLegacy, AReactionIsAnEncryptedAnswer) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid, trust::Policy::blind);
  alice.meet(bot, Version::legacy);
  bot.meet(alice, Version::legacy);
  bot.hear(alice.send(bot_jid, "deploy").stanzas.at(0), alice_jid);
  const auto sealed = bot.send_about(alice_jid, false, "m1", about(Bearing::reaction, {}, {"👍"}, "deploy"));
  ASSERT_EQ(sealed.stanzas.size(), 1u);
  alice.hear(sealed.stanzas[0], bot_jid);
  EXPECT_THAT(news(alice), ElementsAre("message m1: 👍"));
  const auto none = bot.send_about(alice_jid, false, "m1", about(Bearing::reaction));
  EXPECT_EQ(none.kind, SealOutcome::Kind::refused);
  EXPECT_THAT(none.reason, HasSubstr("reads encrypted reactions"));
}

// case 63
TEST(MessageEventsInTheClear, AreMarksAndNeverTextsOrChanges) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid, trust::Policy::blind);
  bot.meet(alice, Version::legacy);
  alice.meet(bot, Version::legacy);
  bot.send(alice_jid, "alert");
  bot.hear(alice.send(bot_jid, "deploy").stanzas.at(0), alice_jid);
  const auto say = [&](const std::string& children, const std::string& from = alice_jid + "/phone") {
    xml::Element message =
        xml::parse_document("<message xmlns='jabber:client' type='chat' id='c1'>" + children + "</message>",
                            xml::Limits{})
            .value();
    message.set("from", from).set("to", bot_jid);
    const auto incoming = xmpp::classify(message, {xmpp::Jid::parse(bot_jid).value(), noon, true});
    return bot.run([&](store::Tables& t) {
      const Reader reader{bot.self, {{"echo"}, {"echo"}, {"echo"}}};
      return receive_in_the_clear(t, reader, std::get<xmpp::ChatMessage>(incoming), noon);
    });
  };
  EXPECT_TRUE(say("<reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>🔕</reaction></reactions>"));
  EXPECT_TRUE(say("<composing xmlns='http://jabber.org/protocol/chatstates'/>"));
  EXPECT_FALSE(say("<composing xmlns='http://jabber.org/protocol/chatstates'/>", bot_jid + "/room")) << "a room says back what we said";
  EXPECT_FALSE(say("<retract xmlns='urn:xmpp:message-retract:1' id='m1'/>"));
  EXPECT_FALSE(say("<replace xmlns='urn:xmpp:message-correct:0' id='m1'/><body>deploy all</body>"));
  EXPECT_FALSE(
      say("<reactions xmlns='urn:xmpp:reactions:0' id='unknown'><reaction>🔕</reaction></reactions>"));
  EXPECT_THAT(news(bot), ElementsAre("message: deploy", "reaction m1 +🔕", "typing composing"));
  const auto rows = bot.inbox();
  const auto reaction =
      std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.event.kind == "reaction"; });
  const auto said = plugin::parse_message(as_text(reaction->event.payload)).value();
  EXPECT_FALSE(said.encrypted);
  EXPECT_EQ(said.trust, plugin::TrustLevel::undecided);
}

TEST(MessageEventsLegacy, RememberWhoWantsToKnowWhatWasRead) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid, trust::Policy::blind);
  alice.meet(bot, Version::legacy);
  bot.hear(alice.send(bot_jid, "one").stanzas.at(0), alice_jid);
  std::string silent = alice.send(bot_jid, "two").stanzas.at(0);
  const std::string asks = "<markable xmlns='urn:xmpp:chat-markers:0'/>";
  ASSERT_NE(silent.find(asks), silent.npos);
  silent.erase(silent.find(asks), asks.size());
  bot.hear(silent, alice_jid);
  const auto wants_it = [&](const std::string& id) {
    return bot.run([&](store::Tables& t) { return decode_details(t.messages.find(bot.self.account, alice_jid, false, id).value().details).markable; });
  };
  EXPECT_TRUE(wants_it("m1"));
  EXPECT_FALSE(wants_it("m2"));
}

TEST(MessageEventsInTheClear, OfNowDoNotPileUp) {
  Party bot(bot_jid, trust::Policy::blind), alice(alice_jid, trust::Policy::blind);
  bot.meet(alice, Version::legacy);
  bot.send(alice_jid, "alert");
  const auto say = [&](xml::Element child) {
    xml::Element message("message", "jabber:client");
    message.set("type", "chat").set("id", "c1").set("from", alice_jid + "/phone").set("to", bot_jid);
    message.add(std::move(child));
    const auto incoming = xmpp::classify(message, {xmpp::Jid::parse(bot_jid).value(), noon, true});
    return bot.run([&](store::Tables& t) {
      return receive_in_the_clear(t, Reader{bot.self, {{"echo"}, {"echo"}, {"echo"}}}, std::get<xmpp::ChatMessage>(incoming), noon);
    });
  };
  for (std::size_t i = 0; i < plugin::max_passing_backlog / 2; ++i) {
    EXPECT_TRUE(say(xmpp::state_element(xmpp::ChatState::composing)));
    EXPECT_TRUE(say(xmpp::displayed_element("m1")));
  }
  EXPECT_FALSE(say(xmpp::state_element(xmpp::ChatState::composing)));
  EXPECT_FALSE(say(xmpp::displayed_element("m1")));
  EXPECT_EQ(bot.inbox().size(), plugin::max_passing_backlog);
}

TEST(MessageEventsInARoom, AMarkerNamesOurMessageByTheNumberThatTheRoomGaveIt) {
  const std::string room = "team@rooms.example.org";
  Party bot(bot_jid, trust::Policy::blind);
  bot.run([&](store::Tables& t) {
    say(t, bot.utterance(room, "alert"), noon);
    t.messages.set_room_id(t.messages.find(bot.self.account, room, true, "m1")->id, "r1");
    t.messages.add({bot.self.account, room, false, "theirs", {}, {}, {}, {}, {}, {}, "r2"}, noon);
  });
  const auto read = [&](const std::string& number) {
    xml::Element message("message", "jabber:client");
    message.set("type", "groupchat").set("id", "c1").set("from", room + "/alice").set("to", bot_jid);
    message.add(xmpp::displayed_element(number));
    auto chat = std::get<xmpp::ChatMessage>(xmpp::classify(message, {xmpp::Jid::parse(bot_jid).value(), noon, true}));
    chat.room = chat.from.bare();
    chat.from = xmpp::Jid::parse(alice_jid).value();
    return bot.run([&](store::Tables& t) { return receive_in_the_clear(t, Reader{bot.self, {{"echo"}, {"echo"}, {"echo"}}}, chat, noon); });
  };
  EXPECT_TRUE(read("r1"));
  EXPECT_FALSE(read("r2")) << "that is not ours";
  EXPECT_FALSE(read("r3"));
  bot.run([&](store::Tables& t) {
    const auto first = t.messages.find(bot.self.account, room, true, "m1")->id;
    t.messages.add({bot.self.account, room, true, "m2", {}, "echo", {}, first, {}, {}, "r4"}, noon);
  });
  EXPECT_TRUE(read("r4")) << "a new text of the first";
  EXPECT_THAT(news(bot), ElementsAre("marker m1 displayed", "marker m1 displayed"));
}

TEST(MessageEventsUndecided, TextsAreKeptAndNothingElse) {
  Party bot(bot_jid, trust::Policy::manual), alice(alice_jid);
  alice.meet(bot, Version::omemo2);
  bot.hear(alice.send(bot_jid, "let me in").stanzas.at(0), alice_jid);
  bot.hear(alice.send_about(bot_jid, true, "m1", about(Bearing::retraction)).stanzas.at(0), alice_jid);
  ASSERT_EQ(bot.inbox().size(), 1u);
  EXPECT_TRUE(bot.inbox()[0].parked);
  EXPECT_THAT(news(bot), ElementsAre("message: let me in"));
}

}  // namespace
}  // namespace omegate::gateway::test
