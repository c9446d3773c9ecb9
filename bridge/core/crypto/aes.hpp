// AES as OMEMO and its file transfer use it: CBC with PKCS#7 padding, GCM.
//
// CBC authenticates nothing: check the MAC first. Not here: encryption at rest (aead.hpp).
// Source: NIST SP 800-38A, 800-38D; RFC 5652 §6.3.
#pragma once

#include <array>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

inline constexpr std::size_t aes_block = 16;
inline constexpr std::size_t gcm_tag_size = 16;

using Iv = std::array<Byte, aes_block>;
using Tag = std::array<Byte, gcm_tag_size>;

/// Padded length: 1 to 16 bytes more than `plaintext`.
constexpr std::size_t cbc_size(std::size_t plaintext) {
  return plaintext / aes_block * aes_block + aes_block;
}

/// `out` has `cbc_size(plaintext.size())` bytes.
void aes256_cbc_encrypt(const Secret<32>& key, const Iv& iv, ByteView plaintext, std::span<Byte> out);

/// Errors: `bad_length` (empty or not whole blocks), `bad_padding`.
Result<SecretBytes> aes256_cbc_decrypt(const Secret<32>& key, const Iv& iv, ByteView ciphertext);

struct GcmSealed {
  Bytes ciphertext;  // as long as the plaintext
  Tag tag;
};

/// Keys of 16 (AES-128) or 32 bytes (AES-256); IVs of 12 or 16 bytes; no associated data.
GcmSealed aes_gcm_encrypt(ByteView key, ByteView iv, ByteView plaintext);

/// Errors: `bad_length` (key, IV or tag), `not_authentic`. On failure nothing of the plaintext is left in
/// memory.
Result<SecretBytes> aes_gcm_decrypt(ByteView key, ByteView iv, ByteView ciphertext, ByteView tag);

}  // namespace omegate::crypto
