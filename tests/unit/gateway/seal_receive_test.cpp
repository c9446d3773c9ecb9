#include <gmock/gmock.h>

#include <set>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/messages/opening.hpp"
#include "bridge/gateway/trust/trust_words.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::Not;

constexpr const char* bot_jid = "bot@example.org";
constexpr const char* alice_jid = "alice@example.net";

std::string text_of(const store::InboxRow& row) {
  return plugin::parse_message(as_text(row.event.payload)).value().text;
}

class InBothVersions : public testing::TestWithParam<Version> {};
INSTANTIATE_TEST_SUITE_P(Versions, InBothVersions, testing::Values(Version::legacy, Version::omemo2),
                         [](const auto& p) { return std::string(omemo::name(p.param)); });

TEST_P(InBothVersions, AMessageArrivesAndTheAnswerComesBack) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, GetParam());
  const SealOutcome out = bot.send(alice_jid, "disk full on web1");
  ASSERT_EQ(out.stanzas.size(), 1u);
  EXPECT_THAT(out.stanzas[0], Not(HasSubstr("disk full")));

  const Received first = alice.hear(out.stanzas[0], bot_jid);
  EXPECT_EQ(first.kind, Received::Kind::message) << first.error.message();
  EXPECT_TRUE(first.built_session);
  ASSERT_EQ(alice.inbox().size(), 1u);
  EXPECT_EQ(text_of(alice.inbox()[0]), "disk full on web1");

  alice.run([&](store::Tables& t) {
    const std::vector<omemo::DeviceId> ids{bot.self.device};
    t.devices.replace_list(alice.self.account, bot_jid, GetParam(), ids, noon);
  });
  const SealOutcome back = alice.send(bot_jid, "on it");
  ASSERT_EQ(back.stanzas.size(), 1u) << back.reason;
  EXPECT_EQ(bot.hear(back.stanzas[0], alice_jid).kind, Received::Kind::message);
  EXPECT_EQ(text_of(bot.inbox()[0]), "on it");
}

// case 76
TEST_P(InBothVersions, TheSameStanzaTwiceIsOneMessage) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, GetParam());
  const auto out = bot.send(alice_jid, "once");
  alice.hear(out.stanzas[0], bot_jid);
  EXPECT_EQ(alice.hear(out.stanzas[0], bot_jid).kind, Received::Kind::duplicate);
  EXPECT_EQ(alice.inbox().size(), 1u);
}

// case 76
TEST_P(InBothVersions, AStanzaTheArchiveKnowsIsNotOpenedAgain) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, GetParam());
  const auto first = bot.send(alice_jid, "one"), second = bot.send(alice_jid, "two");
  alice.hear(first.stanzas[0], bot_jid, "archive-1");
  EXPECT_EQ(alice.hear(second.stanzas[0], bot_jid, "archive-1").kind, Received::Kind::duplicate);
}

// case 116
TEST_P(InBothVersions, NothingIsEncryptedWhileNobodyDecided) {
  Party bot(bot_jid, trust::Policy::manual), alice(alice_jid);
  bot.meet(alice, GetParam());
  const auto out = bot.send(alice_jid, "secret");
  EXPECT_EQ(out.kind, SealOutcome::Kind::held);
  EXPECT_TRUE(out.stanzas.empty());
  EXPECT_THAT(out.reason, HasSubstr("allowed"));

  bot.decide(alice_jid, alice.device().identity.curve(), trust::Fact::trusted);
  const auto released = bot.run([&](store::Tables& t) {
    t.outbox.release_held(bot.self.account, alice_jid, noon);
    return seal_message(t, bot.self, t.outbox.take_due(bot.self.account, noon, 1).at(0), trust::MessageRule::partial,
                        false, bot.random, noon);
  });
  EXPECT_EQ(released.kind, SealOutcome::Kind::written);
}

