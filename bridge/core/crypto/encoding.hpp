// Hexadecimal and base64, in constant time where it is not said otherwise: keys pass through here.
//
// Source: RFC 4648 §4, §8.
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"

namespace omegate::crypto {

/// Lower case, two digits per byte.
std::string to_hex(ByteView bytes);

/// Upper and lower case; no separators. Errors: `bad_encoding`.
Result<Bytes> from_hex(std::string_view text);

/// With padding, without line breaks.
std::string to_base64(ByteView bytes);

/// Appends to `out` instead of making a string, ten times as fast and not in constant time: for ciphertext and other
/// public bytes of large stanzas.
void append_base64(std::string& out, ByteView bytes);

/// Drops all ASCII whitespace first (several clients wrap lines), then is strict: padding required, nothing
/// behind it. Errors: `bad_encoding`.
Result<Bytes> from_base64(std::string_view text);

/// As `from_base64`, without padding and with `-` and `_`. For tokens in URLs.
std::string to_base64url(ByteView bytes);

}  // namespace omegate::crypto
