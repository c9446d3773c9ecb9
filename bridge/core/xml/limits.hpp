// The numbers of XML: each with unit, reason and source.
#pragma once

#include <cstddef>

namespace omegate::xml {

/// One top-level element of a stream, from its first to its last byte.
///
/// Unit:   bytes as received.
/// Why:    counted before the parser sees them: one 8 MiB attribute in small pieces cost it 70 s of CPU.
///         The servers take 256 KiB from others and add to it what they know (ids, times): less room than that, and
///         anybody's largest stanza would end our stream each time it is delivered.
/// Source: the servers' own default (Prosody, ejabberd), and 16 KiB.
inline constexpr std::size_t max_stanza = std::size_t{256 + 16} * 1024;

/// The same before the server has proved who it is. Features and SASL need some 2 KiB.
inline constexpr std::size_t max_stanza_before_authentication = std::size_t{16} * 1024;

/// Elements inside each other, the outermost included. Why: building and freeing a tree recurses.
inline constexpr std::size_t max_depth = 64;
inline constexpr std::size_t max_document_depth = 32;  // SCE envelopes; Source: XEP-0420 envelopes have 5

/// Per element. Why: parsers compare attributes pairwise.
inline constexpr std::size_t max_attributes = 128;
inline constexpr std::size_t max_namespaces = 32;  // `xmlns` declarations

/// Unit: bytes of a local name, of an element or an attribute.
inline constexpr std::size_t max_name = 1024;

/// What expat may look at, again and again, of one token that does not end.
///
/// Unit: bytes. Why: it looks at 1 GB a second; a token of the largest size in single bytes would cost it 40 s, in
/// the pieces a network makes of it 26 MB.
inline constexpr std::size_t max_scanned = std::size_t{128} * 1024 * 1024;

struct Limits {
  std::size_t element_bytes = max_stanza;
  std::size_t depth = max_depth;
  std::size_t attributes = max_attributes;
  std::size_t namespaces = max_namespaces;
  std::size_t name_bytes = max_name;
};

inline constexpr Limits stream_limits{.element_bytes = max_stanza_before_authentication};
inline constexpr Limits document_limits{.depth = max_document_depth};

}  // namespace omegate::xml
