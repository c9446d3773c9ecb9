// Which characters XML can carry.
//
// Source: XML 1.0 §2.2 (Char), RFC 3629.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace omegate::xml {

/// Whether `text` can be written into a stanza: UTF-8, no control characters but tab, newline and carriage
/// return, no U+FFFE or U+FFFF.
bool is_xml_text(std::string_view text);

/// `text` without whatever XML forbids. For text of people and programs that is to be sent on.
std::string strip_forbidden(std::string_view text);

/// Checks UTF-8 that arrives in pieces: the verdict does not depend on where it was cut.
class Utf8Scanner {
 public:
  struct Scanned {
    std::size_t complete;  // bytes of `piece` up to the end of its last complete character
    bool valid;            // false: what follows `complete` is no UTF-8 or no character XML allows
  };

  /// `piece` begins where a character begins.
  static Scanned scan(std::string_view piece);
};

}  // namespace omegate::xml
