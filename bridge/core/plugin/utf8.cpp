#include "bridge/core/plugin/utf8.hpp"

#include <algorithm>
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

}  // namespace

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
