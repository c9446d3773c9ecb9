// What the ledger says after an event, and what follows from it.
#include "bridge/core/trust/sight.hpp"

#include <gtest/gtest.h>

#include "bridge/core/trust/limits.hpp"

namespace omegate::trust {
namespace {

using namespace std::chrono_literals;

const std::string bot = "bot@example.org", juliet = "juliet@example.org", romeo = "romeo@example.org";

crypto::PublicKey key(int number) {
  crypto::PublicKey made{};
  made[0] = static_cast<Byte>(number);
  made[1] = static_cast<Byte>(number >> 8);
  made[31] = 1;
  return made;
}
DeviceKey device(std::uint32_t id, int key_number) { return {id, key(key_number)}; }

struct Sight : testing::Test {
  /// Appends as the ledger does. How many rows.
  std::size_t store(std::vector<Entry> entries) {
    for (Entry& entry : entries) {
      entry.seq = view.seq() + 1;
      entry.time = now;
      view.apply(entry);
    }
    return entries.size();
  }
  void set(Policy policy, const std::string& peer = "") {
    store(on_policy(view, bot, peer, policy, "config"));
  }
  void decide(Fact fact, int key_number, const std::string& peer = juliet) {
    Entry entry;
    entry.actor = "cli:root";
    entry.account = bot;
    entry.peer = peer;
    entry.key = key(key_number);
    entry.fact = fact;
    store({entry});
  }
  std::size_t wrote(DeviceKey sender, const std::string& peer = juliet) {
    return store(on_authentic_message(view, bot, peer, sender));
  }
  std::size_t we_write(std::vector<DeviceKey> listed, const std::string& peer = juliet) {
    return store(on_first_send(view, bot, peer, listed));
  }
  std::size_t seen(DeviceKey shown, const std::string& peer = juliet) {
    return store(on_key_seen(view, bot, peer, shown));
  }
  Decision of(int key_number, const std::string& peer = juliet) {
    return view.decide(bot, peer, key(key_number));
  }
  Level level(int key_number, const std::string& peer = juliet) {
    return view.level(bot, peer, key(key_number));
  }

