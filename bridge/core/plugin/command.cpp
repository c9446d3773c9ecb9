#include "bridge/core/plugin/command.hpp"

#include <algorithm>

namespace omegate::plugin {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t max_name_size = 32;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

std::string_view trim(std::string_view text) {
  const auto start = text.find_first_not_of(blanks);
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

bool is_alphanumeric(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<CommandMatch> match_command(std::string_view text, std::span<const Command> commands) {
  text = trim(text);
  if (text.starts_with('!') || text.starts_with('/')) text.remove_prefix(1);
  const auto end = std::min(text.find_first_of(blanks), text.size());
  const auto found = std::ranges::find_if(
      commands, [&](const Command& command) { return same_word(command.name, text.substr(0, end)); });
  if (found == commands.end()) return std::nullopt;
  return CommandMatch{static_cast<std::size_t>(found - commands.begin()),
                      std::string(trim(text.substr(end)))};
}

bool has_command_sign(std::string_view text) {
  text = trim(text);
  return text.starts_with('!') || text.starts_with('/');
}

bool is_command_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name_size && is_alphanumeric(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

}  // namespace omegate::plugin
