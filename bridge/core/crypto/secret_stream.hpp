// A long secret in pieces: each one sealed, their order, number and end authenticated.
//
// A piece that is missing, altered, repeated or out of order does not open, and the last one is marked, so a
// stream that was cut is known as such. Not here: how pieces lie in a file (edge/store/backup_file.hpp).
// Source: libsodium's secretstream (XChaCha20-Poly1305, documented construction).
#pragma once

#include <array>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/error.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::crypto {

/// Public, stands in front of the pieces.
using StreamHeader = std::array<Byte, 24>;

/// What sealing adds to a piece. Unit: bytes.
inline constexpr std::size_t piece_overhead = 17;

namespace detail {

/// The library's state, opaque: its header stays in this module.
struct StreamState {
  alignas(8) std::array<Byte, 64> bytes{};
  ~StreamState() { wipe(bytes); }
};

}  // namespace detail

class StreamSealer {
 public:
  /// One key may seal any number of streams.
  StreamSealer(const Secret<32>& key, Random& random);

  const StreamHeader& header() const { return header_; }

  /// The next piece. After the one with `last` there is no other.
  Bytes seal(ByteView piece, ByteView associated_data, bool last);

 private:
  StreamHeader header_{};
  detail::StreamState state_;
};

class StreamOpener {
 public:
  StreamOpener(const Secret<32>& key, const StreamHeader& header);

  struct Piece {
    SecretBytes content;
    bool last = false;
  };
  /// Errors: `not_authentic`; then the stream is of no more use.
  Result<Piece> open(ByteView sealed, ByteView associated_data);

 private:
  detail::StreamState state_;
};

}  // namespace omegate::crypto
