// Where random bytes come from.
#pragma once

#include <cstdint>
#include <span>

namespace omegate {

/// Core draws no randomness of its own: a caller passes the source, a test passes a recorded one.
/// The program's source is `crypto::system_random()`.
class Random {
 public:
  virtual void fill(std::span<std::uint8_t> out) = 0;

 protected:
  ~Random() = default;
};

}  // namespace omegate
