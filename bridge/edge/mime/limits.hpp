// What a message may be made of. A message that is more is refused: its sender is told so, and nobody reads half of it.
#pragma once

#include <cstddef>

namespace omegate::mime {

/// What can become a part, a level, a field: counted in the bytes before anything is built of them.
///
/// Why: eight bytes make a part, and a part takes the parser a kilobyte; the levels are calls within calls.
inline constexpr std::size_t max_boundary_lines = 20'000;   // lines that begin with "--"
inline constexpr std::size_t max_nesting_words = 1000;      // "boundary" and "message/"
inline constexpr std::size_t max_field_lines = 200'000;     // lines that look like a field of a header

/// Levels that are looked into. Unit: multiparts and messages within each other. Why: mail clients make five.
inline constexpr int max_depth = 30;

/// Parts of one message that are read. Why: mail programs make some dozen.
inline constexpr std::size_t max_parts = 500;

/// Attachments that are taken out. The rest is counted.
inline constexpr std::size_t max_attachments = 50;

/// The text of a message, and its HTML. Unit: bytes of UTF-8; what is longer is cut.
inline constexpr std::size_t max_text = std::size_t{128} * 1024;

/// One field as text, addresses of one field, references. Units: bytes of UTF-8; addresses; ids.
inline constexpr std::size_t max_field = 2048;
inline constexpr std::size_t max_addresses = 100;
inline constexpr std::size_t max_references = 50;

/// Authentication-Results fields, and recipients that a report of a failed delivery names.
inline constexpr std::size_t max_results_fields = 20;
inline constexpr std::size_t max_reported = 20;

}  // namespace omegate::mime
