// What an IMAP server may cost us.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::mail {

/// One line of the server, literals not counted. Unit: bytes.
/// Why:    the longest honest ones are lists of capabilities and of flags, some hundreds.
inline constexpr std::size_t max_imap_line = std::size_t{16} * 1024;

/// A literal where no mail was asked for (the name of a folder, a text). Unit: bytes.
inline constexpr std::size_t max_imap_literal = std::size_t{64} * 1024;

/// Literals of one response. Why: each costs a string; the answer to what we ask has one.
inline constexpr std::size_t max_imap_literals = 16;

/// What is said in answer to one command, or while we wait for mail, beside the mail itself. Unit: bytes.
/// Why:    a hundred bytes for each mail that is new; a folder of half a million. It is read, not kept.
inline constexpr std::size_t max_imap_answer = std::size_t{64} << 20;

/// Parentheses within parentheses. Why: ENVELOPE has four; nobody asks for it.
inline constexpr std::size_t max_imap_depth = 16;

/// Mails that are noted at once; those behind them are asked for when these are done. Why: memory.
inline constexpr std::size_t max_imap_listed = 1000;

/// What people are shown of the server's words. Unit: bytes.
inline constexpr std::size_t max_imap_words = 300;

/// Capabilities that are kept. Why: the longest list in the wild has some sixty.
inline constexpr std::size_t max_imap_capabilities = 200;

/// "There is mail" in a row with none there: then the server is asked now and then, as one who cannot tell.
inline constexpr int max_imap_false_alarms = 10;

/// The name of a folder. Unit: bytes.
inline constexpr std::size_t max_imap_folder = 255;

/// What a mail may have beyond the size that the server named. Unit: bytes. Why: some count line ends as one byte.
inline constexpr std::size_t imap_size_slack = std::size_t{1} << 20;

/// After another UIDVALIDITY, mails of the last days are looked at anew. Why: a mail that was stored is known for 90 days
/// (gateway/limits.hpp, `seen_life`); one that is older could come twice.
inline constexpr std::chrono::days imap_reread{85};

}  // namespace omegate::mail
