// Arithmetic modulo 2^255 - 19 that libsodium does not export: between the two forms of a public key.
//
// Constant time. Not here: anything that checks a point.
// Source: RFC 7748 §4.1.
#pragma once

#include <optional>

#include "bridge/core/crypto/curve25519.hpp"

namespace omegate::crypto {

/// u = (1 + y) / (1 - y); the sign bit of y is ignored. y = 1, the identity, gives 0.
PublicKey edwards_y_to_u(const PublicKey& ed);

/// y = (u - 1) / (u + 1), sign bit 0; bit 255 of u is ignored. Nothing for u = -1, a low-order point.
std::optional<PublicKey> u_to_edwards_y(const PublicKey& curve);

}  // namespace omegate::crypto
