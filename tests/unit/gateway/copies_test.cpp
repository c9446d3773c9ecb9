#include "bridge/gateway/messages/copies.hpp"

#include <gmock/gmock.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/messages/unread.hpp"
#include "bridge/gateway/operator/why_words.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway::test {
namespace {

using omemo::Version;
using testing::HasSubstr;

constexpr const char* bot_jid = "bot@example.org";
constexpr const char* alice_jid = "alice@example.net";

DeliveryNotes notes_of(Party& bot, std::int64_t row) {
  return bot.run([&](store::Tables& t) { return decode_notes(t.outbox.find(store::OutboxId(row))->notes); });
}

std::vector<store::UnreadRow> unread(Party& party) {
  return party.run([](store::Tables& t) { return t.unread.list({}); });
}

TEST(DeliveryNotes, ComeBackAsTheyWereWritten) {
  Copy left_out{"alice@example.net", omemo::DeviceId(0x7fff'ffff), Version::omemo2, "aabb"};
  left_out.cause = LeftOut::below_min_trust;
  left_out.reason = "the message asks for verified keys";
  left_out.level = trust::Level::tofu;
  left_out.listed = false;
  left_out.bundle_failure = "item-not-found";
  Copy read{"alice@example.net", omemo::DeviceId(1), Version::legacy, "ccdd", true};
  read.delivered = noon;
  const DeliveryNotes back =
      decode_notes(encode(DeliveryNotes{42, noon, trust::Policy::blind, trust::MessageRule::hold, {left_out, read}}));
  EXPECT_EQ(back.ledger_row, 42u);
  EXPECT_EQ(back.at, noon);
  EXPECT_EQ(back.policy, trust::Policy::blind);
  EXPECT_EQ(back.rule, trust::MessageRule::hold);
  ASSERT_EQ(back.copies.size(), 2u);
  const Copy& first = back.copies[0];
  EXPECT_EQ(first.device, left_out.device);
  EXPECT_EQ(first.version, Version::omemo2);
  EXPECT_EQ(first.cause, LeftOut::below_min_trust);
  EXPECT_EQ(first.reason, left_out.reason);
  EXPECT_EQ(first.level, trust::Level::tofu);
  EXPECT_FALSE(first.listed);
  EXPECT_EQ(first.bundle_failure, "item-not-found");
  EXPECT_FALSE(first.included);
  EXPECT_TRUE(back.copies[1].included);
  EXPECT_EQ(back.copies[1].delivered, noon);
}

TEST(DeliveryNotes, OfAnOlderProgramAreReadToo) {
  const auto old = decode_notes(as_bytes(
      R"([{"jid":"a@b.example","device":7,"version":"legacy","fingerprint":"","included":false,"reason":"revoked"}])"));
  ASSERT_EQ(old.copies.size(), 1u);
  EXPECT_EQ(old.copies[0].reason, "revoked");
  EXPECT_THAT(what_happened(old.copies[0]), HasSubstr("revoked"));
}

TEST(DeliveryNotes, AreEmptyWhereNothingWasDecided) { EXPECT_TRUE(decode_notes({}).copies.empty()); }

TEST(DeliveryNotes, SayOfAHeldMessageWhichKeyNobodyDecidedAbout) {
  Party bot(bot_jid, trust::Policy::manual), alice(alice_jid);
  bot.meet(alice, Version::legacy);
  bot.send(alice_jid, "secret");
  const auto notes = notes_of(bot, 1);
  ASSERT_EQ(notes.copies.size(), 1u);
  EXPECT_EQ(notes.copies[0].cause, LeftOut::undecided);
  EXPECT_EQ(notes.policy, trust::Policy::manual);
  EXPECT_EQ(notes.ledger_row, bot.run([](store::Tables& t) { return t.ledger.view().seq(); }));
  const auto print = omemo::fingerprint(alice.device().identity.curve(), omemo::FingerprintStyle::plain);
  EXPECT_THAT(what_to_do(notes.copies[0], {}, false), HasSubstr("omegate trust approve alice@example.net " + print));
}

TEST(DeliveryNotes, KeepTheTrustOfTheMomentWhateverComesLater) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, Version::legacy);
  ASSERT_EQ(bot.send(alice_jid, "before").kind, SealOutcome::Kind::written);
  bot.decide(alice_jid, alice.device().identity.curve(), trust::Fact::revoked);
  EXPECT_TRUE(notes_of(bot, 1).copies.at(0).included);
  EXPECT_EQ(notes_of(bot, 1).copies.at(0).level, trust::Level::tofu);
  bot.send(alice_jid, "after");
  EXPECT_EQ(notes_of(bot, 2).copies.at(0).cause, LeftOut::revoked);
}

TEST(DeliveryNotes, NameADeviceThatWroteOnceAndLeftTheList) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, Version::legacy);
  bot.run([&](store::Tables& t) {
    const store::DeviceRef gone{bot.self.account, alice_jid, Version::legacy, omemo::DeviceId(77)};
    t.devices.note_message(gone, noon);
  });
  bot.send(alice_jid, "hello");
  const auto copies = notes_of(bot, 1).copies;
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[1].device.value(), 77u);
  EXPECT_EQ(copies[1].cause, LeftOut::not_listed);
  EXPECT_FALSE(copies[1].listed);
}

