// Text that must be UTF-8 because JSON says so.
#pragma once

#include <string>
#include <string_view>

namespace omegate::plugin {

/// `text` with U+FFFD for each byte that is not part of well-formed UTF-8. Source: RFC 3629 §4.
std::string mend_utf8(std::string_view text);

/// At most `size` bytes of `text`, cut between characters.
std::string_view cut_utf8(std::string_view text, std::size_t size);

}  // namespace omegate::plugin
