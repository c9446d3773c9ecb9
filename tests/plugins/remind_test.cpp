#include <gmock/gmock.h>

#include "tests/plugins/bench.hpp"

namespace {

using omegate::test::PluginBench;
using testing::HasSubstr;

/// It is Monday, 21 September 2026, 14:13:20 UTC.
struct RemindTest : testing::Test {
  PluginBench remind{"remind", "{}"};
  std::string says(const std::string& text) { return remind.says(text).reply(); }
  std::string when(const std::string& text) {
    PluginBench fresh("remind", "{}");
    return fresh.says("remind " + text).reply();
  }
};

TEST_F(RemindTest, UnderstandsHowPeopleSayTimes) {
  const std::pair<const char*, const char*> cases[] = {
      {"me in 20 minutes to look", "On Monday, 21 September 2026 at 14:33, number 1."},
      {"in 1h30m to look", "at 15:43"},
      {"me in an hour and 10 minutes to look", "at 15:23"},
      {"me in half an hour to look", "at 14:43"},
      {"me in 2 days to look", "Wednesday, 23 September 2026 at 14:13"},
      {"me in 1 week to look", "28 September"},
      {"me at 18:30 to look", "Monday, 21 September 2026 at 18:30"},
      {"me at 9 to look", "Tuesday, 22 September 2026 at 09:00"},
      {"me at 9 pm to look", "Monday, 21 September 2026 at 21:00"},
      {"me at 12am to look", "22 September 2026 at 00:00"},
      {"me at noon to look", "22 September 2026 at 12:00"},
      {"me tomorrow to look", "22 September 2026 at 09:00"},
      {"me tomorrow at 7:05 to look", "22 September 2026 at 07:05"},
      {"me today at 15:00 to look", "21 September 2026 at 15:00"},
      {"me on friday to look", "Friday, 25 September 2026 at 09:00"},
      {"me on Monday, at 14:00 to look", "Monday, 28 September 2026 at 14:00"},
      {"me on monday at 15:00 to look", "Monday, 21 September 2026 at 15:00"},
      {"me on 2030-01-31 at 8 to look", "Thursday, 31 January 2030 at 08:00"},
      {"me every day at 7 to look", "Each day, first on Tuesday, 22 September 2026 at 07:00"},
      {"me every weekday at 15:00 to look", "Each weekday, first on Monday, 21 September 2026 at 15:00"},
      {"me every sun to look", "Each Sunday, first on Sunday, 27 September 2026 at 09:00"},
  };
  for (const auto& [text, expected] : cases) EXPECT_THAT(when(text), HasSubstr(expected)) << text;
}

TEST_F(RemindTest, SaysWhatItDoesNotUnderstand) {
  for (const char* text : {"me to look", "me in a while to look", "me at 25:00 to look", "me at 13pm to look",
                           "me every moon to look", "me in 10 to look", "me tomorrow at to look"}) {
    EXPECT_THAT(when(text), HasSubstr("did not understand when")) << text;
  }
  EXPECT_EQ(when("me on 2020-01-01 to look"), "failed: That is over.");
  EXPECT_THAT(when("me in 10 minutes"), HasSubstr("What shall I remind you of?"));
}

TEST_F(RemindTest, RemindsOnceAndThenForgets) {
  says("remind me in 10 minutes to look into the oven");
  EXPECT_EQ(says("reminders"), "1. Monday, 21 September 2026 at 14:23: look into the oven");
  const auto did = remind.rings();
  EXPECT_EQ(did.reply(), "Reminder: look into the oven");
  EXPECT_EQ(did.sent[0].to, "juliet@example.org");
  EXPECT_EQ(says("reminders"), "Nothing.");
  EXPECT_TRUE(remind.timers.empty());
}

TEST_F(RemindTest, RepeatsWhatComesEachDay) {
  says("remind me every day at 9 to drink");
  EXPECT_EQ(remind.rings().reply(), "Reminder: drink");
  EXPECT_EQ(says("reminders"), "1. Wednesday, 23 September 2026 at 09:00: drink");
  EXPECT_EQ(remind.timers.size(), 1U);
}

TEST_F(RemindTest, ForgetsWhatItIsToldTo) {
  says("remind me in 1 hour to a");
  says("remind me in 2 hours to b");
  EXPECT_EQ(says("forget 1"), "Forgotten: a");
  EXPECT_THAT(says("forget 1"), HasSubstr("no reminder number 1"));
  EXPECT_THAT(says("remind me in 3 hours to c"), HasSubstr("number 1."));
  EXPECT_EQ(remind.rings().reply(), "Reminder: b");
  EXPECT_EQ(remind.rings().reply(), "Reminder: c");
}

TEST_F(RemindTest, KeepsPeopleApartAndKnowsTheirZones) {
  says("remind me in 1 hour to a");
  remind.sender.from = "romeo@example.org";
  EXPECT_EQ(says("reminders"), "Nothing.");
  EXPECT_EQ(says("zone Europe/Berlin"), "Your time zone is Europe/Berlin; it is 16:13 there.");
  EXPECT_THAT(says("zone Verona"), HasSubstr("I know no time zone Verona"));
  EXPECT_THAT(says("remind me at 17:00 to eat"), HasSubstr("21 September 2026 at 17:00"));
  EXPECT_EQ(remind.timers[0].first.due, omegate::from_ms(1'790'002'800'000));  // 15:00 UTC
  remind.sender.from = "juliet@example.org";
  EXPECT_EQ(says("zone"), "Your time zone is UTC; it is 14:13 there.");
}

TEST_F(RemindTest, BoundsWhatOnePersonMayHave) {
  PluginBench small("remind", R"({"most": 2, "zone": "Europe/Berlin"})");
  EXPECT_THAT(small.says("remind me at 17:00 to a").reply(), HasSubstr("at 17:00"));
  small.says("remind me in 1 hour to b");
  EXPECT_THAT(small.says("remind me in 1 hour to c").failure, HasSubstr("2 reminders already"));
}

}  // namespace
