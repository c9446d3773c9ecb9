// Text that must be UTF-8 because JSON says so.
#pragma once

#include <string>
#include <string_view>

namespace omegate::plugin {

/// `text` with U+FFFD for each byte that is not part of well-formed UTF-8. Source: RFC 3629 §4.
std::string mend_utf8(std::string_view text);

/// `bytes` of a sender that does not say how it writes, as UTF-8. What is UTF-8 stays; what has bytes beyond ASCII, none of
/// which belong together as UTF-8 has them, and no control characters is read as Windows-1252, which holds ISO-8859-1's
/// letters; everything else is mended. Source: encoding.spec.whatwg.org, index windows-1252.
std::string to_utf8(std::string_view bytes);

/// At most `size` bytes of `text`, cut between characters.
std::string_view cut_utf8(std::string_view text, std::size_t size);

}  // namespace omegate::plugin
