// Identity keys for human eyes.
//
// A fingerprint is the Curve25519 form in hex, the same in both versions. Not here: QR images (edge/qr).
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/keys.hpp"

namespace omegate::omemo {

/// How the peer's client groups the 64 digits, so that people compare like with like.
enum class FingerprintStyle {
  plain,          // 64 digits
  conversations,  // 8 groups of 8, space between
  profanity,      // the same with '-'
  gajim,          // the same in upper case, spaces
  dino,           // two lines of four groups, space between
};

std::string fingerprint(const PublicKey& curve, FingerprintStyle style = FingerprintStyle::conversations);

/// Reads any of the above: case, spaces (no-break ones of a web page, too), '-', ':' and line breaks do not matter, a leading
/// 05 (66 digits) is dropped. Errors: `bad_fingerprint`.
Result<PublicKey> parse_fingerprint(std::string_view text);

}  // namespace omegate::omemo
