// What several tables share: how an OMEMO version and a device are stored, and the numbering of rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;

/// 0: legacy, 2: OMEMO 2. Stored, so it never changes.
constexpr int number_of(omemo::Version version) { return version == omemo::Version::legacy ? 0 : 2; }

constexpr omemo::Version version_of(std::int64_t number) {
  return number == 0 ? omemo::Version::legacy : omemo::Version::omemo2;
}

/// The row of a device in `devices`; nothing if it is not known.
std::optional<std::int64_t> find_device_row(Connection& db, const DeviceRef& device);

/// The same, made (inactive) if it is not known.
std::int64_t device_row(Connection& db, const DeviceRef& device, WallTime now);

/// The number a new row of `table` gets: above all there ever were, so that a seal never fits a later row.
std::int64_t first_unused_id(Connection& db, std::string_view table);

}  // namespace omegate::store
