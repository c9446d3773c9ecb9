#include "bridge/core/plugin/endpoint.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/percent.hpp"

namespace omegate::plugin {
namespace {

constexpr std::string_view plain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

/// Served by the gateway itself.
constexpr std::array<std::string_view, 6> taken{"hooks", "health", "metrics", "message", "v1", "v2"};

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (!path.starts_with('/')) return segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

/// "txn" of "{txn}"; empty: the segment stands for itself.
std::string_view part_name(std::string_view segment) {
  return segment.size() > 2 && segment.starts_with('{') && segment.ends_with('}') ? segment.substr(1, segment.size() - 2)
                                                                                  : std::string_view();
}

/// Walks over a JSON text without a stack: values are skipped by counting brackets outside of strings.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// What stands between the quotes, escapes as they are.
  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\')
        ++at_;
      else if (text_[at_] == '"')
        return text_.substr(begin, at_++ - begin);
    }
    return std::nullopt;
  }

  std::optional<std::string_view> value() {
    skip_blanks();
    const std::size_t begin = at_;
    std::size_t open = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (!string()) return std::nullopt;
        --at_;
      } else if (c == '{' || c == '[') {
        ++open;
      } else if ((c == '}' || c == ']') && open > 0) {
        --open;
      } else if (open == 0 && (c == ',' || c == '}' || c == ']')) {
        break;
      }
    }
    if (at_ == text_.size() || at_ == begin) return std::nullopt;
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<std::vector<std::string_view>> elements_of(std::string_view list) {
  Scanner scanner(list);
  std::vector<std::string_view> items;
  if (!scanner.take('[')) return std::nullopt;
  if (scanner.take(']')) return items;
  for (;;) {
    const auto item = scanner.value();
    if (!item) return std::nullopt;
    items.push_back(*item);
    if (scanner.take(']')) return items;
    if (!scanner.take(',')) return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> fault_of_endpoint(std::string_view pattern) {
  const auto segments = segments_of(pattern);
  if (segments.size() < 2 || segments.size() > max_endpoint_segments || pattern.size() > max_endpoint_pattern)
    return "expected a path of 2 to " + std::to_string(max_endpoint_segments) + " segments, like /service/in/{id}";
  if (std::ranges::find(taken, segments.front()) != taken.end())
    return "/" + std::string(segments.front()) + " is the gateway's own";
  std::vector<std::string_view> names;
  for (const std::string_view segment : segments) {
    const std::string_view name = part_name(segment);
    if (!name.empty() && std::ranges::find(names, name) != names.end()) return "{" + std::string(name) + "} stands there twice";
    names.push_back(name);
    const std::string_view text = name.empty() ? segment : name;
    if (text.empty() || text.starts_with('.') || text.find_first_not_of(plain) != text.npos || (!name.empty() && names.size() == 1))
      return "\"" + std::string(segment) + "\" is no segment of a path; expected letters, digits, - and _, or {name}";
  }
  return std::nullopt;
}

bool may_be_endpoint(std::string_view path) {
  const std::string_view rest = path.substr(path.starts_with('/') ? 1 : path.size());
  const auto first = rest.find('/');
  return first != rest.npos && std::ranges::find(taken, rest.substr(0, first)) == taken.end();
}

std::optional<PathParts> match_endpoint(std::string_view pattern, std::string_view path) {
  const auto wanted = segments_of(pattern), found = segments_of(path);
  if (wanted.size() != found.size()) return std::nullopt;
  PathParts parts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string_view name = part_name(wanted[i]);
    if (name.empty() && wanted[i] != found[i]) return std::nullopt;
    if (name.empty()) continue;
    auto part = percent_decoded(found[i]);
    if (!part || part->empty() || part->size() > max_endpoint_part) return std::nullopt;
    parts.emplace_back(name, std::move(*part));
  }
  return parts;
}

std::optional<std::vector<std::string_view>> items_of(std::string_view json, std::string_view member) {
  Scanner scanner(json);
  if (!scanner.take('{')) return std::nullopt;
  std::optional<std::string_view> list;
  while (!scanner.take('}')) {
    const auto name = scanner.string();
    if (!name || !scanner.take(':')) return std::nullopt;
    const auto value = scanner.value();
    if (!value) return std::nullopt;
    if (*name == member) list = value;
    if (!scanner.take(',')) {
      if (!scanner.take('}')) return std::nullopt;
      break;
    }
  }
  return list ? elements_of(*list) : std::nullopt;
}

}  // namespace omegate::plugin
