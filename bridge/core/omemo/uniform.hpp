// Numbers from a source of random bytes.
#pragma once

#include <cstdint>

#include "bridge/core/base/random.hpp"

namespace omegate::omemo {

/// Uniform in 0 … `bound` - 1; `bound` is not 0. Draws four bytes, again if they would favour small numbers.
inline std::uint32_t uniform(Random& random, std::uint32_t bound) {
  const std::uint32_t unfair = (0u - bound) % bound;  // 2^32 mod bound
  for (;;) {
    std::uint8_t bytes[4];
    random.fill(bytes);
    const std::uint32_t drawn =
        static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
        static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
    if (drawn >= unfair) return drawn % bound;
  }
}

}  // namespace omegate::omemo
