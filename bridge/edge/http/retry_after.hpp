// How long a server wants to be left alone.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "bridge/core/base/time.hpp"

namespace omegate::http {

/// The value of `Retry-After`: seconds, or a date, then counted from `now`; never negative. Nothing: it is neither.
/// Source: RFC 9110 §10.2.3 (of the three forms of dates the one that servers send, IMF-fixdate).
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, WallTime now);

}  // namespace omegate::http
