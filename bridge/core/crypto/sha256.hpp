// HMAC-SHA-256 and HKDF at the speed the ratchet needs: seven times faster than the general calls of
// hash.hpp, which are the reference its tests compare with.
//
// Not here: other hash functions, long messages (hash.hpp does as well there).
// Source: FIPS 180-4, RFC 2104, RFC 5869.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/crypto/sha256_blocks.hpp"

namespace omegate::crypto {

/// HMAC-SHA-256 with one key for any number of messages: what depends on the key alone is computed once
/// (two of the four compressions of a short message). Wiped when it goes.
class HmacSha256 {
 public:
  /// `key` has at most 64 bytes. Another way to hash is for tests.
  explicit HmacSha256(ByteView key, const Sha256Blocks& blocks = sha256_blocks());
  HmacSha256(const HmacSha256&) = default;
  HmacSha256& operator=(const HmacSha256&) = default;
  ~HmacSha256();

  void update(ByteView part);

  /// The MAC of all parts; the next `update` begins a new message.
  void finish(std::span<Byte, 32> out);

  /// The MACs of two messages of one byte each, side by side. No message has been begun.
  void finish_two(Byte first, Byte second, std::span<Byte, 32> out_first, std::span<Byte, 32> out_second);

 private:
  const Sha256Blocks* blocks_;
  Sha256State inner_, outer_;  // after the padded key
  Sha256State state_;
  std::array<Byte, 64> block_;
  std::uint64_t length_ = 64;  // bytes, the padded key included
};

/// HKDF with 32 zero bytes as salt, whose key schedule is computed once per process.
void hkdf_sha256_zero_salt(ByteView secret, std::string_view info, std::span<Byte> out);

/// HKDF with a salt of at most 64 bytes.
void hkdf_sha256_short_salt(ByteView secret, ByteView salt, std::string_view info, std::span<Byte> out);

}  // namespace omegate::crypto