  View view;
  WallTime now{1'700'000'000'000ms};
};

TEST_F(Sight, NothingIsAllowedUntilAPolicySaysSo) {
  wrote(device(1, 1));
  EXPECT_EQ(view.policy(bot, juliet), Policy::manual);
  EXPECT_EQ(of(1), Decision::undecided);
}

// case 111
TEST_F(Sight, TofuLetsInTheFirstKeyThatWrites) {
  set(Policy::tofu);
  seen(device(1, 1));
  EXPECT_EQ(of(1), Decision::undecided);  // a bundle is not a message
  wrote(device(2, 2));
  EXPECT_EQ(level(2), Level::tofu);
  EXPECT_EQ(of(2), Decision::allow);
  wrote(device(1, 1));
  EXPECT_EQ(of(1), Decision::undecided);
}

TEST_F(Sight, TofuLetsInTheWholeListWhenWeWriteFirst) {
  set(Policy::tofu);
  EXPECT_EQ(we_write({device(1, 1), device(2, 2)}), 4u);  // each seen and let in
  EXPECT_EQ(of(1), Decision::allow);
  EXPECT_EQ(of(2), Decision::allow);
  wrote(device(3, 3));
  EXPECT_EQ(we_write({device(1, 1), device(2, 2), device(3, 3)}), 0u);
  EXPECT_EQ(of(3), Decision::undecided);
}

TEST_F(Sight, TofuTakesADeviceOfBothVersionsOnce) {
  set(Policy::tofu);
  EXPECT_EQ(we_write({device(1, 1), device(1, 1)}), 2u);
}

TEST_F(Sight, AnEmptyListDoesNotUseUpTheFirstContact) {
  set(Policy::tofu);
  we_write({});
  wrote(device(1, 1));
  EXPECT_EQ(of(1), Decision::allow);
}

// case 111
TEST_F(Sight, TofuHappensOncePerContactEvenAfterARevocation) {
  set(Policy::tofu);
  wrote(device(1, 1));
  decide(Fact::revoked, 1);
  EXPECT_EQ(of(1), Decision::refuse);
  wrote(device(1, 1));
  wrote(device(2, 2));
  we_write({device(1, 1), device(2, 2)});
  EXPECT_EQ(of(1), Decision::refuse);
  EXPECT_EQ(of(2), Decision::undecided);
  wrote(device(3, 1), romeo);  // another contact, even with the same key
  EXPECT_EQ(of(1, romeo), Decision::allow);
}

// case 112
TEST_F(Sight, AnyDecisionOfAPersonEndsTheFirstContact) {
  set(Policy::tofu);
  for (const Fact fact : {Fact::trusted, Fact::verified, Fact::revoked, Fact::undecided}) {
    const std::string peer = std::string(name(fact)) + "@example.org";
    decide(fact, 1, peer);
    wrote(device(2, 2), peer);
    EXPECT_EQ(of(2, peer), Decision::undecided) << name(fact);
  }
}

// case 87
TEST_F(Sight, TrustIsNotInheritedByAnotherContactOrAccount) {
  decide(Fact::verified, 1);
  EXPECT_EQ(of(1, romeo), Decision::undecided);
  EXPECT_EQ(view.decide("other@example.org", juliet, key(1)), Decision::undecided);
}

// case 87
TEST_F(Sight, TrustBelongsToTheKeyAndNotToItsDeviceId) {
  set(Policy::tofu);
  wrote(device(1, 1));
  EXPECT_EQ(wrote(device(9, 1)), 1u);  // seen under another id
  EXPECT_EQ(of(1), Decision::allow);
  EXPECT_EQ(view.keys(bot, juliet).front().devices, (std::vector<std::uint32_t>{1, 9}));
}

// case 86
TEST_F(Sight, ADeviceThatShowsAnotherKeyIsRecordedAndNotTrusted) {
  set(Policy::tofu);
  wrote(device(1, 1));
  const auto entries = on_key_seen(view, bot, juliet, device(1, 2));
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].fact, Fact::changed_key);
  EXPECT_NE(entries[1].reason.find(fingerprint(key(1))), std::string::npos);
  store(entries);
  EXPECT_EQ(of(2), Decision::undecided);
  EXPECT_EQ(seen(device(1, 2)), 0u);
}

// case 112
TEST_F(Sight, BlindAllowsNewKeysUntilOneIsVerified) {
  set(Policy::blind);
  wrote(device(1, 1));
  EXPECT_EQ(of(1), Decision::allow);
  seen(device(2, 2));
  EXPECT_EQ(of(2), Decision::allow);
  decide(Fact::verified, 2);
  seen(device(3, 3));
  EXPECT_EQ(of(3), Decision::undecided);
  EXPECT_EQ(of(99), Decision::undecided);  // not even seen
  EXPECT_EQ(of(1), Decision::allow);       // was there before
  decide(Fact::revoked, 2);
  seen(device(4, 4));
  EXPECT_EQ(of(4), Decision::undecided);  // who verified once goes on deciding
}

TEST_F(Sight, BlindDoesNotOverruleADecisionThatWasTakenBack) {
  set(Policy::blind);
  wrote(device(1, 1));
  decide(Fact::revoked, 1);
  EXPECT_EQ(of(1), Decision::refuse);
  decide(Fact::undecided, 1);
  EXPECT_EQ(of(1), Decision::undecided);
}

// case 115
TEST_F(Sight, OwnDevicesStartUndecidedUnderEveryPolicy) {
  for (const Policy policy : {Policy::tofu, Policy::blind, Policy::configured, Policy::manual}) {
    set(policy);
    set(policy, bot);
    wrote(device(1, 1), bot);
    we_write({device(1, 1)}, bot);
    EXPECT_EQ(of(1, bot), Decision::undecided);
  }
  decide(Fact::trusted, 1, bot);
  EXPECT_EQ(of(1, bot), Decision::allow);
}

