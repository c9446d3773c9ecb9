// Hash functions and what is built from them alone: HMAC, PBKDF2, HKDF.
//
// Not here: the fast path of the ratchet (sha256.hpp).
// Source: RFC 2104, RFC 5869, RFC 8018 §5.2.
#pragma once

#include <cstdint>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

enum class Hash { sha1, sha256, sha512 };

/// Bytes of a digest: 20, 32, 64.
std::size_t digest_size(Hash hash);

Bytes digest(Hash hash, ByteView message);

/// Keys of any length.
Bytes hmac(Hash hash, ByteView key, ByteView message);

/// One block: as many bytes as the digest has. Cost: about 0.3 µs per iteration, so cap what a server asks
/// for.
SecretBytes pbkdf2(Hash hash, ByteView password, ByteView salt, std::uint32_t iterations);

/// HKDF-SHA-256, extract and expand, filling `out` (at most 255 × 32 bytes). An empty salt is 32 zero bytes.
void hkdf_sha256(ByteView secret, ByteView salt, std::string_view info, std::span<Byte> out);

}  // namespace omegate::crypto
