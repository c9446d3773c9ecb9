#include "bridge/gateway/devices/rekeying.hpp"

#include <algorithm>

#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using test::noon;
using test::Party;

struct OldCopy : testing::Test {
  OldCopy() {
    bot.meet(alice, omemo::Version::omemo2);
    sealed = bot.send(alice.self.jid, "one");
  }
  std::optional<Renewal> renew() {
    return bot.run([](store::Tables& t) {
      t.lineage.demand_rekeying(store::Rekeying::rolled_back);
      return renew_if_due(t, noon);
    });
  }
  store::DeviceRef device_of_alice() {
    return {bot.self.account, alice.self.jid, omemo::Version::omemo2, alice.self.device};
  }

  Party bot{"bot@example.org"}, alice{"alice@example.org"};
  SealOutcome sealed;
};

TEST_F(OldCopy, NothingHappensUnlessItIsDue) {
  EXPECT_FALSE(bot.run([](store::Tables& t) { return renew_if_due(t, noon); }));
  EXPECT_TRUE(bot.run([&](store::Tables& t) { return t.ratchets.current(device_of_alice()); }));
}

TEST_F(OldCopy, IdentityDeviceAndTrustStay) {
  const OwnDevice before = bot.device();
  const auto key = alice.device().identity.curve();
  ASSERT_TRUE(renew());
  const OwnDevice after = bot.device();
  EXPECT_EQ(after.identity.curve(), before.identity.curve());
  EXPECT_EQ(after.device, before.device);
  bot.run([&](store::Tables& t) {
    EXPECT_EQ(t.ledger.view().decide(bot.self.jid, alice.self.jid, key), trust::Decision::allow);
  });
}

// case 121
TEST_F(OldCopy, NoOldSessionSealsOrOpensAnything) {
  const auto renewal = renew();
  EXPECT_EQ(renewal->sessions, 1u);
  bot.run([&](store::Tables& t) {
    EXPECT_FALSE(t.ratchets.current(device_of_alice()));
    EXPECT_TRUE(t.ratchets.archived(device_of_alice()).empty());
    const auto unanswered = t.ratchets.unanswered(bot.self.account, 10);
    ASSERT_EQ(unanswered.size(), 1u) << "alice has to hear of it";
    EXPECT_EQ(unanswered[0].peer, alice.self.jid);
    EXPECT_EQ(unanswered[0].device, alice.self.device);
    t.ratchets.answered(unanswered[0]);
    EXPECT_EQ(t.ratchets.count_unanswered(), 0u);
  });
}

TEST_F(OldCopy, NoPrekeyIsOfferedAgainAndNoIdNamesAnotherKey) {
  const OwnDevice before = bot.device();
  renew();
  const OwnDevice after = bot.device();
  EXPECT_EQ(after.prekeys.size(), before.prekeys.size());
  EXPECT_GT(after.signed_prekey.id, before.signed_prekey.id + 1000);
  for (const auto& old : before.prekeys)
    for (const auto& fresh : after.prekeys) {
      EXPECT_GT(fresh.id, old.id + 10'000) << "the lost future may have published the ids in between";
      EXPECT_NE(fresh.pair.curve, old.pair.curve);
    }
}

TEST_F(OldCopy, WhatWasSealedIsSealedAgainUnderItsOldId) {
  EXPECT_EQ(renew()->messages, 1u);
  bot.run([&](store::Tables& t) {
    const auto rows = t.outbox.list({});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].state, store::MessageState::accepted);
    EXPECT_EQ(rows[0].times_resealed, 1);
    EXPECT_TRUE(t.outbox.unacked(bot.self.account).empty()) << "the old bytes never go out again";
  });
}

TEST_F(OldCopy, ItIsAFactOfTheLedgerAndDoneOnce) {
  renew();
  bot.run([&](store::Tables& t) {
    store::LedgerFilter newest{bot.self.jid};
    newest.limit = 1;
    const auto rows = t.ledger.history(newest);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].fact, trust::Fact::restored);
    EXPECT_NE(rows[0].reason.find("older"), std::string::npos);
    EXPECT_FALSE(t.ledger.verify().fault);
    EXPECT_EQ(t.lineage.last_rekeyed()->at, noon);
    EXPECT_FALSE(renew_if_due(t, noon));
  });
}

TEST_F(OldCopy, TheStreamToResumeIsForgottenAndTheRestOfTheNotesStays) {
  bot.run([&](store::Tables& t) {
    for (const char* name : {"stream.resource", "omemo.published"})
      t.accounts.set_note(bot.self.account, name, as_bytes("x"));
    t.streams.save(bot.self.account, {"id", "", "bot@example.org/a"});
  });
  renew();
  bot.run([&](store::Tables& t) {
    EXPECT_FALSE(t.streams.load(bot.self.account));
    EXPECT_TRUE(t.accounts.note(bot.self.account, "stream.resource"));
    EXPECT_TRUE(t.accounts.note(bot.self.account, "omemo.published"));
  });
}

TEST_F(OldCopy, TheConversationGoesOnInANewSession) {
  renew();
  bot.meet(alice, omemo::Version::omemo2);
  const auto again = bot.send(alice.self.jid, "two");
  ASSERT_EQ(again.kind, SealOutcome::Kind::written) << again.reason;
  EXPECT_EQ(alice.hear(again.stanzas.at(0), bot.self.jid).kind, Received::Kind::message);
}

}  // namespace
}  // namespace omegate::gateway
