// What the other end of a mail connection may cost us.
#pragma once

#include <cstddef>

namespace omegate::mail {

/// The longest command, its CRLF included. Unit: bytes.
/// Why:    512 and what the extensions add to MAIL and RCPT. Source: RFC 5321 §4.5.3.1.4, RFC 6531 §3.4.
inline constexpr std::size_t max_command_line = 2048;

/// The longest line of an AUTH exchange. Unit: bytes. Source: RFC 4954 §4.
inline constexpr std::size_t max_auth_line = 12'288;

/// The longest line of a message. Unit: bytes without CRLF.
/// Why:    998 is the rule (RFC 5322 §2.1.1) and HTML that was written by a program does not know it; one line of many
///         megabytes is no text.
inline constexpr std::size_t max_text_line = std::size_t{64} * 1024;

/// A local part, a domain, a path. Unit: bytes. Source: RFC 5321 §4.5.3.1.1 to .3.
inline constexpr std::size_t max_local_part = 64;
inline constexpr std::size_t max_domain = 255;
inline constexpr std::size_t max_path = 256;

/// Recipients of one message. Source: RFC 5321 §4.5.3.1.8 wants a hundred at least.
inline constexpr std::size_t max_recipients = 100;

/// Commands between two messages that were taken. Why: an MTA keeps its connection for many messages; whoever sends
/// only commands delivers nothing.
inline constexpr std::size_t max_idle_commands = 300;

/// Commands of one connection that made no sense or were refused. Why: a guesser of addresses, a browser.
inline constexpr std::size_t max_errors = 20;

/// Wrong passwords of one connection.
inline constexpr std::size_t max_wrong_passwords = 3;

/// `Received` fields of one message: more is a loop. Source: RFC 5321 §6.3 (at least 100).
inline constexpr std::size_t max_hops = 100;

/// What is looked through of a message for the fields that its last server wrote, which stand at its top. Unit: bytes.
inline constexpr std::size_t max_header_scanned = std::size_t{256} * 1024;

/// A setting's pattern of addresses. Unit: bytes.
inline constexpr std::size_t max_pattern = max_path;

/// `Authentication-Results`: what one field may hold. Units: bytes; results.
inline constexpr std::size_t max_results_field = std::size_t{8} * 1024;
inline constexpr std::size_t max_results = 50;

}  // namespace omegate::mail
