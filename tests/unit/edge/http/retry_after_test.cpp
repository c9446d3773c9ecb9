// How long a server wants to be left alone.
#include "bridge/edge/http/retry_after.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate;
using namespace std::chrono_literals;
using http::parse_retry_after;

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + 12h;

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("0", now), 0s);
  EXPECT_EQ(parse_retry_after("Mon, 05 Jan 2026 12:01:30 GMT", now), 90s);
  EXPECT_EQ(parse_retry_after("Mon, 05 Jan 2026 11:00:00 GMT", now), 0s);
}

TEST(RetryAfter, IsNothingElse) {
  for (const char* text : {"", "soon", "-1", "1.5", "12 s", "2026-01-05"}) EXPECT_FALSE(parse_retry_after(text, now)) << text;
}

TEST(RetryAfter, HasAnEnd) {
  EXPECT_LE(parse_retry_after("99999999999999999999999", now), std::chrono::hours(24 * 366));
  EXPECT_LE(parse_retry_after("Mon, 05 Jan 9999 11:00:00 GMT", now), std::chrono::hours(24 * 366));
}

}  // namespace
