#include "bridge/core/crypto/random.hpp"

#include <sodium.h>

#include <cstdlib>

namespace omegate::crypto {
namespace {

class SystemRandom final : public Random {
 public:
  SystemRandom() {
    if (sodium_init() < 0) std::abort();
  }
  void fill(std::span<std::uint8_t> out) override {
    if (!out.empty()) randombytes_buf(out.data(), out.size());  // an empty span may be null
  }
};

}  // namespace

Random& system_random() {
  static SystemRandom random;
  return random;
}

}  // namespace omegate::crypto
