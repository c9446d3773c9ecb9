// Faults that a test switches on to see that it would notice them. Compiled out of what users run.
#pragma once

#include <string_view>

#ifdef OMEGATE_TEST
#include <cstdlib>
#endif

namespace omegate::gateway {

#ifdef OMEGATE_TEST
/// OMEGATE_SABOTAGE=fault
inline bool is_sabotaged(std::string_view fault) {
  const char* const wanted = std::getenv("OMEGATE_SABOTAGE");
  return wanted && fault == wanted;
}
#else
constexpr bool is_sabotaged(std::string_view) { return false; }
#endif

}  // namespace omegate::gateway
