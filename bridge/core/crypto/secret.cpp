#include "bridge/core/crypto/secret.hpp"

#include <sodium.h>

namespace omegate::crypto {

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace omegate::crypto
