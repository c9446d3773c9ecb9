// How many requests of others are answered: a flood of them must not take the server's patience away from our messages.
//
// Pure: a bucket that fills with time.
#pragma once

#include <algorithm>
#include <chrono>

namespace omegate::gateway {

/// Unit: answers; answers a second. Why: a client asks twice when it sees us first; an answer has some 150 bytes, and
/// Prosody lets 10 kB a second through.
inline constexpr double most_answers_at_once = 100;
inline constexpr double answers_per_second = 10;

class RequestLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  bool allows(Time now) {
    if (last_ != Time{}) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      left_ = std::min(most_answers_at_once, left_ + seconds * answers_per_second);
    }
    last_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = most_answers_at_once;
  Time last_{};
};

}  // namespace omegate::gateway
