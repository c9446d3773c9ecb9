// AES-256-CBC on whole blocks, without padding, for the fastest instructions the processor has.
//
// Not here: padding (aes.hpp).
// Source: FIPS 197, NIST SP 800-38A.
#pragma once

#include <span>

#include "bridge/core/crypto/aes.hpp"

namespace omegate::crypto {

/// How one kind of processor does it, in place. `blocks` is a whole number of blocks.
struct Aes256Cbc {
  void (*encrypt)(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks);
  void (*decrypt)(const Secret<32>& key, const Iv& iv, std::span<Byte> blocks);
};

/// By OpenSSL, which runs everywhere. Setting up costs it more than two blocks do.
extern const Aes256Cbc aes256_cbc_by_openssl;

/// With the AES instructions of x86, where there are any; else as `aes256_cbc_by_openssl`.
const Aes256Cbc& aes256_cbc();

}  // namespace omegate::crypto
