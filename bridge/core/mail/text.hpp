// Characters of mail protocols, which know ASCII only.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace omegate::mail {

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool is_atom(char c) {  // bytes above ASCII are UTF-8: RFC 6531
  constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
  return is_alphanumeric(c) || !is_ascii(c) || marks.find(c) != marks.npos;
}

inline bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_ascii(c); });
}

/// Parts of `allowed` characters with dots between them, none of them empty. Source: RFC 5322 §3.2.3.
template <class Allowed>
bool is_dotted(std::string_view text, Allowed allowed) {
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == text.npos &&
         std::ranges::all_of(text, [&](char c) { return c == '.' || allowed(c); });
}
inline bool is_dot_atom(std::string_view text) { return is_dotted(text, is_atom); }

inline std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

inline std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return upper(c); });
  return result;
}

inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace omegate::mail
