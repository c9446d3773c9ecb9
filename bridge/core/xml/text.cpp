#include "bridge/core/xml/text.hpp"

#include <cstdint>

namespace omegate::xml {
namespace {

/// What stands at the beginning of a text: one character, half of one, or nothing XML knows.
struct Character {
  enum class Kind { good, cut_off, bad } kind;
  std::size_t size;  // bytes, for `good`
};

constexpr bool is_xml_char(std::uint32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c < 0xd800 || (c > 0xdfff && c < 0xfffe) || (c > 0xffff && c <= 0x10ffff);
}

/// The range of the second byte excludes overlong forms, surrogates and what is above U+10FFFF at once, so
/// that a character is refused at its first wrong byte. Source: Unicode, table 3-7.
struct Lead {
  std::size_t size;
  std::uint8_t second_low, second_high;
};

constexpr Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/// `text` is not empty.
Character first_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const Lead lead = lead_of(at(0));
  if (lead.size == 0) return {Character::Kind::bad, 0};
  std::uint32_t code = lead.size == 1 ? at(0) : at(0) & (0xffu >> (lead.size + 1));
  for (std::size_t i = 1; i < lead.size; ++i) {
    if (i == text.size()) return {Character::Kind::cut_off, 0};
    const std::uint8_t low = i == 1 ? lead.second_low : 0x80;
    const std::uint8_t high = i == 1 ? lead.second_high : 0xbf;
    if (at(i) < low || at(i) > high) return {Character::Kind::bad, 0};
    code = code << 6 | (at(i) & 0x3f);
  }
  if (!is_xml_char(code)) return {Character::Kind::bad, 0};
  return {Character::Kind::good, lead.size};
}

}  // namespace

Utf8Scan scan_utf8(std::string_view piece) {
  std::size_t done = 0;
  while (done < piece.size()) {
    const Character next = first_character(piece.substr(done));
    if (next.kind == Character::Kind::bad) return {done, false};
    if (next.kind == Character::Kind::cut_off) break;
    done += next.size;
  }
  return {done, true};
}

bool is_xml_text(std::string_view text) {
  const auto scanned = scan_utf8(text);
  return scanned.valid && scanned.complete == text.size();
}

std::string strip_forbidden(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t good = scan_utf8(text).complete;
    clean += text.substr(0, good);
    text.remove_prefix(good);
    if (!text.empty()) text.remove_prefix(1);
  }
  return clean;
}

}  // namespace omegate::xml
