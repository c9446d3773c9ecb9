// Is a message small enough in its parts to be parsed at all?
#pragma once

#include <string_view>

namespace omegate::mime {

/// Why it is not; empty: it is. Counts generously, in one pass over the bytes.
std::string_view fault_of_bounds(std::string_view message);

}  // namespace omegate::mime
