#include "bridge/core/plugin/schedule.hpp"

#include <gtest/gtest.h>

namespace omegate::plugin {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

Cron::Minutes at(year_month_day day, minutes time) { return Cron::Minutes(local_days(day)) + time; }

Cron::Minutes next(const char* line, Cron::Minutes after) {
  return Cron::parse(line).value().next(after).value_or(Cron::Minutes{});
}

TEST(Cron, FindsTheNextMinute) {
  const auto monday = at(2026y / 11 / 30, 9h);
  EXPECT_EQ(next("* * * * *", monday), monday + 1min);
  EXPECT_EQ(next("0 9 * * *", monday), monday + 24h);  // after, not at
  EXPECT_EQ(next("30 9 * * *", monday), monday + 30min);
  EXPECT_EQ(next("*/15 * * * *", monday), monday + 15min);
  EXPECT_EQ(next("5/20 * * * *", monday), monday + 5min);
  EXPECT_EQ(next("0 8,17 * * *", monday), monday + 8h);
  EXPECT_EQ(next("10-20/5 10 * * *", monday), monday + 70min);
  EXPECT_EQ(next("0 0 1 * *", monday), at(2026y / 12 / 1, 0min));
  EXPECT_EQ(next("0 0 1 jan *", monday), at(2027y / 1 / 1, 0min));
}

TEST(Cron, KnowsWeekdays) {
  const auto friday = at(2026y / 12 / 4, 9h);
  EXPECT_EQ(next("0 9 * * 1-5", friday), at(2026y / 12 / 7, 9h));
  EXPECT_EQ(next("0 9 * * MON-FRI", friday), at(2026y / 12 / 7, 9h));
  EXPECT_EQ(next("0 9 * * 0", friday), at(2026y / 12 / 6, 9h));
  EXPECT_EQ(next("0 9 * * 7", friday), at(2026y / 12 / 6, 9h));
  EXPECT_EQ(next("0 9 13 * 5", friday), at(2026y / 12 / 11, 9h));  // either day
}

TEST(Cron, KnowsLeapYearsAndGivesUpOnWhatNeverComes) {
  EXPECT_EQ(next("0 0 29 2 *", at(2026y / 3 / 1, 0min)), at(2028y / 2 / 29, 0min));
  EXPECT_FALSE(Cron::parse("0 0 30 2 *").value().next(at(2026y / 3 / 1, 0min)));
}

TEST(Cron, RefusesWhatIsNone) {
  for (const char* none : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                           "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "x * * * *", "1- * * * *",
                           "1,,2 * * * *", "-1 * * * *", "@daily", "* * * mai *"}) {
    EXPECT_FALSE(Cron::parse(none)) << none;
  }
}

}  // namespace
}  // namespace omegate::plugin
