// Wall-clock time as the store and the ledger keep it.
#pragma once

#include <chrono>
#include <cstdint>

namespace omegate {

/// Milliseconds since 1970-01-01 UTC. Core never reads a clock: time comes in as an argument.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

inline std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

}  // namespace omegate
