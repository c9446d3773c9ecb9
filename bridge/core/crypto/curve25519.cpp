#include "bridge/core/crypto/curve25519.hpp"

#include <sodium.h>

#include <cassert>

#include "bridge/core/crypto/field.hpp"

namespace omegate::crypto {
namespace {

using Scalar = Secret<32>;

[[maybe_unused]] const int ready = sodium_init();  // picks the fast code for this processor

/// 64 bytes mod L.
Scalar reduce(const Secret<64>& wide) {
  Scalar scalar;
  crypto_core_ed25519_scalar_reduce(scalar.writable().data(), wide.bytes().data());
  return scalar;
}

Scalar reduce(const Scalar& narrow) {
  Secret<64> wide;
  std::copy(narrow.bytes().begin(), narrow.bytes().end(), wide.writable().begin());
  return reduce(wide);
}

PublicKey times_base(const Scalar& scalar) {
  PublicKey point{};
  [[maybe_unused]] const int failed =
      crypto_scalarmult_ed25519_base_noclamp(point.data(), scalar.bytes().data());
  assert(failed == 0);  // a clamped or hashed scalar is not zero
  return point;
}

template <class... Parts>
Scalar hash_to_scalar(const Parts&... parts) {
  crypto_hash_sha512_state state;
  crypto_hash_sha512_init(&state);
  (crypto_hash_sha512_update(&state, ByteView(parts).data(), ByteView(parts).size()), ...);
  Secret<64> hash;
  crypto_hash_sha512_final(&state, hash.writable().data());
  sodium_memzero(&state, sizeof state);
  return reduce(hash);
}

/// The scalar to sign with so that the Edwards key has this sign bit.
Scalar signing_scalar(const PrivateKey& clamped, int natural_sign, int sign) {
  if (natural_sign == sign) return clamped;
  Scalar negated;
  crypto_core_ed25519_scalar_negate(negated.writable().data(), reduce(clamped).bytes().data());
  return negated;
}

}  // namespace

KeyPair KeyPair::generate(Random& random) { return from_secret(PrivateKey::random(random)); }

KeyPair KeyPair::from_secret(const PrivateKey& secret) { return {secret, x25519_public(secret)}; }

PrivateKey clamp(const PrivateKey& secret) {
  PrivateKey clamped = secret;
  clamped.writable()[0] &= 0xf8;
  clamped.writable()[31] = static_cast<Byte>((clamped.bytes()[31] & 0x7f) | 0x40);
  return clamped;
}

// Through the table of the Edwards base point: half the cost of a Montgomery ladder.
PublicKey x25519_public(const PrivateKey& secret) { return edwards_y_to_u(times_base(clamp(secret))); }

Result<Secret<32>> x25519(const PrivateKey& secret, const PublicKey& curve) {
  Secret<32> shared;
  if (crypto_scalarmult_curve25519(shared.writable().data(), secret.bytes().data(), curve.data()) != 0) {
    return Error::low_order_point;
  }
  return shared;
}

Result<PublicKey> to_edwards(const PublicKey& curve, int sign) {
  auto y = u_to_edwards_y(curve);
  if (!y) return Error::bad_point;
  (*y)[31] = static_cast<Byte>((*y)[31] | (sign << 7));
  return *y;
}

Result<PublicKey> to_montgomery(const PublicKey& ed) {
  PublicKey curve{};
  if (crypto_sign_ed25519_pk_to_curve25519(curve.data(), ed.data()) != 0) return Error::bad_point;
  return curve;
}

PublicKey ed25519_public(const Secret<32>& seed) {
  PublicKey ed{};
  Secret<64> secret;
  crypto_sign_seed_keypair(ed.data(), secret.writable().data(), seed.bytes().data());
  return ed;
}

Signature ed25519_sign(const Secret<32>& seed, ByteView message) {
  PublicKey ed{};
  Secret<64> secret;
  crypto_sign_seed_keypair(ed.data(), secret.writable().data(), seed.bytes().data());
  Signature signature{};
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret.bytes().data());
  return signature;
}

bool ed25519_verify(const PublicKey& ed, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), ed.data()) == 0;
}

PublicKey edwards_public(const PrivateKey& clamped) { return times_base(clamped); }

Signature xeddsa_sign(const PrivateKey& clamped, int sign, ByteView message, Random& random) {
  assert(clamped == clamp(clamped));
  PublicKey ed = times_base(clamped);
  const Scalar k = signing_scalar(clamped, ed[31] >> 7, sign);
  ed[31] = static_cast<Byte>((ed[31] & 0x7f) | (sign << 7));

  static constexpr auto prefix = [] {  // hash_1 of the specification: 2^256 - 2, little endian
    std::array<Byte, 32> bytes{};
    bytes.fill(0xff);
    bytes[0] = 0xfe;
    return bytes;
  }();
  const Scalar r = hash_to_scalar(prefix, k.bytes(), message, Secret<64>::random(random).bytes());
  const PublicKey big_r = times_base(r);
  const Scalar h = hash_to_scalar(big_r, ed, message);
  Scalar s;
  crypto_core_ed25519_scalar_mul(s.writable().data(), h.bytes().data(), reduce(k).bytes().data());
  crypto_core_ed25519_scalar_add(s.writable().data(), s.bytes().data(), r.bytes().data());

  Signature signature;
  std::copy(big_r.begin(), big_r.end(), signature.begin());
  std::copy(s.bytes().begin(), s.bytes().end(), signature.begin() + 32);
  return signature;
}

bool xeddsa_verify(const PublicKey& curve, ByteView message, const Signature& signature) {
  Signature plain = signature;
  plain[63] &= 0x7f;
  const auto ed = to_edwards(curve, signature[63] >> 7);
  return ed && ed25519_verify(*ed, message, plain);
}

}  // namespace omegate::crypto
