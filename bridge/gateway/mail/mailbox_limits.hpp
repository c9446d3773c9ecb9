// The numbers of fetching mail: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::gateway {

/// How long a server may be silent that owes us an answer. Why: it may look through a large folder; a dead connection is
/// noticed after this, and after the renewal of the wish to be told.
inline constexpr std::chrono::seconds mailbox_answer_limit{60};

/// The answer to one command from its first to its last byte. Why: a large mail through a slow line.
inline constexpr std::chrono::seconds mailbox_command_limit{1800};

/// What is written to a server that does not read.
inline constexpr std::chrono::seconds mailbox_write_limit{60};

/// What is read ahead. Unit: bytes. Why: memory; then the server has to wait.
inline constexpr std::size_t mailbox_read_ahead = std::size_t{256} * 1024;

/// Tries, after which a mail is passed over that the server does not show, or shows in words that cannot be read.
/// Why: those behind it would wait for ever. Failures of the connection do not count.
inline constexpr int mailbox_tries = 3;

/// Between two of these tries, at least. Why: a server that is in trouble for a moment must not cost a good mail.
inline constexpr std::chrono::seconds mailbox_try_distance{60};

}  // namespace omegate::gateway
