#include "bridge/gateway/stream/ack_rate.hpp"

#include <gtest/gtest.h>

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;

const AckRate::Time start{};

TEST(AckRate, IsWhatTheServerTakesWhileSomethingWaits) {
  AckRate rate;
  rate.begin(start);
  for (int second = 1; second <= 6; ++second) rate.took(10'000, false, start + std::chrono::seconds(second));
  EXPECT_EQ(rate.bytes_per_second(), 10'000u);
  rate.took(4'000, true, start + 8s);
  EXPECT_EQ(rate.bytes_per_second(), 8'000u);
}

/// A message that is acknowledged at once measures the way there and back.
TEST(AckRate, SaysNothingOfAServerThatTakesAllAtOnce) {
  AckRate rate;
  for (int i = 0; i < 10; ++i) {
    rate.begin(start + std::chrono::seconds(i));
    rate.took(500, true, start + std::chrono::seconds(i) + 5ms);
    EXPECT_FALSE(rate.is_measuring());
  }
  EXPECT_FALSE(rate.bytes_per_second());
}

TEST(AckRate, DoesNotCountTheTimeWithoutWork) {
  AckRate rate;
  rate.begin(start);
  rate.took(20'000, true, start + 2s);
  rate.begin(start + 1h);
  rate.took(20'000, true, start + 1h + 2s);
  EXPECT_EQ(rate.bytes_per_second(), 10'000u);
}

}  // namespace
}  // namespace omegate::gateway
