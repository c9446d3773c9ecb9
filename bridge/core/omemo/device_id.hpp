// Device ids.
#pragma once

#include <cstdint>

#include "bridge/core/base/id.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/error.hpp"

namespace omegate::omemo {

/// One OMEMO device of one bare JID. Source: XEP-0384 §5.1.
using DeviceId = Id<struct DeviceIdTag, std::uint32_t>;

inline constexpr std::uint32_t max_device_id = 0x7fff'ffff;  // 2^31 - 1; 0 is not a device

/// Reads a device id that came from outside. `DeviceId(n)` is for rows we wrote ourselves.
/// Errors: `device_id_out_of_range`.
inline Result<DeviceId> make_device_id(std::uint64_t wire) {
  if (wire < 1 || wire > max_device_id) return Error::device_id_out_of_range;
  return DeviceId(static_cast<std::uint32_t>(wire));
}

/// Uniform. The caller checks that the account does not have it yet.
DeviceId random_device_id(Random& random);

}  // namespace omegate::omemo
