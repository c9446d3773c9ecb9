// How fast the server takes what it is sent: measured by its acknowledgements, while something waits for them.
//
// Pure: the caller owns the clock. Not here: what is done about it (stream_session.hpp: nothing more is taken from the
// store while too much is under way).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace omegate::gateway {

/// A shorter time measures the way to the server and back, not its limit.
inline constexpr std::chrono::seconds least_measured_time{2};

class AckRate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Something is on its way, and before it nothing was.
  void begin(Time now) {
    began_ = now;
    taken_ = 0;
  }

  /// The server took so many bytes; `is_last`: nothing is on its way any more.
  void took(std::size_t bytes, bool is_last, Time now) {
    if (!began_) return;
    taken_ += bytes;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - *began_);
    if (time >= least_measured_time)
      bytes_per_second_ = taken_ * 1000 / static_cast<std::uint64_t>(time.count());
    if (is_last) began_.reset();
  }

  bool is_measuring() const { return began_.has_value(); }

  /// The last that was measured; nothing: it never had to wait long.
  const std::optional<std::uint64_t>& bytes_per_second() const { return bytes_per_second_; }

 private:
  std::optional<Time> began_;
  std::uint64_t taken_ = 0;
  std::optional<std::uint64_t> bytes_per_second_;
};

}  // namespace omegate::gateway
