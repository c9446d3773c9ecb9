// SHA-256 block by block, in the steps HMAC is made of, for the fastest instructions the processor has.
//
// The rounds of one compression wait for each other, so two at once cost one and a half; and a digest that is
// hashed again need not leave the registers. Not here: HMAC itself (sha256.hpp). Source: FIPS 180-4 §6.2, RFC
// 2104.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "bridge/core/base/bytes.hpp"

namespace omegate::crypto {

using Sha256State = std::array<std::uint32_t, 8>;

/// How one kind of processor does it. All blocks have 64 bytes.
struct Sha256Blocks {
  void (*compress)(Sha256State& state, const Byte* block);

  /// The states after the first block of an HMAC's inner and outer hash: a key of 64 bytes, with zeros behind
  /// it.
  void (*start_hmac)(const Byte* padded_key, Sha256State& inner, Sha256State& outer);

  /// The end of an HMAC: `inner` after the last block, hashed again behind `outer`.
  void (*finish_hmac)(const Sha256State& inner, const Byte* last_block, const Sha256State& outer, Byte* out);

  /// The same for two messages with one key.
  void (*finish_two_hmacs)(const Sha256State& inner, const Byte* const last_blocks[2],
                           const Sha256State& outer, Byte* const out[2]);
};

/// By OpenSSL, which runs everywhere.
extern const Sha256Blocks sha256_by_openssl;

/// With the SHA instructions of x86, where there are any; else as `sha256_by_openssl`.
const Sha256Blocks& sha256_blocks();

}  // namespace omegate::crypto
