// The text of a part, whatever it is written in. Inside edge/mime only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/edge/mime/gmime.hpp"

namespace omegate::mime {

/// UTF-8, with LF, without control characters; cut at `max_text` (`is_cut`). A charset that is not known is noted and the
/// text read as UTF-8 if it is such, else as Windows-1252.
std::string text_of(GMimePart& part, bool& is_cut, std::vector<std::string>& unknown_charsets);

/// The decoded bytes.
std::string content_of(GMimePart& part);

/// A field's value: one line, no control characters, at most `max_field` bytes.
std::string one_line(std::string_view text);

}  // namespace omegate::mime
