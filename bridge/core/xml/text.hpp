// Which characters XML can carry.
//
// Source: XML 1.0 §2.2 (Char), RFC 3629.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace omegate::xml {

/// Whether `text` can be written into a stanza: UTF-8, no control characters but tab, newline and carriage
/// return, no U+FFFE or U+FFFF.
bool is_xml_text(std::string_view text);

/// `text` without whatever XML forbids. For text of people and programs that is to be sent on.
std::string strip_forbidden(std::string_view text);

/// How far a piece of UTF-8 is good.
struct Utf8Scan {
  std::size_t complete;  // bytes up to the end of the last complete character
  bool valid;            // false: what follows is no UTF-8, or no character XML allows; true: at most cut off
};

/// `piece` begins where a character begins. A caller that keeps what is behind `complete` for the next piece
/// gets the same verdict wherever the text is cut.
Utf8Scan scan_utf8(std::string_view piece);

}  // namespace omegate::xml
