#include "bridge/core/omemo/fingerprint.hpp"

#include <algorithm>
#include <cctype>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::omemo {
namespace {

constexpr std::string_view no_break_space = "\u00a0";  // two bytes in UTF-8

/// Eight groups of eight digits. Between the halves stands `middle`.
std::string grouped(std::string_view digits, std::string_view between, std::string_view middle) {
  std::string text;
  for (std::size_t group = 0; group < 8; ++group) {
    if (group != 0) text += group == 4 ? middle : between;
    text += digits.substr(8 * group, 8);
  }
  return text;
}

bool is_separator(char c) { return c == ' ' || c == '-' || c == ':' || (c >= '\t' && c <= '\r'); }

std::string without_separators(std::string_view text) {
  std::string digits;
  while (!text.empty()) {
    if (text.starts_with(no_break_space)) {
      text.remove_prefix(no_break_space.size());
      continue;
    }
    if (!is_separator(text.front())) digits += text.front();
    text.remove_prefix(1);
  }
  return digits;
}

}  // namespace

std::string fingerprint(const PublicKey& curve, FingerprintStyle style) {
  std::string digits = crypto::to_hex(curve);
  switch (style) {
    case FingerprintStyle::plain:
      return digits;
    case FingerprintStyle::conversations:
      return grouped(digits, " ", " ");
    case FingerprintStyle::profanity:
      return grouped(digits, "-", "-");
    case FingerprintStyle::gajim:
      std::transform(digits.begin(), digits.end(), digits.begin(),
                     [](unsigned char digit) { return static_cast<char>(std::toupper(digit)); });
      return grouped(digits, " ", " ");
    case FingerprintStyle::dino:
      return grouped(digits, " ", "\n");
  }
  return digits;
}

Result<PublicKey> parse_fingerprint(std::string_view text) {
  std::string digits = without_separators(text);
  if (digits.size() == 66 && digits.starts_with("05")) digits.erase(0, 2);
  if (digits.size() != 64) return Error::bad_fingerprint;
  const auto bytes = crypto::from_hex(digits);
  if (!bytes) return Error::bad_fingerprint;
  PublicKey curve;
  std::copy(bytes->begin(), bytes->end(), curve.begin());
  return curve;
}

}  // namespace omegate::omemo
