#include "bridge/core/xmpp/date_time.hpp"

#include <gtest/gtest.h>

namespace {

using namespace omegate;
using xmpp::format_time;
using xmpp::parse_time;

std::string round_trip(const char* text) {
  const auto time = parse_time(text);
  return time ? format_time(*time) : "refused";
}

TEST(DateTime, WritesUtcWithMillisecondsIfThereAreAny) {
  EXPECT_EQ(format_time(from_ms(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_time(from_ms(1'772'366'400'000)), "2026-03-01T12:00:00Z");
  EXPECT_EQ(format_time(from_ms(1'772'366'400'007)), "2026-03-01T12:00:00.007Z");
  EXPECT_EQ(format_time(from_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(DateTime, ReadsEveryOffsetAndPrecision) {
  EXPECT_EQ(round_trip("2026-03-01T12:00:00Z"), "2026-03-01T12:00:00Z");
  EXPECT_EQ(round_trip("2026-03-01T14:00:00+02:00"), "2026-03-01T12:00:00Z");
  EXPECT_EQ(round_trip("2026-02-28T23:30:00-12:30"), "2026-03-01T12:00:00Z");
  EXPECT_EQ(round_trip("2026-03-01T12:00:00.1Z"), "2026-03-01T12:00:00.100Z");
  EXPECT_EQ(round_trip("2026-03-01T12:00:00.123456789Z"), "2026-03-01T12:00:00.123Z");
  EXPECT_EQ(round_trip("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59Z");
  EXPECT_EQ(round_trip("2024-02-29T00:00:00Z"), "2024-02-29T00:00:00Z");
  EXPECT_EQ(round_trip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(round_trip("9999-12-31T23:59:59-23:59"), "9999-12-31T23:59:59.999Z");
}

// case 67
TEST(DateTime, RefusesWhatIsNoDate) {
  for (const char* text : {"",
                           "2026",
                           "2026-03-01",
                           "2026-03-01T12:00:00",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-03-32T00:00:00Z",
                           "2026-03-01T24:00:00Z",
                           "2026-03-01T12:60:00Z",
                           "2026-03-01T12:00:61Z",
                           "2026-03-01T12:00:00.Z",
                           "2026-03-01T12:00:00+2:00",
                           "2026-03-01T12:00:00+24:00",
                           "-026-03-01T12:00:00Z",
                           "2026-03-01T12:00:00Zx",
                           "2026-03-01 12:00:00Z",
                           "20260301T12:00:00",
                           "2026-03-01T12:00:00 02:00",
                           "2026-03-01T12:00:00.-1Z"}) {
    EXPECT_EQ(round_trip(text), "refused") << text;
  }
}

}  // namespace
