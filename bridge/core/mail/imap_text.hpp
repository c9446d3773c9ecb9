// Texts of IMAP: quoted strings, dates, and a server's words as people may see them.
//
// Inside core/mail only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/time.hpp"

namespace omegate::mail {

/// `text` has no line break and no NUL.
std::string imap_quoted(std::string_view text);

/// One line of printable characters.
std::string imap_words(std::string_view text);

/// "17-Jul-1996 02:44:25 -0700". Source: RFC 9051 §9, date-time.
std::optional<WallTime> imap_time(std::string_view text);

}  // namespace omegate::mail
