// How long things took since the start: for monitoring, not for decisions.
//
// Not here: how it is shown (gateway/log/metrics.hpp).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace omegate::store {

enum class Span {
  sent,       // a message, from accepted until the server had acknowledged it
  delivered,  // the same, until its receipt came
  commit,     // one commit with its sync, however many works it ends
};

/// Upper ends of the classes, in seconds; what is longer is counted behind the last.
inline constexpr std::array<double, 16> duration_bounds{0.0003, 0.001, 0.003, 0.01, 0.03, 0.1,  0.3,   1,
                                                        3,      10,    30,    100,  300,  3600, 21600, 86400};

struct Durations {
  std::array<std::uint64_t, duration_bounds.size() + 1> counts{};  // of each class by itself
  double seconds = 0;                                              // all together
};

/// Safe from every thread. Cost: 20 ns. What a rolled back transaction noted stays.
void note_duration(Span span, std::chrono::microseconds time);
Durations durations(Span span);

}  // namespace omegate::store
