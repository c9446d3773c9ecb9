// What a submission server may cost us, and what a mail of ours may be.
#pragma once

#include <cstddef>

namespace omegate::mail {

/// One line of a reply, its line break included.
///
/// Unit:   bytes.
/// Why:    RFC 5321 §4.5.3.1.5 says 512, and servers that explain themselves with a link write more.
inline constexpr std::size_t max_reply_line = 2000;

/// Lines of one reply. Why: the longest honest one is the list of extensions, some twenty.
inline constexpr std::size_t max_reply_lines = 100;

/// What people are shown of a reply. Unit: bytes.
inline constexpr std::size_t max_reply_text = 300;

/// An address. Unit: bytes. Source: RFC 5321 §4.5.3.1.3 (a path has two brackets more).
inline constexpr std::size_t longest_addr_spec = 254;

/// An identifier of a mail, its brackets included. Unit: bytes.
///
/// Why:    it stands on one line of 998 (RFC 5322 §2.1.1); those in the wild have less than a hundred.
inline constexpr std::size_t max_message_id = 400;

/// A piece of a mail that is written at once. Unit: bytes. Why: each has its own time limit.
inline constexpr std::size_t content_piece = std::size_t{64} * 1024;

}  // namespace omegate::mail
