// Programs on the gateway's machine that the operator lets a plugin have run.
//
// No shell and no words of a chat anywhere near one: the operator's list has the whole command, and in it names that stand
// for values of a type. Not here: who may want it (grants.hpp), running it (edge/workers/program.hpp).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

struct ProgramArgument {
  enum class Kind {
    word,     // letters, digits, and . _ - @ : not at its beginning; no option, no path
    integer,  // digits
    choice,   // one of `choices`
  };
  std::string name;
  Kind kind = Kind::word;
  std::vector<std::string> choices = {};

  friend bool operator==(const ProgramArgument&, const ProgramArgument&) = default;
};

struct Program {
  std::string name;                          // as plugins and chats call it
  std::string help;
  std::vector<std::string> command;          // the absolute path, then what it gets; "{unit}" stands for the argument unit
  std::vector<ProgramArgument> arguments = {};
  std::chrono::seconds limit = default_program_limit;  // then it is killed
  std::string role = "admin";                // who may want it, as the operator filled the role

  friend bool operator==(const Program&, const Program&) = default;
};

/// What a plugin knows of one: not what is behind it.
struct ProgramUsage {
  std::string name;
  std::string usage;  // "restart <unit:nginx|postfix>"
  std::string help;
};

using ProgramArguments = std::map<std::string, std::string>;

ProgramUsage usage_of(const Program& program);

/// "word", "integer", "nginx|postfix". Nothing: it is no type.
std::optional<ProgramArgument> program_argument(const std::string& name, std::string_view type);

/// What is wrong with the list's entry: a path that is not absolute, names that nothing stands for. Nothing: it is good.
std::optional<std::string> fault_of(const Program& program);

/// Why it does not run with these: one is missing, unknown, or not of its type. Nothing: it does.
std::optional<std::string> fault_of(const Program& program, const ProgramArguments& arguments);

/// The words to start it with. The arguments must have no fault.
std::vector<std::string> command_line(const Program& program, const ProgramArguments& arguments);

}  // namespace omegate::plugin