TEST_F(Sight, AnAutomaticEntryNeverMovesWhatAPersonDecided) {
  set(Policy::tofu);
  for (const auto& [said, expected] :
       {std::pair(Fact::revoked, Level::revoked), std::pair(Fact::trusted, Level::trusted),
        std::pair(Fact::undecided, Level::undecided)}) {
    decide(said, 1);
    decide(Fact::tofu, 1);
    EXPECT_EQ(level(1), expected) << name(said);
  }
}

TEST_F(Sight, TheNarrowestPolicyCounts) {
  set(Policy::tofu);
  set(Policy::manual, "example.org");
  set(Policy::blind, juliet);
  EXPECT_EQ(view.policy(bot, juliet), Policy::blind);
  EXPECT_EQ(view.policy(bot, romeo), Policy::manual);
  EXPECT_EQ(view.policy(bot, "nurse@example.net"), Policy::tofu);
  store(on_policy(view, bot, juliet, std::nullopt, "cli:root"));
  EXPECT_EQ(view.policy(bot, juliet), Policy::manual);
  EXPECT_TRUE(on_policy(view, bot, juliet, std::nullopt, "cli:root").empty());
}

// case 128
TEST_F(Sight, ALooserPolicyTrustsNothingInRetrospect) {
  set(Policy::manual);
  wrote(device(1, 1));
  seen(device(2, 2));
  set(Policy::tofu);
  EXPECT_EQ(of(1), Decision::undecided);
  EXPECT_EQ(of(2), Decision::undecided);
}

TEST_F(Sight, WhatTofuLetInCountsUnderSuchAPolicyOnly) {
  set(Policy::tofu);
  wrote(device(1, 1));
  set(Policy::manual);
  EXPECT_EQ(of(1), Decision::undecided);
  set(Policy::tofu);
  EXPECT_EQ(of(1), Decision::allow);
}

TEST_F(Sight, TheConfigTrustsItsFingerprintsAndNoOthers) {
  set(Policy::configured);
  const std::vector<crypto::PublicKey> named{key(1)};
  EXPECT_EQ(store(on_configured(view, bot, juliet, named)), 1u);
  EXPECT_EQ(store(on_configured(view, bot, juliet, named)), 0u);
  wrote(device(2, 2));
  EXPECT_EQ(of(1), Decision::allow);
  EXPECT_EQ(of(2), Decision::undecided);
  store(on_configured(view, bot, juliet, {}));
  EXPECT_EQ(of(1), Decision::undecided);  // taken out of the config
}

TEST_F(Sight, TheConfigDoesNotOverruleAPerson) {
  const std::vector<crypto::PublicKey> named{key(1), key(2)};
  decide(Fact::revoked, 1);
  decide(Fact::verified, 2);
  EXPECT_EQ(store(on_configured(view, bot, juliet, named)), 0u);
  EXPECT_EQ(level(1), Level::revoked);
  EXPECT_EQ(store(on_configured(view, bot, juliet, {})), 0u);
  EXPECT_EQ(level(2), Level::verified);
}

// case 113
TEST_F(Sight, AFlappingListIsWrittenDownOncePerDay) {
  seen(device(1, 1));
  const std::vector<std::uint32_t> ids{1, 77};
  std::size_t rows = 0;
  for (int flap = 0; flap < 1000; ++flap) {
    now += 1min;
    rows += store(on_list_change(view, bot, juliet, ids, {}, now));
    rows += store(on_list_change(view, bot, juliet, {}, ids, now));
  }
  EXPECT_EQ(rows, 1u);  // 1000 minutes; and nothing about a device whose key was never seen
  EXPECT_EQ(level(1), Level::undecided);
}