TEST_P(InBothVersions, ARevokedKeyIsNeverEncryptedTo) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, GetParam());
  ASSERT_EQ(bot.send(alice_jid, "before").kind, SealOutcome::Kind::written);
  bot.decide(alice_jid, alice.device().identity.curve(), trust::Fact::revoked);
  EXPECT_EQ(bot.send(alice_jid, "after").kind, SealOutcome::Kind::held);
}

TEST_P(InBothVersions, AMessageOfAnUndecidedKeyIsKeptAndNotShown) {
  Party bot(bot_jid, trust::Policy::manual), alice(alice_jid);
  alice.meet(bot, GetParam());
  const auto out = alice.send(bot_jid, "!deploy");
  EXPECT_EQ(bot.hear(out.stanzas[0], alice_jid).kind, Received::Kind::not_allowed);
  ASSERT_EQ(bot.inbox().size(), 1u);
  EXPECT_TRUE(bot.inbox()[0].parked);
  EXPECT_TRUE(is_not_allowed_reason(bot.inbox()[0].error));
}

TEST_P(InBothVersions, AMessageOfARevokedKeyLeavesNoRow) {
  Party bot(bot_jid), alice(alice_jid);
  alice.meet(bot, GetParam());
  bot.decide(alice_jid, alice.device().identity.curve(), trust::Fact::revoked);
  EXPECT_EQ(bot.hear(alice.send(bot_jid, "hi").stanzas[0], alice_jid).kind, Received::Kind::not_allowed);
  EXPECT_TRUE(bot.inbox().empty());
}

// case 97
TEST_P(InBothVersions, ATextWhoseKeyOthersHaveIsLabelledWhereTheyCouldForgeIt) {
  Party bot(bot_jid), alice(alice_jid), other(bot_jid);
  alice.meet(bot, GetParam());
  const auto is_shared = [&] {
    const auto rows = bot.inbox();
    return plugin::parse_message(as_text(rows.at(0).event.payload)).value().shared;
  };
  bot.hear(alice.send(bot_jid, "for one").stanzas[0], alice_jid);
  EXPECT_FALSE(is_shared());
  bot.run([&](store::Tables& t) { return t.inbox.drop(t.inbox.list(1).at(0).event.id, noon); });
  alice.meet(other, GetParam());
  alice.decide(bot_jid, other.device().identity.curve(), trust::Fact::trusted);
  alice.run([&](store::Tables& t) {
    const std::vector<omemo::DeviceId> both{bot.self.device, other.self.device};
    t.devices.replace_list(alice.self.account, bot_jid, GetParam(), both, noon);
  });
  bot.hear(alice.send(bot_jid, "for two").stanzas[0], alice_jid);
  EXPECT_EQ(is_shared(), GetParam() == omemo::Version::legacy);
}

// case 95
TEST_P(InBothVersions, AKeyExchangeWithAnotherIdentityIsRefusedUntilSomebodyAllowsIt) {
  Party bot(bot_jid), alice(alice_jid), thief(alice_jid);
  alice.meet(bot, GetParam());
  bot.hear(alice.send(bot_jid, "me").stanzas[0], alice_jid);
  thief.run([&](store::Tables& t) { t.identities.set_device(thief.self.account, alice.self.device); });
  thief.self.device = alice.self.device;
  thief.meet(bot, GetParam());
  const auto forged = thief.send(bot_jid, "me too").stanzas[0];
  EXPECT_EQ(bot.hear(forged, alice_jid).kind, Received::Kind::identity_changed);
  EXPECT_EQ(bot.hear(alice.send(bot_jid, "still me").stanzas[0], alice_jid).kind, Received::Kind::message);

  bot.decide(alice_jid, thief.device().identity.curve(), trust::Fact::trusted);
  EXPECT_EQ(bot.hear(forged, alice_jid).kind, Received::Kind::message);
}

