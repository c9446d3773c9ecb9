// Dates and times on the wire.
//
// Source: XEP-0082 1.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/time.hpp"

namespace omegate::xmpp {

/// "2026-03-01T12:00:00Z", with milliseconds only if there are any. Years 0000 to 9999; others are clamped.
std::string format_time(WallTime time);

/// Any offset, any number of fractional digits. Nothing for everything that is no such date (leap second 60
/// counts as 59).
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace omegate::xmpp