// case 113
TEST_F(Sight, AContactCannotFillTheLedger) {
  std::size_t rows = 0;
  for (int i = 0; i < static_cast<int>(max_sightings) * 2; ++i)
    rows += seen(device(static_cast<std::uint32_t>(i + 1), i));
  EXPECT_EQ(rows, max_sightings);
  for (std::uint32_t id = 100'000; id < 100'100; ++id) EXPECT_EQ(seen(device(id, 1)), 0u);
}

// One key under many ids counts as often as it was shown; a key that somebody decided before it was shown
// counts, too.
TEST_F(Sight, AContactCannotFillTheLedgerWithOneKeyEither) {
  decide(Fact::trusted, 7);
  std::size_t rows = 0;
  for (std::uint32_t id = 1; id <= max_sightings * 2; ++id) rows += seen(device(id, 1));
  EXPECT_EQ(rows, max_sightings - 1);
}

TEST_F(Sight, TheLedgerSaysHowTofuLetAKeyInAndWhatAChangedKeyWasBefore) {
  set(Policy::tofu);
  EXPECT_EQ(on_authentic_message(view, bot, juliet, device(1, 1)).back().value, "first message");
  EXPECT_EQ(on_first_send(view, bot, juliet, std::vector{device(1, 1)}).back().value, "first list");
  seen(device(1, 1));
  seen(device(2, 2));
  const auto changed = on_key_seen(view, bot, juliet, device(1, 3));
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[1].fact, Fact::changed_key);
  EXPECT_EQ(changed[1].reason, "before: " + fingerprint(key(1)));
  // The same key under another id that showed another key before: it is that key that was before.
  EXPECT_EQ(on_key_seen(view, bot, juliet, device(2, 1)).at(1).reason, "before: " + fingerprint(key(2)));
  // A known key under a new id is a new sighting and no change.
  EXPECT_EQ(on_key_seen(view, bot, juliet, device(9, 1)).size(), 1u);
}

TEST_F(Sight, TellsSinceWhenDecisionsStand) {
  set(Policy::tofu);
  const auto policy_set = view.seq();
  EXPECT_EQ(view.decided_at(bot, juliet), policy_set);
  seen(device(1, 1));
  EXPECT_EQ(view.decided_at(bot, juliet), policy_set);
  decide(Fact::revoked, 1);
  EXPECT_EQ(view.decided_at(bot, juliet), view.seq());
  EXPECT_EQ(view.decided_at(bot, romeo), policy_set);
  set(Policy::manual, "example.org");
  EXPECT_EQ(view.decided_at(bot, romeo), view.seq());
}

TEST_F(Sight, AViewIsPutBackAsItWas) {
  set(Policy::tofu);
  wrote(device(1, 1));
  Entry entry;
  entry.account = bot;
  entry.peer = juliet;
  entry.key = key(1);
  entry.fact = Fact::revoked;
  entry.seq = view.seq() + 1;
  auto before = view.before(entry);
  view.apply(entry);
  view.put_back(std::move(before));
  EXPECT_EQ(level(1), Level::tofu);
  EXPECT_EQ(view.seq(), entry.seq - 1);
  entry.account = "new@example.org";
  before = view.before(entry);
  view.apply(entry);
  view.put_back(std::move(before));
  EXPECT_EQ(view.accounts(), std::vector<std::string>{bot});
}

TEST_F(Sight, RemembersWhoDecidedWhenAndWhy) {
  set(Policy::tofu);
  wrote(device(1, 1));
  now += 1h;
  Entry entry;
  entry.actor = "admin@example.org";
  entry.account = bot;
  entry.peer = juliet;
  entry.key = key(1);
  entry.fact = Fact::verified;
  entry.reason = "compared by phone";
  store({entry});
  const KnownKey known = view.keys(bot, juliet).front();
  EXPECT_EQ(known.first_seen, now - 1h);
  EXPECT_EQ(known.changed, now);
  EXPECT_EQ(known.changed_by, "admin@example.org");
  EXPECT_EQ(known.reason, "compared by phone");
  EXPECT_EQ(view.peers(bot), std::vector<std::string>{juliet});
}

