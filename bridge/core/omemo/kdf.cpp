#include "bridge/core/omemo/kdf.hpp"

#include <string_view>

#include "bridge/core/crypto/sha256.hpp"

namespace omegate::omemo {
namespace {

struct Labels {
  std::string_view x3dh, root, message;
};

constexpr Labels labels(Version version) {
  if (version == Version::legacy) return {"WhisperText", "WhisperRatchet", "WhisperMessageKeys"};
  return {"OMEMO X3DH", "OMEMO Root Chain", "OMEMO Message Key Material"};
}

/// 80 bytes: encryption key, authentication key, IV.
MessageKeys expand_keys(ByteView secret, std::string_view label) {
  Secret<80> material;
  crypto::hkdf_sha256_zero_salt(secret, label, material.writable());
  const auto bytes = material.bytes();
  MessageKeys keys{Secret<32>(bytes.first<32>()), Secret<32>(bytes.subspan<32, 32>()), {}};
  std::copy_n(bytes.begin() + 64, keys.iv.size(), keys.iv.begin());
  return keys;
}

struct Agreement {
  const PrivateKey& secret;
  const PublicKey& curve;
};

Result<Secret<32>> agree(Version version, std::initializer_list<Agreement> agreements) {
  Secret<32 * 5> material;
  auto rest = std::span<Byte>(material.writable());
  std::fill_n(rest.begin(), 32, Byte{0xff});
  for (const Agreement& each : agreements) {
    rest = rest.subspan(32);
    const auto shared = crypto::x25519(each.secret, each.curve);
    if (!shared) return Error::bad_key;
    std::copy(shared->bytes().begin(), shared->bytes().end(), rest.begin());
  }
  Secret<32> root_key;
  crypto::hkdf_sha256_zero_salt(material.bytes(), labels(version).x3dh, root_key.writable());
  return root_key;
}

}  // namespace

RootStep next_root(Version version, const Secret<32>& root_key, const Secret<32>& shared) {
  Secret<64> both;
  crypto::hkdf_sha256_short_salt(shared.bytes(), root_key.bytes(), labels(version).root, both.writable());
  return {Secret<32>(both.bytes().first<32>()), Secret<32>(both.bytes().last<32>())};
}

Secret<32> next_message_key(Secret<32>& chain_key) {
  static constexpr Byte message_key_input = 0x01, chain_key_input = 0x02;
  crypto::HmacSha256 hmac(chain_key.bytes());
  Secret<32> message_key;
  hmac.finish_two(message_key_input, chain_key_input, message_key.writable(), chain_key.writable());
  return message_key;
}

MessageKeys message_keys(Version version, const Secret<32>& message_key) {
  return expand_keys(message_key.bytes(), labels(version).message);
}

MessageKeys payload_keys(ByteView key) { return expand_keys(key, "OMEMO Payload"); }

Result<Secret<32>> x3dh_initiator(Version version, const OwnIdentity& own, const PrivateKey& ephemeral,
                                  const PublicKey& identity, const PublicKey& signed_prekey,
                                  const PublicKey& prekey) {
  return agree(version, {{own.secret(), signed_prekey},
                         {ephemeral, identity},
                         {ephemeral, signed_prekey},
                         {ephemeral, prekey}});
}

Result<Secret<32>> x3dh_responder(Version version, const OwnIdentity& own, const PrivateKey& signed_prekey,
                                  const PrivateKey& prekey, const PublicKey& identity,
                                  const PublicKey& ephemeral) {
  return agree(version, {{signed_prekey, identity},
                         {own.secret(), ephemeral},
                         {signed_prekey, ephemeral},
                         {prekey, ephemeral}});
}

}  // namespace omegate::omemo