TEST(DeliveryNotes, KnowWhichDeviceReceivedIt) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, Version::omemo2);
  const auto out = bot.send(alice_jid, "arrived?");
  alice.hear(out.stanzas.at(0), bot_jid);
  const auto receipt = alice.run([&](store::Tables& t) {
    const store::DeviceRef writer{alice.self.account, bot_jid, Version::omemo2, bot.self.device};
    return seal_receipt(t, alice.self, writer, "m1", alice.random, noon);
  });
  ASSERT_TRUE(receipt);
  EXPECT_FALSE(notes_of(bot, 1).copies.at(0).delivered);
  bot.hear(*receipt, alice_jid);
  EXPECT_EQ(notes_of(bot, 1).copies.at(0).delivered, noon);
}

TEST(Unread, AMessageForOthersIsRememberedWithItsReason) {
  Party bot(bot_jid), alice(alice_jid), carol("carol@example.com");
  bot.meet(alice, Version::legacy);
  const auto out = bot.send(alice_jid, "not for carol");
  carol.hear(out.stanzas.at(0), bot_jid);
  const auto rows = unread(carol);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].message.cause, name(UnreadCause::not_for_us));
  EXPECT_EQ(rows[0].message.peer, bot_jid);
  EXPECT_EQ(rows[0].message.message_id, "m1");
  EXPECT_EQ(rows[0].message.device, bot.self.device.value());
}

TEST(Unread, TheSameMessageAgainIsOneRow) {
  Party bot(bot_jid), alice(alice_jid), carol("carol@example.com");
  bot.meet(alice, Version::legacy);
  const auto out = bot.send(alice_jid, "not for carol");
  carol.hear(out.stanzas.at(0), bot_jid);
  carol.hear(out.stanzas.at(0), bot_jid);
  EXPECT_EQ(unread(carol).size(), 1u);
}

TEST(Unread, WhatIsReadLeavesNoRow) {
  Party bot(bot_jid), alice(alice_jid);
  bot.meet(alice, Version::legacy);
  const auto out = bot.send(alice_jid, "hello");
  alice.hear(out.stanzas.at(0), bot_jid);
  alice.hear(out.stanzas.at(0), bot_jid);  // a repetition is no loss
  EXPECT_TRUE(unread(alice).empty());
}

TEST(Unread, AnUndecidedKeyIsNamedSoThatItCanBeApproved) {
  Party bot(bot_jid, trust::Policy::manual), alice(alice_jid);
  alice.meet(bot, Version::legacy);
  bot.hear(alice.send(bot_jid, "hi").stanzas.at(0), alice_jid);
  const auto rows = unread(bot);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].message.cause, "undecided");
  EXPECT_THAT(what_to_do(UnreadCause::undecided, rows[0].message), HasSubstr("omegate trust approve alice@example.net"));
}

}  // namespace
}  // namespace omegate::gateway::test
