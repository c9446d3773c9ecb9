// Encryption at rest: XChaCha20-Poly1305 with its nonce in front.
//
// Source: draft-irtf-cfrg-xchacha-03.
#pragma once

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

/// What sealing adds: 24 bytes nonce in front, 16 bytes tag behind.
inline constexpr std::size_t aead_overhead = 24 + 16;

/// Random nonces of 192 bits do not collide, so one key may seal any number of values.
Bytes aead_seal(const Secret<32>& key, ByteView associated_data, ByteView plaintext, Random& random);

/// Errors: `not_authentic` (also for what is too short).
Result<SecretBytes> aead_open(const Secret<32>& key, ByteView associated_data, ByteView sealed);

}  // namespace omegate::crypto
