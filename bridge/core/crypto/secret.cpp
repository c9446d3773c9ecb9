#include "bridge/core/crypto/secret.hpp"

#include <sodium.h>

namespace omegate::crypto {

void wipe(std::span<Byte> secret) {
  if (!secret.empty()) sodium_memzero(secret.data(), secret.size());
}

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace omegate::crypto
