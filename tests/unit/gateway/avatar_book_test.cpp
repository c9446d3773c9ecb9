#include "bridge/gateway/account/avatar_book.hpp"

#include <gtest/gtest.h>

#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {
namespace {

using Source = AvatarBook::Source;
using Clock = AvatarBook::Clock;
using namespace std::chrono_literals;

const std::string amy = "amy@example.org";

struct AvatarBookTest : testing::Test {
  std::string id_of(const std::string& who) {
    const auto* const known = book.find(who, now);
    return known == nullptr ? "?" : known->id;
  }

  AvatarBook book;
  Clock::time_point now = Clock::time_point{} + 100h;
};

TEST_F(AvatarBookTest, WhatWasAskedIsBelievedForAWhile) {
  EXPECT_EQ(id_of(amy), "?");
  book.found(amy, "a", now + 1h);
  EXPECT_EQ(id_of(amy), "a");
  now += 2h;
  EXPECT_EQ(id_of(amy), "?");
}

TEST_F(AvatarBookTest, WhatWasAnnouncedHoldsUntilAnotherIsAndOverNoNewSession) {
  book.announced(amy, "a", Source::presence);
  now += 1000h;
  EXPECT_EQ(id_of(amy), "a");
  book.announced(amy, "b", Source::presence);
  EXPECT_EQ(id_of(amy), "b");
  book.found("bob@example.org", "c", now + 1h);
  book.forget_announced();
  EXPECT_EQ(id_of(amy), "?");
  EXPECT_EQ(id_of("bob@example.org"), "c");
}

TEST_F(AvatarBookTest, APublishedPictureCountsMoreThanAVcardsUnlessThereIsNone) {
  book.announced(amy, "a", Source::published);
  book.announced(amy, "b", Source::presence);
  EXPECT_EQ(id_of(amy), "a");
  book.announced(amy, "", Source::published);
  book.announced(amy, "b", Source::presence);
  EXPECT_EQ(id_of(amy), "b");
}

TEST_F(AvatarBookTest, WhatIsFoundInItsPlaceStaysAnnouncedAndWhatIsNotIsLookedForAgain) {
  book.announced(amy, "a", Source::presence);
  book.found(amy, "b", now + 1h);
  now += 2h;
  EXPECT_EQ(id_of(amy), "b");
  book.found(amy, "", now + 1h);
  EXPECT_EQ(id_of(amy), "");
  now += 2h;
  EXPECT_EQ(id_of(amy), "?");
  book.missed(amy, now + 1h);
  EXPECT_TRUE(book.find(amy, now)->is_missing);
  book.announced(amy, "c", Source::presence);
  EXPECT_FALSE(book.find(amy, now)->is_missing);
}

TEST_F(AvatarBookTest, ACrowdFillsNoMemory) {
  for (std::size_t i = 0; i < max_known_avatars + 10; ++i) book.announced(std::to_string(i), "a", Source::presence);
  EXPECT_EQ(book.size(), max_known_avatars);
  EXPECT_EQ(id_of("0"), "?");
  EXPECT_EQ(id_of(std::to_string(max_known_avatars)), "a");
  for (std::size_t i = 0; i < kept_avatars + 1; ++i) book.keep({std::to_string(i), "image/png", {}});
  EXPECT_EQ(book.picture("0"), nullptr);
  EXPECT_NE(book.picture("1"), nullptr);
}

TEST_F(AvatarBookTest, SoManyAreAskedForInAMinuteAndNoMore) {
  for (std::size_t i = 0; i < avatars_a_minute; ++i) EXPECT_TRUE(book.may_ask(now));
  EXPECT_FALSE(book.may_ask(now + 59s));
  EXPECT_TRUE(book.may_ask(now + 60s));
}

}  // namespace
}  // namespace omegate::gateway
