// The one curve of OMEMO in its two forms: X25519 for agreement, Ed25519 for signatures.
//
// A key of either form is 32 bytes; the type byte 05 of the legacy wire format does not exist here.
// Source: RFC 7748, RFC 8032, XEdDSA specification revision 1.
#pragma once

#include <array>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

/// Montgomery u (X25519) or Edwards y with the sign of x in the top bit (Ed25519); the name of the variable
/// says which: `curve` or `ed`.
using PublicKey = std::array<Byte, 32>;
using Signature = std::array<Byte, 64>;

/// A Curve25519 scalar, not necessarily clamped; X25519 clamps.
using PrivateKey = Secret<32>;

struct KeyPair {
  PrivateKey secret;
  PublicKey curve{};

  /// One draw of 32 bytes.
  static KeyPair generate(Random& random);
  static KeyPair from_secret(const PrivateKey& secret);
};

/// Cost: about 15 µs.
PublicKey x25519_public(const PrivateKey& secret);

/// The shared secret. Errors: `low_order_point`. Cost: about 30 µs.
Result<Secret<32>> x25519(const PrivateKey& secret, const PublicKey& curve);

/// With bits 0, 1, 2 and 255 cleared and bit 254 set: what may be stored as an XEdDSA key.
PrivateKey clamp(const PrivateKey& secret);

/// u → y with the given sign bit (0 or 1). Public data only: not constant time. Errors: `bad_point`.
Result<PublicKey> to_edwards(const PublicKey& curve, int sign);

/// y → u. Errors: `bad_point` for what is not a canonical point of the prime-order group.
Result<PublicKey> to_montgomery(const PublicKey& ed);

// --- Ed25519 from a seed (what the trust ledger signs with) ---

PublicKey ed25519_public(const Secret<32>& seed);
Signature ed25519_sign(const Secret<32>& seed, ByteView message);

/// False also for S ≥ L, small-order keys and non-canonical encodings. A set top bit of the signature is
/// false.
bool ed25519_verify(const PublicKey& ed, ByteView message, const Signature& signature);

// --- XEdDSA: Ed25519 signatures with a Curve25519 scalar ---

/// The Edwards form of a clamped scalar with its natural sign bit.
PublicKey edwards_public(const PrivateKey& clamped);

/// Signs so that the Edwards key with the sign bit `sign` verifies; 0 is XEdDSA as specified. `clamped` must
/// be clamped. Draws 64 bytes.
Signature xeddsa_sign(const PrivateKey& clamped, int sign, ByteView message, Random& random);

/// Knows both producers by the top bit of the signature: XEdDSA leaves it clear, older libsignal puts the
/// sign of the Edwards key there. Source: doubleratchet practice; without it half of the older identities
/// fail.
bool xeddsa_verify(const PublicKey& curve, ByteView message, const Signature& signature);

}  // namespace omegate::crypto
