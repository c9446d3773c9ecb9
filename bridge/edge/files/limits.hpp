// The limits of the file spool.
#pragma once

#include <cstddef>

namespace omegate::files {

/// A file is sealed in pieces of this size.
///
/// Unit:   bytes of plaintext. Why: memory of one transfer; what opens is authenticated piece by piece.
inline constexpr std::size_t spool_piece = std::size_t{64} * 1024;

/// While a file is written it is brought to the disk each time it has grown by so much.
///
/// Unit:   bytes. Why: one sync of 100 MB at the end would keep the disk from everybody else for a second.
inline constexpr std::size_t spool_sync = std::size_t{8} * 1024 * 1024;

}  // namespace omegate::files
