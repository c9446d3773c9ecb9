#include "bridge/edge/store/durations.hpp"

#include <algorithm>
#include <atomic>

namespace omegate::store {
namespace {

struct Counters {
  std::array<std::atomic<std::uint64_t>, duration_bounds.size() + 1> counts{};
  std::atomic<std::uint64_t> microseconds{0};
};

Counters& counters_of(Span span) {
  static std::array<Counters, 3> all;
  return all.at(static_cast<std::size_t>(span));
}

}  // namespace

/// A clock that was set back makes no time negative.
void note_duration(Span span, std::chrono::microseconds time) {
  const std::chrono::microseconds taken = std::max(time, std::chrono::microseconds(0));
  const double seconds = std::chrono::duration<double>(taken).count();
  const auto place = std::lower_bound(duration_bounds.begin(), duration_bounds.end(), seconds) - duration_bounds.begin();
  Counters& counters = counters_of(span);
  counters.counts[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
  counters.microseconds.fetch_add(static_cast<std::uint64_t>(taken.count()), std::memory_order_relaxed);
}

Durations durations(Span span) {
  const Counters& counters = counters_of(span);
  Durations found;
  for (std::size_t i = 0; i < found.counts.size(); ++i) found.counts[i] = counters.counts[i].load(std::memory_order_relaxed);
  found.seconds = static_cast<double>(counters.microseconds.load(std::memory_order_relaxed)) / 1e6;
  return found;
}

}  // namespace omegate::store
