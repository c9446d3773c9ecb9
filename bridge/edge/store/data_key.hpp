// The key everything at rest is sealed under: drawn once for a database, never written in clear, never
// changed.
//
// Not here: who may open it (key_slots.hpp), what is sealed with it (sealing.hpp).
#pragma once

#include "bridge/core/crypto/secret.hpp"

namespace omegate::store {

struct DataKey {
  crypto::Secret<32> bytes;
};

}  // namespace omegate::store
