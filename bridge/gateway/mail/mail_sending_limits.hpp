// The numbers of sending mails: each with unit and reason.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::gateway {

using namespace std::chrono_literals;

/// How long a mail server may take: to answer a command, to answer a mail that was written, for one piece of it, and for
/// all of it. Source: RFC 5321 §4.5.3.2 (5, 10 and 3 minutes).
inline constexpr auto mail_reply_limit = 5min;
inline constexpr auto mail_taken_limit = 10min;
inline constexpr auto mail_piece_limit = 3min;
inline constexpr auto mail_attempt_limit = 60min;

/// What a server that ended the connection said before; a goodbye.
inline constexpr auto mail_last_words_limit = 2s;

/// Mails over one connection. Why: some servers count, and end it after a hundred.
inline constexpr std::size_t most_mails_of_a_connection = 50;

/// Pauses after the attempts of a mail; the last one goes on until `mail_life` is over.
///
/// Why: the first are for a server that starts anew and for greylisting, the rest for one that is down.
/// Source: RFC 5321 §4.5.4.1 (half an hour and more; four or five days).
inline constexpr std::array<std::chrono::seconds, 7> mail_pauses{20s, 1min, 5min, 15min, 30min, 1h, 3h};
inline constexpr std::chrono::hours mail_life = 4 * 24h;

/// A server that nothing can be done with is left alone so long, doubling: all mails would meet the same.
inline constexpr std::chrono::seconds mail_server_pause = 10s;
inline constexpr std::chrono::minutes longest_mail_server_pause = 15min;

/// Files of one mail together. Unit: bytes. Why: base64 makes four of three, and servers take 25 MiB.
inline constexpr std::uint64_t max_mail_files = std::uint64_t{18} << 20;

/// Mails of one plugin that may wait. Unit: rows. Why: a loop ends as its error, not as a full disk.
inline constexpr std::size_t max_waiting_mails = 10'000;

}  // namespace omegate::gateway
