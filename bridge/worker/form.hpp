// application/x-www-form-urlencoded: form bodies and query strings.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omegate::worker {

/// "a=1&b=x+y" → {a, 1}, {b, "x y"}. A "%" that escapes nothing stays as it is. Source: URL standard,
/// section 5.1.
std::vector<std::pair<std::string, std::string>> parse_form(std::string_view text);

}  // namespace omegate::worker
