// Time zones by their name in the tz database: what the clocks show there.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "bridge/core/base/time.hpp"

namespace omegate::zones {

/// Milliseconds as a wall's clock and calendar show them.
using LocalTime = std::chrono::local_time<std::chrono::milliseconds>;

class Zone {
 public:
  /// "Europe/Berlin", "UTC"; nothing if the database has no such name. Cost: some microseconds.
  static std::optional<Zone> named(const std::string& name);

  /// How far its clocks are ahead of UTC at this time.
  std::chrono::milliseconds offset(WallTime time) const;
  LocalTime local(WallTime time) const { return LocalTime((time + offset(time)).time_since_epoch()); }

  /// When its clocks show that. What they show twice is the first time; what they skip is as much later as
  /// they skip.
  WallTime wall(LocalTime local) const;

 private:
  explicit Zone(std::shared_ptr<void> calendar) : calendar_(std::move(calendar)) {}
  std::shared_ptr<void> calendar_;  // of ICU
};

}  // namespace omegate::zones
