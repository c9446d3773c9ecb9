#include "bridge/core/crypto/plain_hash.hpp"

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_hash_sha512.h>

namespace omegate::crypto {
namespace {

/// libsodium wants an address even of nothing.
const Byte* address_of(ByteView bytes) {
  static constexpr Byte nothing = 0;
  return bytes.empty() ? &nothing : bytes.data();
}

}  // namespace

Bytes plain_sha256(ByteView message) {
  Bytes digest(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(digest.data(), address_of(message), message.size());
  return digest;
}

Bytes plain_sha512(ByteView message) {
  Bytes digest(crypto_hash_sha512_BYTES);
  crypto_hash_sha512(digest.data(), address_of(message), message.size());
  return digest;
}

Bytes plain_hmac_sha256(ByteView key, ByteView message) {
  Bytes code(crypto_auth_hmacsha256_BYTES);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, address_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, address_of(message), message.size());
  crypto_auth_hmacsha256_final(&state, code.data());
  return code;
}

}  // namespace omegate::crypto
