// A folder's troubles: how long it waits, and when it passes over a mail.
#include "bridge/gateway/mail/mailbox_troubles.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "bridge/gateway/mail/mailbox_limits.hpp"

namespace omegate::gateway {
namespace {

/// The shortest pauses there are.
struct Lowest : Random {
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

mail::ImapTrouble at(std::uint32_t uid) { return {"the server cannot show it", false, uid}; }
const mail::ImapTrouble lost{"the connection failed"};

struct Troubles : testing::Test {
  Lowest lowest;
  MailboxTroubles troubles{lowest};
};

TEST_F(Troubles, TriesThatCountAgainstAMailAreAMinuteApart) {
  for (int i = 0; i < mailbox_tries; ++i) {
    EXPECT_FALSE(troubles.unreadable()) << "after " << i;
    EXPECT_GE(troubles.pause_after(at(7), 0ms), mailbox_try_distance) << "try " << i;
  }
  EXPECT_EQ(troubles.unreadable(), 7u);
}

TEST_F(Troubles, ALostConnectionIsMadeAnewSoonAndCostsNoMail) {
  EXPECT_LT(troubles.pause_after(lost, 0ms), 2s);
  for (int i = 0; i < 2 * mailbox_tries; ++i) troubles.pause_after(lost, 0ms);
  EXPECT_FALSE(troubles.unreadable());
  EXPECT_FALSE(troubles.failing());
}

TEST_F(Troubles, ARefusedLoginIsNotHurried) {
  EXPECT_GE(troubles.pause_after({"refused", true}, 0ms), 40s);
}

TEST_F(Troubles, EachMailHasItsOwnTries) {
  troubles.pause_after(at(7), 0ms);
  troubles.pause_after(at(7), 0ms);
  troubles.pause_after(at(8), 0ms);
  EXPECT_EQ(troubles.failing(), 8u);
  EXPECT_EQ(troubles.tries(), 1);
  EXPECT_FALSE(troubles.unreadable());
}

TEST_F(Troubles, OtherNumbersMeanOtherMails) {
  for (int i = 0; i < mailbox_tries; ++i) troubles.pause_after(at(7), 0ms);
  troubles.forget_mail();
  EXPECT_FALSE(troubles.unreadable()) << "the seventh may be a good one now";
  troubles.pause_after(at(7), 0ms);
  EXPECT_EQ(troubles.tries(), 1);
  EXPECT_FALSE(troubles.unreadable());
}

}  // namespace
}  // namespace omegate::gateway
