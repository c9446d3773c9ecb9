// What went wrong in a plugin, told so that its author finds the line.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

struct lua_State;

namespace omegate::worker {

using Sources = std::map<std::string, std::string>;  // file name → text

/// What P.fail and P.retry throw.
struct Expected {
  std::string text;
  std::optional<std::chrono::seconds> again_in = {};  // P.retry: the event is to come again
};

struct Failure {
  std::string error;      // "init.lua:12: attempt to index a nil value (local 'x')"
  std::string traceback;  // calls, innermost first, and the lines around the first one
  bool expected = false;  // thrown by P.fail or P.retry
  std::optional<std::chrono::seconds> again_in = {};  // by P.retry
};

/// Describes the error value on top of `thread`, whose calls still stand on its stack. Runs no Lua code and
/// allocates nothing in Lua, so it works when memory is out and when the error value is hostile.
Failure describe_failure(lua_State* thread, const Sources& sources);

}  // namespace omegate::worker