// case 113
TEST_F(Sight, ADeviceThatLeavesAndComesBackIsWrittenDownAsWhatItDid) {
  seen(device(7, 1));
  const std::vector<std::uint32_t> ids{7};
  EXPECT_TRUE(on_list_change(view, bot, romeo, ids, {}, now).empty());  // nothing is known of him
  const auto gone = on_list_change(view, bot, juliet, ids, {}, now);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].fact, Fact::device_gone);
  EXPECT_EQ(gone[0].device, 7u);
  store(gone);
  now += flap_pause - 1ms;
  EXPECT_TRUE(on_list_change(view, bot, juliet, {}, ids, now).empty());
  now += 1ms;
  const auto back = on_list_change(view, bot, juliet, {}, ids, now);
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].fact, Fact::device_back);
  EXPECT_EQ(back[0].device, 7u);
}

// case 113
TEST_F(Sight, ADeviceThatWroteBeforeAListNamedItDoesNotComeBack) {
  seen(device(7, 1));
  const std::vector<std::uint32_t> ids{7};
  EXPECT_TRUE(on_list_change(view, bot, juliet, {}, ids, now).empty());
}

TEST_F(Sight, TheConfigTakesBackWhatItSaidAndNothingElse) {
  const std::vector<crypto::PublicKey> first{key(1)};
  decide(Fact::trusted, 2);  // by a person
  seen(device(3, 3));
  store(on_configured(view, bot, juliet, first));
  EXPECT_EQ(store(on_configured(view, bot, juliet, {})), 1u);
  EXPECT_EQ(level(1), Level::undecided);
  EXPECT_EQ(level(2), Level::trusted);
  EXPECT_EQ(store(on_configured(view, bot, juliet, first)), 1u) << "it may change its mind again";
  EXPECT_EQ(level(1), Level::trusted);
}

TEST_F(Sight, TheConfigTrustsAKeyThatWasSeenOrLetInBefore) {
  set(Policy::tofu);
  wrote(device(1, 1));
  wrote(device(2, 2));
  const std::vector<crypto::PublicKey> named{key(1), key(2)};
  EXPECT_EQ(store(on_configured(view, bot, juliet, named)), 2u);
  EXPECT_EQ(level(1), Level::trusted);
  EXPECT_EQ(level(2), Level::trusted);
}

// case 112
TEST_F(Sight, OnlyAVerifiedKeyEndsBlindTrust) {
  set(Policy::blind);
  decide(Fact::trusted, 1);
  seen(device(2, 2));
  EXPECT_EQ(of(2), Decision::allow);
  EXPECT_EQ(of(3), Decision::allow) << "not seen yet, and nobody verified";
  decide(Fact::verified, 1);
  EXPECT_EQ(of(3), Decision::undecided);
}

// case 115
TEST_F(Sight, SightNeverCountsForTheAccountsOwnDevices) {
  EXPECT_FALSE(view.facts(bot, bot, key(1)).sight_counts);
  seen(device(1, 1), bot);
  EXPECT_FALSE(view.facts(bot, bot, key(1)).sight_counts);
  EXPECT_TRUE(view.facts(bot, juliet, key(1)).sight_counts);
  seen(device(1, 1));
  EXPECT_TRUE(view.facts(bot, juliet, key(1)).sight_counts);
  EXPECT_TRUE(view.facts(bot, juliet, key(2)).sight_counts);
}

TEST_F(Sight, AnEmptyLedgerHasAnAnswerToEverything) {
  EXPECT_EQ(level(1), Level::undecided);
  EXPECT_EQ(view.decided_at(bot, juliet), 0u);
  EXPECT_TRUE(view.peers(bot).empty());
  EXPECT_TRUE(view.keys(bot, juliet).empty());
}

