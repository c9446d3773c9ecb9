// How much a client may send: a bucket that fills with time.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace omegate::gateway::api {

class SendLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit SendLimit(unsigned per_minute) : most_(per_minute), left_(per_minute) {}

  /// Nothing: go on. Else: when it is worth another try.
  std::optional<std::chrono::seconds> take(Time now) {
    const double per_second = most_ / 60;
    if (last_ != Time{}) left_ = std::min(most_, left_ + std::chrono::duration<double>(now - last_).count() * per_second);
    last_ = now;
    if (left_ >= 1) {
      left_ -= 1;
      return std::nullopt;
    }
    return std::chrono::seconds(static_cast<int>((1 - left_) / per_second) + 1);
  }

 private:
  double most_;
  double left_;
  Time last_{};
};

}  // namespace omegate::gateway::api
