#include "bridge/core/mail/delivered_to.hpp"

#include <algorithm>

#include "bridge/core/mail/limits.hpp"
#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// "juliet@example.org", "<juliet@example.org>"
std::optional<Address> address_in(std::string_view value) {
  value = trimmed(value);
  if (value.size() >= 2 && value.front() == '<' && value.back() == '>') value = value.substr(1, value.size() - 2);
  return value.empty() ? std::nullopt : parse_address(value);
}

/// Takes a line from the front, without its end.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_field(std::string_view line, std::string_view name) {
  if (line.size() <= name.size()) return false;
  const bool same = std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) { return lower(a) == lower(b); });
  return same && trimmed(line.substr(name.size())).starts_with(':');
}

}  // namespace

std::optional<std::string> top_field(std::string_view message, std::string_view name) {
  std::string_view rest = message.substr(0, max_header_scanned);
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.empty()) return std::nullopt;
    if (!is_field(line, name)) continue;
    std::string value(line.substr(line.find(':') + 1));
    while (rest.starts_with(' ') || rest.starts_with('\t')) value += next_line(rest);
    return std::string(trimmed(value));
  }
  return std::nullopt;
}

std::vector<Address> delivered_to(std::string_view message) {
  std::vector<Address> addresses;
  for (const char* const name : {"X-Original-To", "Delivered-To", "Envelope-To"}) {
    const auto value = top_field(message, name);
    auto address = value ? address_in(*value) : std::nullopt;
    if (address) addresses.push_back(std::move(*address));
  }
  return addresses;
}

ReturnPath return_path(std::string_view message) {
  const auto value = top_field(message, "Return-Path");
  if (!value) return {};
  if (*value == "<>") return {true, std::nullopt};
  auto sender = address_in(*value);
  return {sender.has_value(), std::move(sender)};
}

}  // namespace omegate::mail
