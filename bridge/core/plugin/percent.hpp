// Percent-encoding. Source: RFC 3986 §2.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace omegate::plugin {

/// Nothing: a percent sign that escapes nothing.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace omegate::plugin
