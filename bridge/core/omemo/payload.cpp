#include "bridge/core/omemo/payload.hpp"

#include <algorithm>

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/sha256.hpp"
#include "bridge/core/omemo/kdf.hpp"

namespace omegate::omemo {
namespace {

constexpr std::size_t legacy_key_size = 16, legacy_iv_size = 12, old_legacy_iv_size = 16;
constexpr std::size_t omemo2_key_size = 32, omemo2_mac_size = 16;

SecretBytes join(ByteView a, ByteView b) {
  SecretBytes both(a.size() + b.size());
  const auto middle = std::copy(a.begin(), a.end(), both.writable().begin());
  std::copy(b.begin(), b.end(), middle);
  return both;
}

Bytes random_bytes(std::size_t size, Random& random) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

std::array<Byte, omemo2_mac_size> payload_mac(const MessageKeys& keys, ByteView ciphertext) {
  crypto::HmacSha256 hmac(keys.authentication.bytes());
  hmac.update(ciphertext);
  std::array<Byte, 32> mac;
  hmac.finish(mac);
  std::array<Byte, omemo2_mac_size> truncated;
  std::copy_n(mac.begin(), truncated.size(), truncated.begin());
  return truncated;
}

EncryptedPayload encrypt_legacy(ByteView plaintext, Random& random) {
  const auto key = Secret<legacy_key_size>::random(random);
  Bytes iv = random_bytes(legacy_iv_size, random);
  auto sealed = crypto::aes_gcm_encrypt(key.bytes(), iv, plaintext);
  return {std::move(sealed.ciphertext), std::move(iv), join(key.bytes(), sealed.tag)};
}

EncryptedPayload encrypt_omemo2(ByteView plaintext, Random& random) {
  const auto key = Secret<omemo2_key_size>::random(random);
  const MessageKeys keys = payload_keys(key.bytes());
  Bytes ciphertext(crypto::cbc_size(plaintext.size()));
  crypto::aes256_cbc_encrypt(keys.encryption, keys.iv, plaintext, ciphertext);
  const auto mac = payload_mac(keys, ciphertext);
  return {std::move(ciphertext), {}, join(key.bytes(), mac)};
}

Result<SecretBytes> decrypt_legacy(ByteView key_material, ByteView iv, ByteView payload,
                                   OldSenders old_senders) {
  if (iv.size() != legacy_iv_size && iv.size() != old_legacy_iv_size) return Error::bad_payload;
  ByteView tag;
  if (key_material.size() >= legacy_key_size + crypto::gcm_tag_size) {
    tag = key_material.subspan(legacy_key_size, crypto::gcm_tag_size);
  } else {
    if (key_material.size() != legacy_key_size || payload.size() < crypto::gcm_tag_size)
      return Error::bad_payload;
    if (old_senders == OldSenders::refuse) return Error::outdated_payload;
    tag = payload.last(crypto::gcm_tag_size);
    payload = payload.first(payload.size() - crypto::gcm_tag_size);
  }
  auto plaintext = crypto::aes_gcm_decrypt(key_material.first(legacy_key_size), iv, payload, tag);
  if (!plaintext) return Error::payload_not_authentic;
  return plaintext;
}

Result<SecretBytes> decrypt_omemo2(ByteView key_material, ByteView payload) {
  if (key_material.size() != omemo2_key_size + omemo2_mac_size) return Error::bad_payload;
  const MessageKeys keys = payload_keys(key_material.first(omemo2_key_size));
  if (!crypto::equal(payload_mac(keys, payload), key_material.last(omemo2_mac_size))) {
    return Error::payload_not_authentic;
  }
  auto plaintext = crypto::aes256_cbc_decrypt(keys.encryption, keys.iv, payload);
  if (!plaintext) return Error::bad_payload;
  return plaintext;
}

}  // namespace

EncryptedPayload encrypt_payload(Version version, ByteView plaintext, Random& random) {
  return version == Version::legacy ? encrypt_legacy(plaintext, random) : encrypt_omemo2(plaintext, random);
}

EncryptedPayload empty_message(Version version, Random& random) {
  if (version == Version::omemo2) return {{}, {}, SecretBytes(omemo2_key_size)};
  SecretBytes key(legacy_key_size);
  random.fill(key.writable());
  return {{}, random_bytes(legacy_iv_size, random), std::move(key)};
}

Result<SecretBytes> decrypt_payload(Version version, ByteView key_material, ByteView iv, ByteView payload,
                                    OldSenders old_senders) {
  if (version == Version::legacy) return decrypt_legacy(key_material, iv, payload, old_senders);
  return decrypt_omemo2(key_material, payload);
}

}  // namespace omegate::omemo
