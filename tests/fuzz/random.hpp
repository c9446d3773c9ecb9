// Randomness that is the same in each run, so that an input found once breaks the law again.
#pragma once

#include "bridge/core/base/random.hpp"

namespace omegate::fuzz {

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

}  // namespace omegate::fuzz
