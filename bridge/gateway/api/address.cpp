#include "bridge/gateway/api/address.hpp"

#include <algorithm>

#include "bridge/core/xml/text.hpp"
#include "bridge/gateway/api/problem.hpp"

namespace omegate::gateway::api {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// Nothing: an escape that is none, or characters that no name or address has.
std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!xml::is_xml_text(result)) return std::nullopt;
  return result;
}

std::string_view next_part(std::string_view& rest, char mark) {
  const std::string_view part = rest.substr(0, rest.find(mark));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

}  // namespace

std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
  std::vector<std::string> names;
  if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
  while (!pattern.empty()) {
    const std::string_view wanted = next_part(pattern, '/'), given = next_part(path, '/');
    if (!wanted.starts_with('{')) {
      if (wanted != given) return std::nullopt;
      continue;
    }
    auto name = decoded(given);
    if (!name || name->empty()) return std::nullopt;
    names.push_back(std::move(*name));
  }
  if (!path.empty()) return std::nullopt;
  return names;
}

std::map<std::string, std::string> read_query(std::string_view query, const std::vector<std::string_view>& known) {
  std::map<std::string, std::string> fields;
  while (!query.empty()) {
    std::string_view value = next_part(query, '&');
    const std::string name(next_part(value, '='));
    if (std::ranges::find(known, name) == known.end()) {
      std::string all;
      for (const std::string_view each : known) all += (all.empty() ? "" : ", ") + std::string(each);
      throw Refusal({400, "unknown-parameter", in_quotes(name) + " is nothing that is known here", "query",
                     all.empty() ? "no parameters" : "only " + all});
    }
    const auto text = decoded(value);
    if (!text) throw Refusal({400, "bad-parameter", in_quotes(name) + " is not encoded as it must be", "query " + name, "UTF-8, percent-encoded"});
    if (!fields.emplace(name, *text).second)
      throw Refusal({400, "bad-parameter", in_quotes(name) + " comes twice", "query " + name, "once"});
  }
  return fields;
}

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view wanted = "application/json";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return std::ranges::equal(type, wanted, {}, lower, {});
}

}  // namespace omegate::gateway::api
