// Foreign text on one line that says what it holds.
//
// A peer chooses names, addresses and reasons. Shown as they come they could start a new log line, move a
// terminal's cursor, or turn the text around (bidirectional controls). Source: Unicode TR36 §2, "Trojan
// Source".
#pragma once

#include <string>
#include <string_view>

namespace omegate::gateway {

/// Control characters, line ends, bidirectional and invisible format characters become `\n`, `\x1b`,
/// `\u202e`; bytes that are not UTF-8 become `\xff`; everything else stays.
std::string one_line(std::string_view text);

/// The same as a JSON string, with its quotes.
std::string in_json_quotes(std::string_view text);

}  // namespace omegate::gateway
