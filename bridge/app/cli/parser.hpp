// What a verb's file says about its words: verbs below it, options, help texts.
//
// Handles for the parser library (CLI11), which is nothing but headers: whoever includes them compiles all of
// it once more. So only this file's .cpp, cli.cpp and description.cpp do.
//
// Not here: reading the command line (cli.hpp), what every verb has in common (invocation.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace omegate::app {

/// An option, or a word at a place of its own. A handle: valid as long as the parser that made it.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option& required();
  /// How the help calls the value.
  Option& type_name(const std::string& name);
  /// The help shows the value that the variable has now.
  Option& capture_default_str();
  /// What else is given is wrong usage, and the help says so.
  Option& range(int min, int max);
  Option& one_of(const std::vector<std::string>& words);
  /// Only together with the other one.
  Option& needs(Option other);
  /// Never together with the other one; says it of both.
  Option& excludes(Option other);

 private:
  CLI::Option* option_;
};

/// A verb, or the command itself. A handle, too. Variables must live until the action of the verb has run.
class Parser {
 public:
  explicit Parser(CLI::App& app) : app_(&app) {}

  Parser add_subcommand(const std::string& name, const std::string& about);
  /// `name`: "-q,--quiet", or "JID" for a word at a place of its own.
  Option add_option(const std::string& name, std::string& value, const std::string& about);
  Option add_option(const std::string& name, std::optional<std::string>& value, const std::string& about);
  Option add_option(const std::string& name, std::vector<std::string>& values, const std::string& about);
  Option add_option(const std::string& name, int& value, const std::string& about);
  Option add_option(const std::string& name, std::int64_t& value, const std::string& about);
  Option add_option(const std::string& name, std::uint32_t& value, const std::string& about);
  void add_flag(const std::string& name, bool& value, const std::string& about);

  /// What stands below the options on the help page.
  void footer(const std::string& text);
  /// This verb does nothing without one of those below it.
  void require_one_subcommand();
  /// Called when the verb was named and everything read.
  void callback(std::function<void()> named);

  /// Within a callback: a verb below this one was named, too.
  bool subcommand_was_named() const;

 private:
  CLI::App* app_;
};

}  // namespace omegate::app