// case 74
TEST_P(InBothVersions, AForgedInnerMessageCostsNeitherPrekeyNorSession) {
  Party bot(bot_jid), alice(alice_jid);
  alice.meet(bot, GetParam());
  std::string stanza = alice.send(bot_jid, "hello").stanzas[0];
  const auto start = stanza.find("<key "), end = stanza.find("</key>");
  char& digit = stanza[start + (end - start) * 4 / 5];  // inside the inner message
  digit = digit == 'A' ? 'B' : 'A';
  const auto published = [&] { return bot.run([&](store::Tables& t) { return t.prekeys.count_published(bot.self.account); }); };
  const auto before = published();
  EXPECT_EQ(bot.hear(stanza, alice_jid).kind, Received::Kind::undecryptable);
  EXPECT_EQ(published(), before);
  EXPECT_TRUE(bot.inbox().empty());
}

// case 101
TEST_P(InBothVersions, AMessageWithoutSessionSaysSo) {
  Party bot(bot_jid), alice(alice_jid), fresh(bot_jid);
  alice.meet(bot, GetParam());
  bot.hear(alice.send(bot_jid, "one").stanzas[0], alice_jid);
  bot.run([&](store::Tables& t) {
    const std::vector<omemo::DeviceId> ids{alice.self.device};
    t.devices.replace_list(bot.self.account, alice_jid, GetParam(), ids, noon);
  });
  alice.hear(bot.send(alice_jid, "answer").stanzas[0], bot_jid);  // from now on without key exchange
  const auto plain = alice.send(bot_jid, "two").stanzas[0];
  bot.run([&](store::Tables& t) { t.ratchets.forget({bot.self.account, alice_jid, GetParam(), alice.self.device}); });
  EXPECT_EQ(bot.hear(plain, alice_jid).error, OpeningError::no_session);
}

// case 116
TEST(SealMessage, WithoutAnyDeviceTheMessageIsHeld) {
  Party bot(bot_jid);
  const auto out = bot.send("nobody@example.net", "hello?");
  EXPECT_EQ(out.kind, SealOutcome::Kind::held);
  EXPECT_THAT(out.reason, HasSubstr("no OMEMO device"));
}

TEST(SealMessage, DevicesOfBothVersionsGetOneStanzaEach) {
  Party bot(bot_jid, trust::Policy::blind), phone(alice_jid), desktop(alice_jid);
  bot.meet(phone, Version::legacy);
  bot.meet(desktop, Version::omemo2);
  const auto out = bot.send(alice_jid, "both");
  ASSERT_EQ(out.stanzas.size(), 2u);
  EXPECT_EQ(phone.hear(out.stanzas[0], bot_jid).kind, Received::Kind::message);
  EXPECT_EQ(desktop.hear(out.stanzas[1], bot_jid).kind, Received::Kind::message);
  EXPECT_EQ(message_id_of("m1.2"), "m1");
}

// case 117
TEST(SealMessage, TheHoldRuleWaitsForTheUndecidedDevice) {
  Party bot(bot_jid), phone(alice_jid), laptop(alice_jid);
  bot.meet(phone, Version::legacy);
  bot.run([&](store::Tables& t) {
    const std::vector<omemo::DeviceId> ids{phone.self.device, laptop.self.device};
    t.devices.replace_list(bot.self.account, alice_jid, Version::legacy, ids, noon);
    t.devices.set_identity({bot.self.account, alice_jid, Version::legacy, laptop.self.device},
                           laptop.run([&](store::Tables& l) { return l.identities.load(laptop.self.account)->keys.curve(); }),
                           noon);
  });
  EXPECT_EQ(bot.send(alice_jid, "a", trust::MessageRule::hold).kind, SealOutcome::Kind::held);
  EXPECT_EQ(bot.send(alice_jid, "b", trust::MessageRule::refuse).kind, SealOutcome::Kind::refused);
  EXPECT_EQ(bot.send(alice_jid, "c", trust::MessageRule::partial).kind, SealOutcome::Kind::written);
}

TEST(ReceiveMessage, OurOwnReflectionIsNotOpened) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, Version::legacy);
  const auto out = bot.send(alice_jid, "x");
  EXPECT_EQ(bot.hear(out.stanzas[0], bot_jid).kind, Received::Kind::own);
}

