// The rules of XEP-0450: its sections 3 to 5 as cases.
#include "bridge/core/trust/atm.hpp"

#include <gtest/gtest.h>

namespace omegate::trust {
namespace {

using namespace std::chrono_literals;

constexpr const char* bot = "bot@example.org";
constexpr const char* alice = "alice@example.org";
constexpr const char* bob = "bob@example.com";
const WallTime noon = from_ms(1'700'000'000'000);

crypto::PublicKey key(Byte fill) {
  crypto::PublicKey made;
  made.fill(fill);
  return made;
}

struct Atm : testing::Test {
  View view;

  void say(const std::string& peer, Byte fill, Fact fact, const std::string& actor = "cli:root") {
    Entry entry;
    entry.seq = view.seq() + 1;
    entry.time = noon;
    entry.actor = actor;
    entry.account = bot;
    entry.peer = peer;
    entry.key = key(fill);
    entry.fact = fact;
    view.apply(entry);
  }
  static Statement said(const std::string& sender, Byte by, const std::string& owner, Byte about,
                        bool trusts = true) {
    return {sender, key(by), owner, key(about), trusts, noon};
  }
  Weight weight(const Statement& statement, const std::optional<WallTime>& newest = std::nullopt) {
    return weigh(view, bot, statement, newest);
  }
};

TEST_F(Atm, ADeviceThatIsAuthenticatedSpeaksOfItsOwnersOtherKeys) {
  say(alice, 1, Fact::verified);
  EXPECT_EQ(weight(said(alice, 1, alice, 2)), Weight::counts);
  EXPECT_EQ(weight(said(alice, 1, alice, 2, false)), Weight::counts);
}

TEST_F(Atm, NobodySpeaksOfOtherPeoplesKeysButOurOwnDevices) {
  say(alice, 1, Fact::verified);
  EXPECT_EQ(weight(said(alice, 1, bob, 2)), Weight::ignored);
  EXPECT_EQ(weight(said(alice, 1, bot, 2)), Weight::ignored);
  say(bot, 7, Fact::verified);
  EXPECT_EQ(weight(said(bot, 7, bob, 2)), Weight::counts);
  EXPECT_EQ(weight(said(bot, 7, bot, 8)), Weight::counts);
}

TEST_F(Atm, NoKeySpeaksOfItself) {
  say(alice, 1, Fact::verified);
  EXPECT_EQ(weight(said(alice, 1, alice, 1, false)), Weight::ignored);
}

TEST_F(Atm, WhatAnUnauthenticatedDeviceSaysWaitsAndWhatARevokedOneSaysIsNothing) {
  for (const Fact fact : {Fact::seen, Fact::tofu, Fact::trusted}) {
    say(alice, 1, fact);
    EXPECT_EQ(weight(said(alice, 1, alice, 2)), Weight::waits) << name(fact);
  }
  EXPECT_EQ(weight(said(bob, 9, bob, 2)), Weight::waits) << "of a key nobody has met";
  say(alice, 1, Fact::revoked);
  EXPECT_EQ(weight(said(alice, 1, alice, 2)), Weight::ignored);
}

TEST_F(Atm, OnlyANewerWordChangesAnOlderOne) {
  say(alice, 1, Fact::verified);
  Statement statement = said(alice, 1, alice, 2);
  EXPECT_EQ(weight(statement, noon), Weight::ignored) << "the same again";
  EXPECT_EQ(weight(statement, noon + 1s), Weight::ignored) << "an old one, replayed";
  statement.said = noon + 1s;
  EXPECT_EQ(weight(statement, noon), Weight::counts);
}

TEST_F(Atm, WhatAPersonDecidedHereStands) {
  say(alice, 1, Fact::verified);
  say(alice, 2, Fact::revoked);
  EXPECT_EQ(weight(said(alice, 1, alice, 2)), Weight::ignored);
  say(alice, 3, Fact::revoked, std::string(atm_actor) + alice);
  EXPECT_EQ(weight(said(alice, 1, alice, 3)), Weight::counts)
      << "what a message decided a newer one may change";
}

TEST_F(Atm, TheEntrySaysWhoSaidIt) {
  const Entry entry = entry_of(bot, said(alice, 1, alice, 2));
  EXPECT_EQ(entry.fact, Fact::verified);
  EXPECT_EQ(entry.actor, "trust message of alice@example.org");
  EXPECT_EQ(entry.key, key(2));
  EXPECT_NE(entry.reason.find("0101010101010101"), std::string::npos);
  EXPECT_EQ(entry_of(bot, said(alice, 1, alice, 2, false)).fact, Fact::revoked);
}

// A chain: a device that was authenticated by a message may itself speak (section 5).
TEST_F(Atm, WhoWasAuthenticatedByAMessageSpeaks) {
  say(alice, 1, Fact::verified);
  say(alice, 2, Fact::verified, std::string(atm_actor) + alice);
  EXPECT_EQ(weight(said(alice, 2, alice, 3)), Weight::counts);
}

}  // namespace
}  // namespace omegate::trust
