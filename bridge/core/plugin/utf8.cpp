#include "bridge/core/plugin/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace omegate::plugin {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

bool within(char byte, unsigned char low, unsigned char high) {
  const auto value = static_cast<unsigned char>(byte);
  return value >= low && value <= high;
}

bool continues(std::string_view text, std::size_t from, std::size_t count) {
  return text.size() >= from + count &&
         std::ranges::all_of(text.substr(from, count), [](char c) { return within(c, 0x80, 0xBF); });
}

/// The length of the well-formed character that `text` begins with, or 0. The rows are RFC 3629 §4.
std::size_t character_size(std::string_view text) {
  struct Row {
    unsigned char first_low, first_high, second_low, second_high;
    std::size_t size;
  };
  static constexpr Row rows[] = {
      {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
      {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
      {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
  };
  if (within(text[0], 0x00, 0x7F)) return 1;
  for (const Row& row : rows) {
    if (!within(text[0], row.first_low, row.first_high)) continue;
    const bool good = text.size() >= 2 && within(text[1], row.second_low, row.second_high) &&
                      continues(text, 2, row.size - 2);
    return good ? row.size : 0;
  }
  return 0;
}

/// Of Windows-1252, 0x80 to 0x9F; the five that it does not have are the replacement.
constexpr std::array<std::string_view, 0x20> middle{
    "\u20AC", replacement, "\u201A", "\u0192", "\u201E", "\u2026", "\u2020", "\u2021", "\u02C6", "\u2030", "\u0160",
    "\u2039", "\u0152",   replacement, "\u017D", replacement, replacement, "\u2018", "\u2019", "\u201C", "\u201D", "\u2022",
    "\u2013", "\u2014",   "\u02DC", "\u2122", "\u0161", "\u203A", "\u0153", replacement, "\u017E", "\u0178",
};

bool is_control(char c) { return (within(c, 0x00, 0x1F) && c != '\t' && c != '\n' && c != '\r') || c == '\x7F'; }

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x80) {
      text += c;
    } else if (value < 0xA0) {
      text += middle[value - 0x80];
    } else {  // as in Unicode
      text += static_cast<char>(0xC0 | (value >> 6));
      text += static_cast<char>(0x80 | (value & 0x3F));
    }
  }
  return text;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
  bool has_characters = false;
  bool has_strays = false;
  for (std::size_t place = 0; place < bytes.size();) {
    const std::size_t size = character_size(bytes.substr(place));
    has_characters = has_characters || size > 1;
    has_strays = has_strays || size == 0;
    place += std::max<std::size_t>(size, 1);
  }
  if (!has_strays) return std::string(bytes);
  if (has_characters || std::ranges::any_of(bytes, is_control)) return mend_utf8(bytes);
  return from_windows_1252(bytes);
}

std::string mend_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    mended += size == 0 ? replacement : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return mended;
}

std::string_view cut_utf8(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && within(text[size], 0x80, 0xBF)) --size;
  return text.substr(0, size);
}

}  // namespace omegate::plugin
