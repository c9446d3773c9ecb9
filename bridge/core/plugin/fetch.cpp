#include "bridge/core/plugin/fetch.hpp"

#include <algorithm>

#include "bridge/core/plugin/percent.hpp"

namespace omegate::plugin {
namespace {

constexpr int most_decodings = 4;

bool climbs(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find_first_of("/\\"), path.size());
    std::string_view segment = path.substr(0, end);
    segment = segment.substr(0, segment.find(';'));  // parameters of a segment: "..;x"
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

}  // namespace

std::optional<std::string> fault_of_path(std::string_view path) {
  if (path.empty()) return std::nullopt;
  if (path.size() > max_fetch_path) return "the path is longer than " + std::to_string(max_fetch_path) + " bytes";
  if (path[0] != '/' && path[0] != '?') return "a path begins with a slash; the host's URL comes before it";
  for (const char c : path) {
    if (c <= ' ' || c >= '\x7f' || c == '#' || c == '"' || c == '<' || c == '>' || c == '\\')
      return "the path holds a character that has to be percent-encoded";
  }
  std::string now(path.substr(0, path.find('?')));
  for (int times = 0; times < most_decodings; ++times) {
    if (climbs(now)) return "the path climbs out of the host's URL: it has . or .. in it";
    if (has_control(now)) return "the path holds a control character";
    if (now.find('%') == now.npos) return std::nullopt;
    const auto next = percent_decoded(now);
    if (!next && times == 0) return "the path has a percent sign that is not followed by two hexadecimal digits";
    if (!next) return std::nullopt;  // the percent sign was meant as one
    now = *next;
  }
  return "the path is percent-encoded again and again";
}

bool is_safe_method(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_idempotent_method(std::string_view method) {
  return is_safe_method(method) || method == "PUT" || method == "DELETE";
}

}  // namespace omegate::plugin
