#include "bridge/core/plugin/program.hpp"

#include <algorithm>
#include <string_view>

namespace omegate::plugin {
namespace {

constexpr std::size_t max_digits = 18;  // fits into what programs count with

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_plain(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Nothing that a program could take for an option, a path or a pattern.
bool is_word(std::string_view text) {
  constexpr std::string_view others = "._-@:";
  return !text.empty() && text.size() <= max_program_argument && is_plain(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_plain(c) || others.find(c) != others.npos; });
}

bool fits(const ProgramArgument& argument, std::string_view value) {
  switch (argument.kind) {
    case ProgramArgument::Kind::word: return is_word(value);
    case ProgramArgument::Kind::integer:
      return !value.empty() && value.size() <= max_digits && std::ranges::all_of(value, is_digit);
    case ProgramArgument::Kind::choice: return std::ranges::find(argument.choices, value) != argument.choices.end();
  }
  return false;
}

std::string type_of(const ProgramArgument& argument) {
  if (argument.kind == ProgramArgument::Kind::word) return "word";
  if (argument.kind == ProgramArgument::Kind::integer) return "integer";
  std::string all;
  for (const auto& choice : argument.choices) all += (all.empty() ? "" : "|") + choice;
  return all;
}

std::string expected(const ProgramArgument& argument) {
  switch (argument.kind) {
    case ProgramArgument::Kind::word: return "a word of letters, digits, '.', '_', '-', '@' and ':'";
    case ProgramArgument::Kind::integer: return "a whole number";
    case ProgramArgument::Kind::choice: return "one of " + type_of(argument);
  }
  return {};
}

/// Calls `found` with each name in braces.
template <class Found>
void for_each_name(std::string_view word, Found found) {
  for (auto open = word.find('{'); open != word.npos; open = word.find('{', open + 1)) {
    const auto close = word.find('}', open);
    if (close == word.npos) return;
    found(word.substr(open + 1, close - open - 1));
  }
}

std::string filled(std::string_view word, const ProgramArguments& arguments) {
  std::string text;
  while (!word.empty()) {
    const auto open = word.find('{'), close = word.find('}', open);
    if (open == word.npos || close == word.npos) break;
    text += word.substr(0, open);
    text += arguments.at(std::string(word.substr(open + 1, close - open - 1)));
    word.remove_prefix(close + 1);
  }
  return text.append(word);
}

}  // namespace

ProgramUsage usage_of(const Program& program) {
  ProgramUsage usage{program.name, program.name, program.help};
  for (const auto& argument : program.arguments) usage.usage += " <" + argument.name + ":" + type_of(argument) + ">";
  return usage;
}

std::optional<ProgramArgument> program_argument(const std::string& name, std::string_view type) {
  ProgramArgument argument{name};
  if (type == "word") return argument;
  argument.kind = ProgramArgument::Kind::integer;
  if (type == "integer") return argument;
  argument.kind = ProgramArgument::Kind::choice;
  for (;;) {
    const std::string_view choice = type.substr(0, type.find('|'));
    if (!is_word(choice)) return std::nullopt;
    argument.choices.emplace_back(choice);
    if (choice.size() == type.size()) break;
    type.remove_prefix(choice.size() + 1);
  }
  if (argument.choices.size() < 2) return std::nullopt;
  return argument;
}

std::optional<std::string> fault_of(const Program& program) {
  if (program.command.empty() || !program.command.front().starts_with('/'))
    return "expected a command that begins with an absolute path, like [/usr/bin/uptime]";
  if (program.command.front().find_first_of("{}") != std::string::npos) return "which program it is depends on no argument";
  std::optional<std::string> fault;
  std::vector<std::string> used;
  for (std::size_t i = 1; i < program.command.size(); ++i) {
    if (program.command[i].find('\0') != std::string::npos) return "a word of the command has a NUL in it";
    for_each_name(program.command[i], [&](std::string_view name) {
      used.emplace_back(name);
      if (std::ranges::find(program.arguments, name, &ProgramArgument::name) == program.arguments.end())
        fault = "{" + std::string(name) + "} stands for nothing: there is no such argument";
    });
  }
  for (const auto& argument : program.arguments)
    if (std::ranges::find(used, argument.name) == used.end()) fault = "the command has no {" + argument.name + "}";
  return fault;
}

std::optional<std::string> fault_of(const Program& program, const ProgramArguments& arguments) {
  for (const auto& argument : program.arguments) {
    const auto value = arguments.find(argument.name);
    if (value == arguments.end()) return argument.name + " is missing: expected " + expected(argument);
    if (!fits(argument, value->second)) return argument.name + ": expected " + expected(argument);
  }
  if (arguments.size() > program.arguments.size()) return "it has no more arguments than " + std::to_string(program.arguments.size());
  return std::nullopt;
}

std::vector<std::string> command_line(const Program& program, const ProgramArguments& arguments) {
  std::vector<std::string> words;
  for (const auto& word : program.command) words.push_back(words.empty() ? word : filled(word, arguments));
  return words;
}

}  // namespace omegate::plugin