// case 92
TEST(ReceiveMessage, AnEnvelopeOfSomebodyElseIsRefused) {
  Party bot(bot_jid, trust::Policy::blind), mallory("mallory@example.net");
  mallory.meet(bot, Version::omemo2);
  const auto out = mallory.send(bot_jid, "as myself");
  const auto received = bot.hear(out.stanzas[0], alice_jid);  // the envelope says mallory
  EXPECT_EQ(received.kind, Received::Kind::undecryptable);
  EXPECT_TRUE(bot.inbox().empty());
}

// case 63
TEST(ReceiveMessage, ACorrectionChangesNoMessageThatIsThere) {
  const std::string mallory_jid = "mallory@example.net";
  for (const Version version : {Version::legacy, Version::omemo2}) {
    Party bot(bot_jid, trust::Policy::blind), alice(alice_jid), mallory(mallory_jid);
    alice.meet(bot, version);
    mallory.meet(bot, version);
    const std::string first = alice.send(bot_jid, "deploy 1").stanzas[0];
    ASSERT_EQ(bot.hear(first, alice_jid).kind, Received::Kind::message);
    std::string second = mallory.send(bot_jid, "deploy 2").stanzas[0];
    second.insert(second.rfind("</message>"),
                  "<replace xmlns='urn:xmpp:message-correct:0' id='m1'/><retract "
                  "xmlns='urn:xmpp:message-retract:1' id='m1'/>");
    bot.hear(second, mallory_jid);
    std::vector<std::string> texts;
    for (const auto& row : bot.inbox()) texts.push_back(text_of(row));
    EXPECT_THAT(texts, testing::UnorderedElementsAre("deploy 1", "deploy 2"));
  }
}

TEST(ChooseVersion, FollowsTheListsAndWhatTheDeviceWrote) {
  const VersionFacts absent, listed{true, false, {}}, broken{true, true, {}}, wrote{true, false, noon};
  EXPECT_EQ(choose_version(absent, absent), std::nullopt);
  EXPECT_EQ(choose_version(listed, absent), Version::legacy);
  EXPECT_EQ(choose_version(absent, listed), Version::omemo2);
  EXPECT_EQ(choose_version(listed, listed), Version::legacy);
  EXPECT_EQ(choose_version(listed, wrote), Version::omemo2);
  EXPECT_EQ(choose_version(wrote, listed), Version::legacy);
  EXPECT_EQ(choose_version(broken, listed), Version::omemo2);
  EXPECT_EQ(choose_version(listed, broken), Version::legacy);
}

TEST(ChooseVersion, TakesOneVersionForAllDevicesThatCan) {
  const VersionFacts absent, listed{true, false, {}}, wrote{true, false, noon};
  const DeviceFacts phone{listed, wrote}, laptop{wrote, listed}, kaidan{absent, listed}, dino{listed, absent};
  using Versions = std::vector<std::optional<Version>>;
  EXPECT_EQ(choose_versions({phone, laptop}), (Versions{Version::legacy, Version::legacy}));
  EXPECT_EQ(choose_versions({phone, phone}), (Versions{Version::omemo2, Version::omemo2}));
  EXPECT_EQ(choose_versions({laptop, kaidan}), (Versions{Version::omemo2, Version::omemo2}));
  EXPECT_EQ(choose_versions({phone, dino}), (Versions{Version::legacy, Version::legacy}));
  EXPECT_EQ(choose_versions({kaidan, dino}), (Versions{Version::omemo2, Version::legacy}));
}

// case 89
TEST(OwnDevice, IsTheSameAtEachStartAndKeepsAFullBundle) {
  Party bot(bot_jid);
  const OwnDevice first = bot.device(), second = bot.device();
  EXPECT_EQ(first.device, second.device);
  EXPECT_EQ(first.identity.curve(), second.identity.curve());
  EXPECT_EQ(first.prekeys.size(), 100u);
  bot.run([&](store::Tables& t) { t.prekeys.mark_used(bot.self.account, first.prekeys[0].id, noon); });
  const OwnDevice third = bot.device();
  EXPECT_EQ(third.prekeys.size(), 100u);
  for (const auto& prekey : third.prekeys) EXPECT_NE(prekey.id, first.prekeys[0].id);
}

