// One command line of a mail client, taken apart.
//
// Source: RFC 5321 §4.1.1, RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8), RFC 4954 (AUTH).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omegate::mail {

struct CommandLine {
  std::string verb;           // upper case
  std::string_view argument;  // trimmed; of the line that was given
};

/// `line` without its CRLF. Nothing: a control character, or no word in front.
std::optional<CommandLine> parse_command(std::string_view line);

/// What MAIL FROM:<…> and RCPT TO:<…> say.
struct PathArgument {
  std::string_view path;  // between `<` and `>`; may be empty
  std::vector<std::pair<std::string, std::string>> parameters;  // names in upper case
};

/// `prefix` is "FROM:" or "TO:". A blank behind the colon is let pass: some printers write one.
std::optional<PathArgument> parse_path_argument(std::string_view argument, std::string_view prefix);

/// Digits only, at most 20 of them.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace omegate::mail
