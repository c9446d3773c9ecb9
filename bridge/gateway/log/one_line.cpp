#include "bridge/gateway/log/one_line.hpp"

#include <cstdint>
#include <cstdio>

namespace omegate::gateway {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  // bytes; 0: not UTF-8
};

/// The first code point of a text that is not empty. Source: RFC 3629 §4.
CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t value = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {};
  return {value, size};
}

bool is_dangerous(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) ||                          // C0, C1
         c == 0x061c || c == 0x200b || c == 0x200e || c == 0x200f ||      // direction marks, zero width
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||  // line ends, directions, invisible
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/// `prefix` and at least `digits` lower-case hex digits.
std::string hex(std::string_view prefix, int digits, std::uint32_t value) {
  char number[16];
  std::snprintf(number, sizeof number, "%0*x", digits, value);
  return std::string(prefix) + number;
}

std::string escape(std::uint32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  return c < 0x100 ? hex("\\x", 2, c) : c < 0x10000 ? hex("\\u", 4, c) : hex("\\U", 6, c);
}

std::string json_escape(std::uint32_t c) {
  if (c < 0x10000) return hex("\\u", 4, c);
  const std::uint32_t offset = c - 0x10000;
  return hex("\\u", 4, 0xd800 + (offset >> 10)) + hex("\\u", 4, 0xdc00 + (offset & 0x3ff));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    if (size == 0) {
      line += hex("\\x", 2, static_cast<std::uint8_t>(text.front()));
    } else if (is_dangerous(value)) {
      line += escape(value);
    } else {
      line += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return line;
}

std::string in_json_quotes(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const auto [value, size] = first_code_point(text);
    if (size == 0) {
      quoted += "\\ufffd";
    } else if (value == '"' || value == '\\') {
      quoted += '\\' + std::string(1, static_cast<char>(value));
    } else if (is_dangerous(value)) {
      quoted += json_escape(value);
    } else {
      quoted += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return quoted + '"';
}

}  // namespace omegate::gateway
