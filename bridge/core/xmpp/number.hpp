// Decimal numbers of attributes: strict, no sign, no spaces.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace omegate::xmpp {

/// Nothing for everything that is not only digits or does not fit.
template <std::unsigned_integral Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  if (text.empty() || text.front() == '-' || text.front() == '+') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// xs:boolean; `false` for everything else.
inline bool is_true(std::string_view text) { return text == "true" || text == "1"; }

}  // namespace omegate::xmpp
