// A whole XML document that came from outside: an SCE envelope.
//
// Same subset and same parser as a stream (stream_reader.hpp).
#pragma once

#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xml/error.hpp"
#include "bridge/core/xml/limits.hpp"

namespace omegate::xml {

/// Errors: all of `xml::Error`.
Result<Element> parse_document(std::string_view text, const Limits& limits = document_limits);

}  // namespace omegate::xml
