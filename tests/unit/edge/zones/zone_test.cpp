#include "bridge/edge/zones/zone.hpp"

#include <gtest/gtest.h>

namespace omegate::zones {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

LocalTime local(year_month_day day, minutes time) { return LocalTime(local_days(day)) + time; }
WallTime utc(year_month_day day, minutes time) { return WallTime(sys_days(day)) + time; }

TEST(Zone, KnowsWinterAndSummer) {
  const auto berlin = Zone::named("Europe/Berlin").value();
  EXPECT_EQ(berlin.offset(utc(2026y / 1 / 15, 12h)), 1h);
  EXPECT_EQ(berlin.offset(utc(2026y / 7 / 15, 12h)), 2h);
  EXPECT_EQ(berlin.wall(local(2026y / 1 / 15, 9h)), utc(2026y / 1 / 15, 8h));
  EXPECT_EQ(berlin.wall(local(2026y / 7 / 15, 9h)), utc(2026y / 7 / 15, 7h));
  EXPECT_EQ(berlin.wall(local(2037y / 7 / 15, 9h)), utc(2037y / 7 / 15, 7h));
}

TEST(Zone, TakesTheFirstOfTwoEqualHours) {
  const auto berlin = Zone::named("Europe/Berlin").value();
  EXPECT_EQ(berlin.wall(local(2026y / 10 / 25, 2h + 30min)), utc(2026y / 10 / 25, 30min));
  EXPECT_EQ(berlin.wall(local(2026y / 10 / 25, 3h)), utc(2026y / 10 / 25, 2h));
}

TEST(Zone, MovesASkippedTimeOn) {
  const auto berlin = Zone::named("Europe/Berlin").value();
  const WallTime moved = berlin.wall(local(2026y / 3 / 29, 2h + 30min));
  EXPECT_EQ(moved, utc(2026y / 3 / 29, 1h + 30min));
  EXPECT_EQ(berlin.local(moved), local(2026y / 3 / 29, 3h + 30min));
}

TEST(Zone, CountsHalfHoursAndTheOtherHemisphere) {
  EXPECT_EQ(Zone::named("Asia/Kolkata")->offset(utc(2026y / 1 / 1, 0min)), 5h + 30min);
  EXPECT_EQ(Zone::named("Australia/Sydney")->offset(utc(2026y / 1 / 1, 0min)), 11h);
  EXPECT_EQ(Zone::named("America/New_York")->wall(local(2026y / 1 / 1, 0min)), utc(2026y / 1 / 1, 5h));
  EXPECT_EQ(Zone::named("UTC")->offset(utc(2026y / 1 / 1, 0min)), 0h);
}

TEST(Zone, KnowsOnlyNamesOfTheDatabase) {
  for (const char* none : {"", "Europe/Atlantis", "../etc/passwd", "GMT+5:30", "Europe/Berlin ", "\xc3\xa4"})
    EXPECT_FALSE(Zone::named(none)) << none;
}

}  // namespace
}  // namespace omegate::zones
