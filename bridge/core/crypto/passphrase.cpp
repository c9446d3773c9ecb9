#include "bridge/core/crypto/passphrase.hpp"

#include <sodium.h>

#include <new>

namespace omegate::crypto {

static_assert(crypto_pwhash_SALTBYTES == Salt().size());

Result<Secret<32>> key_of_passphrase(ByteView passphrase, const Salt& salt, const PassphraseCost& cost) {
  const auto within = [](std::uint32_t value, std::uint32_t least, std::uint32_t most) {
    return value >= least && value <= most;
  };
  if (!within(cost.passes, least_cost.passes, greatest_cost.passes) ||
      !within(cost.memory_kib, least_cost.memory_kib, greatest_cost.memory_kib))
    return Error::too_costly;
  Secret<32> key;
  if (crypto_pwhash(key.writable().data(), key.size(), as_text(passphrase).data(), passphrase.size(),
                    salt.data(), cost.passes, std::size_t{cost.memory_kib} * 1024,
                    crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return key;
}

}  // namespace omegate::crypto