TEST_F(Sight, AKeyHasTheDevicesThatAnEntryNamed) {
  Entry entry;
  entry.actor = "gateway";
  entry.account = bot;
  entry.peer = juliet;
  entry.key = key(1);
  entry.device = 5;
  entry.fact = Fact::tofu;
  store({entry});
  const WallTime let_in = now;
  now += 1h;
  store({entry});
  EXPECT_EQ(view.keys(bot, juliet).front().changed, let_in) << "let in once";
  entry.actor = "cli:root";
  entry.fact = Fact::verified;
  entry.device = 6;
  store({entry});
  decide(Fact::trusted, 1);  // about the key, whatever its device
  EXPECT_EQ(view.keys(bot, juliet).front().devices, (std::vector<std::uint32_t>{5, 6}));
}

// case 86
TEST_F(Sight, AThirdKeyOfADeviceIsOneChangeAndNotTwo) {
  for (int number : {1, 2}) seen(device(1, number));
  const auto third = on_key_seen(view, bot, juliet, device(1, 3));
  ASSERT_EQ(third.size(), 2u);
  EXPECT_EQ(third[1].fact, Fact::changed_key);
}

TEST_F(Sight, TheLedgerSaysHowManyDevicesWereLetInTogether) {
  set(Policy::tofu);
  const auto entries = on_first_send(view, bot, juliet, std::vector{device(1, 1), device(2, 2)});
  EXPECT_EQ(entries.back().reason, "one of 2 devices listed when we first wrote");
}

TEST_F(Sight, ADeviceThatWasSetAsideIsRefusedKeepsItsLevelAndIsBackWhenItWrites) {
  set(Policy::tofu);
  wrote(device(1, 1));
  ASSERT_EQ(of(1), Decision::allow);
  decide(Fact::set_aside, 1);
  EXPECT_EQ(of(1), Decision::refuse);
  EXPECT_EQ(level(1), Level::tofu);
  EXPECT_EQ(view.decided_at(bot, juliet), view.seq()) << "what was sealed before is looked at again";
  EXPECT_FALSE(view.find(bot, juliet, key(1))->decided_by_person) << "nobody decided about trust";
  const auto entries = on_authentic_message(view, bot, juliet, device(1, 1));
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].fact, Fact::taken_back);
  EXPECT_EQ(entries[0].actor, "gateway");
  store(entries);
  EXPECT_EQ(of(1), Decision::allow);
  EXPECT_TRUE(on_authentic_message(view, bot, juliet, device(1, 1)).empty());
}

TEST_F(Sight, ToBeSeenIsNoSignOfLife) {
  set(Policy::tofu);
  wrote(device(1, 1));
  decide(Fact::set_aside, 1);
  EXPECT_EQ(seen(device(1, 1)), 0u) << "a bundle is published once and lies there for years";
  EXPECT_EQ(of(1), Decision::refuse);
}

TEST_F(Sight, APersonsDecisionAboutAKeyTakesItBack) {
  wrote(device(1, 1));
  decide(Fact::set_aside, 1);
  decide(Fact::verified, 1);
  EXPECT_EQ(of(1), Decision::allow);
  decide(Fact::set_aside, 1);
  decide(Fact::revoked, 1);
  wrote(device(1, 1));
  EXPECT_EQ(of(1), Decision::refuse) << "a revoked key comes back by no message";
}

TEST_F(Sight, AnApprovalOrAKeyOfOurOwnChangesNoDecision) {
  set(Policy::tofu);
  wrote(device(1, 1));
  const std::uint64_t before = view.decided_at(bot, juliet);
  decide(Fact::approval, 1);
  decide(Fact::own_key, 2, "");
  EXPECT_EQ(view.decided_at(bot, juliet), before);
  EXPECT_EQ(of(1), Decision::allow);
  EXPECT_TRUE(view.keys(bot, "").empty());
}

}  // namespace
}  // namespace omegate::trust
