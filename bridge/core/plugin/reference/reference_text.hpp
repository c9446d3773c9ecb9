// The table of what plugins can call, written out: for editors and for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/reference/reference.hpp"

namespace omegate::plugin::reference {

/// Definitions for LuaLS (github.com/LuaLS/lua-language-server): a Lua file that is read by editors and never run.
std::string stubs();

/// docs/plugin-reference.md.
std::string page();

struct Parameter {
  std::string_view name, type;
  bool optional = false;     // "name?"
  bool may_be_left_out = false;  // "[name …]": others follow
};

/// "to: string, opts?: fun(a, b), [more: table]", taken apart.
std::vector<Parameter> parameters(const Entry& entry);

/// "ev:reply(text, [opts])".
std::string call(const Entry& entry);

}  // namespace omegate::plugin::reference
