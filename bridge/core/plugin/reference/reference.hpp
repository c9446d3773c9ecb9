// What plugins in Lua can call: the one table that editors' stubs and docs/plugin-reference.md are made of.
//
// Tests hold the worker to it: what is registered stands here and the other way round, and each example runs as it stands.
// Not here: the functions (worker/api), how the table is written out (reference_text.hpp).
#pragma once

#include <span>
#include <string_view>

namespace omegate::plugin::reference {

/// Where a function is called, and so what its example is.
enum class Use {
  loading,  // while the plugin loads: the example is an init.lua without its first line
  handler,  // in a handler: the example is the body of one that a command "try" of alice's runs, `ev` is its event
  value,    // no function; the example is as for a handler
};

struct Entry {
  /// "P.send"; what a value of a type has, by the type: "Event:reply".
  std::string_view name;
  /// "to: string, text: string, opts?: SendOptions". In brackets: may be left out though others follow. Types are those of
  /// LuaLS and of `types`.
  std::string_view parameters;
  std::string_view returns;  // "string handle"; empty: nothing
  std::string_view about;    // one or more sentences
  /// A line `… --> value` is checked. `local P = ...` stands before it.
  std::string_view example;
  std::string_view chat = {};  // what goes on, as in a *.chat file; of a handler: after `alice (verified)> try`
  Use use = Use::handler;
};

struct Section {
  std::string_view title, about;
  std::span<const Entry> entries;
};

/// In the order in which they are shown.
std::span<const Section> sections();

/// A table that functions take or return.
struct Type {
  std::string_view name, about;
  std::string_view fields;  // a line each: "name?: type, what it is"
};

std::span<const Type> types();

extern const std::span<const Entry> messages, registering, later, keeping, servers, programs, bridging, others, expressions, texts, numbers, itself;

}  // namespace omegate::plugin::reference
