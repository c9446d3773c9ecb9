#include "bridge/core/mail/command.hpp"

#include <charconv>

#include "bridge/core/mail/text.hpp"

namespace omegate::mail {
namespace {

/// Behind a path's `<`: the place of its `>`, which may stand in quotes, too.
std::size_t end_of_path(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '>' && !quoted) {
      return i;
    }
  }
  return text.npos;
}

bool is_keyword(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

}  // namespace

std::optional<CommandLine> parse_command(std::string_view line) {
  if (std::ranges::any_of(line, is_control)) return std::nullopt;
  const auto end = std::min(line.find(' '), line.size());
  if (!is_keyword(line.substr(0, end))) return std::nullopt;
  return CommandLine{upper(line.substr(0, end)), trimmed(line.substr(end))};
}

std::optional<PathArgument> parse_path_argument(std::string_view argument, std::string_view prefix) {
  if (upper(argument.substr(0, prefix.size())) != prefix) return std::nullopt;
  argument = trimmed(argument.substr(prefix.size()));
  if (!argument.starts_with('<')) return std::nullopt;
  argument.remove_prefix(1);
  const auto end = end_of_path(argument);
  if (end == argument.npos) return std::nullopt;
  PathArgument path{argument.substr(0, end), {}};
  argument.remove_prefix(end + 1);
  if (!argument.empty() && argument.front() != ' ') return std::nullopt;
  for (argument = trimmed(argument); !argument.empty();) {
    const auto stop = std::min(argument.find(' '), argument.size());
    const std::string_view word = argument.substr(0, stop);
    const auto equals = std::min(word.find('='), word.size());
    if (!is_keyword(word.substr(0, equals))) return std::nullopt;
    path.parameters.emplace_back(upper(word.substr(0, equals)), word.substr(std::min(equals + 1, word.size())));
    argument = trimmed(argument.substr(stop));
  }
  return path;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

}  // namespace omegate::mail
