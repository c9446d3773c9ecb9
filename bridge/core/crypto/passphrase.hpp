// A key made of a passphrase: Argon2id, slow and hungry on purpose.
//
// Not here: where passphrases come from (app/cli), what the key opens (edge/store/key_slots.hpp).
// Source: RFC 9106.
#pragma once

#include <array>
#include <cstdint>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

using Salt = std::array<Byte, 16>;

/// What a guess costs. Stored beside what the key opens, for the default may change.
struct PassphraseCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 256 * 1024;  // about 0.5 s on a server

  friend bool operator==(const PassphraseCost&, const PassphraseCost&) = default;
};

/// What a file may ask of us. Why: a forged one must not take all memory. 1 GiB is RFC 9106's "a lot".
inline constexpr PassphraseCost least_cost{1, 8}, greatest_cost{16, 1024 * 1024};

/// Errors: `too_costly` (below `least_cost` or above `greatest_cost`).
/// Throws `std::bad_alloc` when the memory is not there.
Result<Secret<32>> key_of_passphrase(ByteView passphrase, const Salt& salt, const PassphraseCost& cost);

}  // namespace omegate::crypto