// case 108
TEST(OwnDevice, TurnsTheSignedPrekeyOverAndKeepsTheOneBefore) {
  Party bot(bot_jid);
  const auto first = bot.device().signed_prekey.id;
  const auto later = bot.run([&](store::Tables& t) {
    return tend_own_device(t, bot.self.account, bot.random, noon + std::chrono::hours(24 * 8));
  });
  EXPECT_NE(later.signed_prekey.id, first);
  EXPECT_TRUE(bot.run([&](store::Tables& t) { return t.prekeys.find_signed(bot.self.account, first).has_value(); }));
}

// case 89
TEST(OwnDevice, StaysFullWhileOneContactDrainsIt) {
  Party bot(bot_jid);
  std::set<std::uint32_t> used;
  for (int i = 0; i < 300; ++i) {
    const OwnDevice device = bot.device();
    ASSERT_EQ(device.prekeys.size(), 100u);
    const std::uint32_t id = device.prekeys[0].id;
    ASSERT_TRUE(used.insert(id).second) << "prekey " << id << " was offered again";
    bot.run([&](store::Tables& t) { t.prekeys.mark_used(bot.self.account, id, noon); });
  }
  bot.device();
  bot.run([&](store::Tables& t) {
    forget_used_prekeys(t, bot.self.account, noon + std::chrono::hours(25));
    for (const std::uint32_t id : used) EXPECT_FALSE(t.prekeys.find(bot.self.account, id)) << id;
    EXPECT_EQ(t.prekeys.count_published(bot.self.account), 100u);
  });
}

// case 151
TEST(OwnDevice, AClockThatJumpsMakesNoStormOfKeys) {
  using std::chrono::hours;
  Party bot(bot_jid);
  const OwnDevice before = bot.device();
  std::set<std::uint32_t> signed_ids;
  for (const hours jump : {hours(24 * 365 * 10), hours(0), hours(-24 * 365), hours(0), hours(24 * 365 * 10)}) {
    for (int i = 0; i < 5; ++i) {
      const OwnDevice now = bot.run([&](store::Tables& t) {
        return tend_own_device(t, bot.self.account, bot.random, noon + jump + std::chrono::minutes(i));
      });
      signed_ids.insert(now.signed_prekey.id);
      EXPECT_EQ(now.device, before.device);
      EXPECT_EQ(now.prekeys.back().id, before.prekeys.back().id);
    }
  }
  EXPECT_LE(signed_ids.size(), 2u);
}

TEST_P(InBothVersions, WhatIsSaidAgainGoesToNobodyButItsOneKeyWhileThatIsAllowed) {
  Party bot(bot_jid), alice(alice_jid), laptop(alice_jid);
  bot.meet(alice, GetParam());
  const auto seal_again = [&](const std::string& id, const crypto::PublicKey& key) {
    return bot.run([&](store::Tables& t) {
      Outgoing content{"(again) secret", {}, "echo"};
      content.again = Again{1, noon, omemo::fingerprint(key, omemo::FingerprintStyle::plain)};
      t.outbox.add({bot.self.account, alice_jid, id, encode(content)}, noon);
      return seal_message(t, bot.self, t.outbox.take_due(bot.self.account, noon, 1).at(0), trust::MessageRule::partial, false,
                          bot.random, noon);
    });
  };
  const auto key = alice.device().identity.curve();
  ASSERT_EQ(seal_again("a", key).kind, SealOutcome::Kind::written);
  EXPECT_EQ(seal_again("b", laptop.device().identity.curve()).kind, SealOutcome::Kind::refused) << "nobody trusts it";
  bot.decide(alice_jid, key, trust::Fact::revoked);
  const auto refused = seal_again("c", key);
  EXPECT_EQ(refused.kind, SealOutcome::Kind::refused);
  EXPECT_TRUE(refused.stanzas.empty());
}

}  // namespace
}  // namespace omegate::gateway::test
