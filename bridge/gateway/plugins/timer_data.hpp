// What a row of the table `timers` remembers.
//
// Not here: when it is due and what becomes of it (timekeeper.hpp).
#pragma once

#include <optional>
#include <string>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/plugin/schedule.hpp"
#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::gateway {

/// Of a timer or a question: what the plugin gave it, and whose event it came from.
struct TimerData {
  std::string name;                                              // of its handler
  std::string state = "null";                                    // JSON
  std::string account, from;                                     // empty: nobody's
  plugin::TrustLevel min_trust = plugin::TrustLevel::undecided;  // of a question: whose answer counts
};

Bytes encode(const TimerData& data);
/// Nothing: written by a version that is not known here.
std::optional<TimerData> parse_timer(ByteView data);

Bytes encode(const plugin::Schedule& schedule);
std::optional<plugin::Schedule> parse_schedule(ByteView data);

}  // namespace omegate::gateway
