#include "bridge/core/crypto/aead.hpp"

#include <sodium.h>

namespace omegate::crypto {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(aead_overhead == nonce_size + tag_size);

}  // namespace

Bytes aead_seal(const Secret<32>& key, ByteView associated_data, ByteView plaintext, Random& random) {
  Bytes sealed(nonce_size + plaintext.size() + tag_size);
  random.fill(std::span(sealed).first(nonce_size));
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_size, nullptr, plaintext.data(),
                                             plaintext.size(), associated_data.data(), associated_data.size(),
                                             nullptr, sealed.data(), key.bytes().data());
  return sealed;
}

Result<SecretBytes> aead_open(const Secret<32>& key, ByteView associated_data, ByteView sealed) {
  if (sealed.size() < aead_overhead) return Error::not_authentic;
  SecretBytes plaintext(sealed.size() - aead_overhead);
  const ByteView body = sealed.subspan(nonce_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.writable().data(), nullptr, nullptr, body.data(),
                                                 body.size(), associated_data.data(), associated_data.size(),
                                                 sealed.data(), key.bytes().data()) != 0) {
    return Error::not_authentic;
  }
  return plaintext;
}

}  // namespace omegate::crypto
