#include "bridge/gateway/stream/stream_backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

/// Draws the same byte for ever: 0 is the shortest pause, and what makes 500 of 1000 the middle one.
struct Always : Random {
  explicit Always(std::uint32_t number) : number_(number) {}
  void fill(std::span<std::uint8_t> out) override {
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&number_), out.size(), out.begin());
  }

 private:
  std::uint32_t number_;
};

Always middle(500), lowest(0), highest(1000);

// case 1
TEST(Backoff, DoublesUpToAMinute) {
  Backoff backoff(middle);
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
    EXPECT_EQ(backoff.after(Kind::network, 0ms), expected);
  }
}

// case 1
TEST(Backoff, StaysWithinAQuarterOfThePause) {
  EXPECT_EQ(Backoff(lowest).after(Kind::network, 0ms), 750ms);
  EXPECT_EQ(Backoff(highest).after(Kind::network, 0ms), 1250ms);
}

// case 163
TEST(Backoff, ComesBackFromAConflictBeforeAnotherCopyTakesUsForGone) {
  Backoff backoff(highest);
  for (int i = 0; i < 5; ++i) backoff.after(Kind::network, 0ms);
  EXPECT_LT(backoff.after(Kind::conflict, 0ms), copy_wait - 2 * copy_look_pause);
  EXPECT_GT(backoff.after(Kind::conflict, 0ms), 90s) << "and each further one doubles it";
}

TEST(Backoff, ForgetsThePastAfterAHealthyMinute) {
  Backoff backoff(middle);
  for (int i = 0; i < 5; ++i) backoff.after(Kind::server, 0ms);
  EXPECT_EQ(backoff.after(Kind::network, 59s), 32s);
  EXPECT_EQ(backoff.after(Kind::network, 60s), 1s);
}

// case 33
TEST(Backoff, StopsBeforeAnAccountIsLocked) {
  Backoff backoff(middle);
  EXPECT_TRUE(backoff.after(Kind::credentials, 0ms));
  EXPECT_TRUE(
      backoff.after(Kind::network, 0ms));  // a bad network in between does not make the password right
  EXPECT_TRUE(backoff.after(Kind::credentials, 0ms));
  EXPECT_FALSE(backoff.after(Kind::credentials, 0ms));
}

TEST(Backoff, CountsRefusalsAnewOnceALoginWorked) {
  Backoff backoff(middle);
  backoff.after(Kind::credentials, 0ms);
  backoff.after(Kind::credentials, 0ms);
  backoff.after(Kind::network, 1s);
  EXPECT_TRUE(backoff.after(Kind::credentials, 0ms));
}

// case 163
TEST(Backoff, StopsWhenTheServerKeepsObjectingAndNobodyFindsOutToWhat) {
  Backoff backoff(middle);
  for (const auto expected : {5s, 10s, 20s, 40s}) EXPECT_EQ(backoff.after(Kind::policy, 10s), expected);
  EXPECT_FALSE(backoff.after(Kind::policy, 10s));
}

TEST(Backoff, GoesOnWhereWhatTheServerObjectedToWasFound) {
  Backoff backoff(middle);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(backoff.after(Kind::policy, 10s));
    EXPECT_TRUE(backoff.after(Kind::policy, 10s));
    backoff.found_cause();
  }
}

// case 27
TEST(Backoff, WaitsAMinuteAtLeastAfterAConflictAndUpToFive) {
  Backoff backoff(middle);
  EXPECT_EQ(backoff.after(Kind::conflict, 1h), 60s);
  EXPECT_EQ(backoff.after(Kind::conflict, 1s), 120s);
  for (int i = 0; i < 20; ++i) backoff.after(Kind::conflict, 1s);
  EXPECT_EQ(backoff.after(Kind::conflict, 1s), 300s);
}

TEST(Backoff, LooksAgainCalmlyAfterAWeakerOfferAndNeverGivesUp) {
  Backoff backoff(middle);
  EXPECT_EQ(backoff.after(Kind::downgrade, 0ms), 60s);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(backoff.after(Kind::downgrade, 0ms));
  EXPECT_EQ(backoff.after(Kind::downgrade, 0ms), 300s);
}

// case 26
TEST(Backoff, FollowsARedirectionAtOnceButNotForEver) {
  Backoff backoff(middle);
  EXPECT_EQ(backoff.after(Kind::redirected, 0ms), 0ms);
  EXPECT_EQ(backoff.after(Kind::redirected, 0ms), 2s);
  EXPECT_EQ(backoff.after(Kind::redirected, 0ms), 4s);
}

TEST(Backoff, BeginsAnewOnRequest) {
  Backoff backoff(middle);
  for (int i = 0; i < 3; ++i) backoff.after(Kind::credentials, 0ms);
  backoff.reset();
  EXPECT_EQ(backoff.after(Kind::credentials, 0ms), 1s);
}

}  // namespace
}  // namespace omegate::gateway
