// Long-lived keys: identities, signed prekeys, one-time prekeys.
//
// Not here: what is published of them (bundle.hpp); when they are rotated (gateway).
// Source: XEP-0384 §4.1, §4.2.
#pragma once

#include <cstdint>
#include <optional>

#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/omemo/error.hpp"
#include "bridge/core/omemo/version.hpp"

namespace omegate::omemo {

using crypto::KeyPair;
using crypto::PrivateKey;
using crypto::PublicKey;
using crypto::Secret;
using crypto::SecretBytes;
using crypto::Signature;

/// The public identity key of a device. Trust hangs on `curve`, which both versions share.
struct IdentityKey {
  PublicKey curve{};
  /// As the device published it, sign bit included: OMEMO 2 authenticates these very bytes. Not known of a
  /// device that was only met in the legacy version.
  std::optional<PublicKey> ed;

  static IdentityKey from_curve(const PublicKey& curve) { return {curve, std::nullopt}; }

  /// Errors: `bad_key`. Cost: about 40 µs.
  static Result<IdentityKey> from_ed(const PublicKey& ed);

  /// What a message or bundle of this version carries, without type byte. `ed` is known for `omemo2`.
  const PublicKey& wire(Version version) const;

  /// One device whatever the form it was met in: compares `curve` only.
  friend bool operator==(const IdentityKey& a, const IdentityKey& b) { return a.curve == b.curve; }
};

/// Our identity: one clamped scalar for both versions. Its Edwards form has sign bit 0, so one XEdDSA
/// signature verifies in either version. (An identity taken over from a client that keeps an Ed25519 seed may
/// have 1.)
class OwnIdentity {
 public:
  static OwnIdentity generate(Random& random);

  /// Clamps. The only state is these 32 bytes; public forms are computed (about 30 µs).
  static OwnIdentity from_secret(const PrivateKey& secret, int ed_sign = 0);

  const PrivateKey& secret() const { return pair_.secret; }
  const KeyPair& pair() const { return pair_; }
  const IdentityKey& public_key() const { return public_; }
  const PublicKey& curve() const { return public_.curve; }
  const PublicKey& ed() const { return *public_.ed; }

  /// Signs for one version (device labels, prekeys). Draws 64 bytes.
  Signature sign(Version version, ByteView message, Random& random) const;

 private:
  OwnIdentity(KeyPair pair, IdentityKey identity) : pair_(std::move(pair)), public_(identity) {}

  KeyPair pair_;
  IdentityKey public_;
};

/// A one-time prekey of ours. Ids: 1 … 2^31-1, never reused while an old bundle may be cached.
struct PreKey {
  std::uint32_t id = 0;
  KeyPair pair;

  static PreKey generate(std::uint32_t id, Random& random);
};

/// The prekey every new session uses, signed once for each version.
struct SignedPreKey {
  std::uint32_t id = 0;
  KeyPair pair;
  Signature legacy_signature{};  // over 05 || key
  Signature omemo2_signature{};  // over the key

  static SignedPreKey generate(std::uint32_t id, const OwnIdentity& identity, Random& random);
  const Signature& signature(Version version) const {
    return version == Version::legacy ? legacy_signature : omemo2_signature;
  }
};

/// The id after `id`: counts up, wraps at 2^31-1 to 1. The caller skips ids in use.
std::uint32_t next_prekey_id(std::uint32_t id);

/// For the store, which seals them. Errors of the parsers: `bad_state`.
SecretBytes serialise(const PreKey& prekey);
SecretBytes serialise(const SignedPreKey& prekey);
Result<PreKey> parse_prekey(ByteView bytes);
Result<SignedPreKey> parse_signed_prekey(ByteView bytes);

/// The bytes an identity key signs for a prekey: 05 || key (legacy) or the key.
Bytes signed_prekey_message(Version version, const PublicKey& curve);

/// Whether `identity` made `signature`: XEdDSA in both its forms (legacy), plain Ed25519 with the published
/// key.
bool verify(Version version, const IdentityKey& identity, ByteView message, const Signature& signature);

}  // namespace omegate::omemo
