#include "bridge/gateway/plugins/timekeeper.hpp"

#include <gtest/gtest.h>

#include "bridge/gateway/plugins/timer_data.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

WallTime utc(year_month_day day, minutes time) { return WallTime(sys_days(day)) + time; }

TEST(NextTime, OfAPeriodStaysInItsRhythm) {
  const plugin::Schedule hourly{"h", 1h, {}, {}};
  const WallTime last = utc(2026y / 1 / 1, 12h);
  EXPECT_EQ(next_time(hourly, last, last), last + 1h);
  EXPECT_EQ(next_time(hourly, last, last + 59min), last + 1h);
  EXPECT_EQ(next_time(hourly, last, last + 1h), last + 2h);
  EXPECT_EQ(next_time(hourly, last, last + 100h + 1min), last + 101h);
  EXPECT_EQ(next_time(hourly, last, last - 10h), last - 9h) << "the clock was set back";
}

TEST(NextTime, OfACronLineIsThatOfItsZone) {
  const plugin::Schedule nine{"n", {}, "0 9 * * *", "Europe/Berlin"};
  EXPECT_EQ(next_time(nine, {}, utc(2026y / 1 / 15, 7h)), utc(2026y / 1 / 15, 8h));
  EXPECT_EQ(next_time(nine, {}, utc(2026y / 1 / 15, 8h)), utc(2026y / 1 / 16, 8h));
  EXPECT_EQ(next_time(nine, {}, utc(2026y / 7 / 15, 6h)), utc(2026y / 7 / 15, 7h));
  EXPECT_EQ(next_time({"u", {}, "0 9 * * *", {}}, {}, utc(2026y / 7 / 15, 6h)), utc(2026y / 7 / 15, 9h));
}

TEST(NextTime, OfAnHourThatComesTwiceIsOnce) {
  const plugin::Schedule half{"n", {}, "30 2 * * *", "Europe/Berlin"};
  const WallTime first = utc(2026y / 10 / 25, 30min);
  EXPECT_EQ(next_time(half, {}, first - 1min), first);
  EXPECT_EQ(next_time(half, {}, first), utc(2026y / 10 / 26, 1h + 30min));
  EXPECT_EQ(next_time(half, {}, first + 1h), utc(2026y / 10 / 26, 1h + 30min)) << "the second 2:30";
}

TEST(NextTime, OfAnHourThatIsSkippedIsAfterIt) {
  const plugin::Schedule half{"n", {}, "30 2 * * *", "Europe/Berlin"};
  EXPECT_EQ(next_time(half, {}, utc(2026y / 3 / 28, 12h)), utc(2026y / 3 / 29, 1h + 30min));
}

TEST(NextTime, OfNonsenseIsNever) {
  EXPECT_FALSE(next_time({"n", {}, "0 9 * * *", "Europe/Atlantis"}, {}, utc(2026y / 3 / 28, 12h)));
  EXPECT_FALSE(next_time({"n", {}, "0 0 31 2 *", "UTC"}, {}, utc(2026y / 3 / 28, 12h)));
}

TEST(TimerData, IsWhatItWas) {
  const auto data =
      parse_timer(encode(TimerData{"n", "[1]", "bot", "a@b", plugin::TrustLevel::trusted})).value();
  EXPECT_EQ(data.name + data.state + data.account + data.from, "n[1]bota@b");
  EXPECT_EQ(data.min_trust, plugin::TrustLevel::trusted);
  const plugin::Schedule schedule{"n", 5min, "", "UTC"};
  EXPECT_EQ(parse_schedule(encode(schedule)), schedule);
  EXPECT_FALSE(parse_timer(as_bytes("no")));
}

}  // namespace
}  // namespace omegate::gateway
