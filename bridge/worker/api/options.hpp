// The optional table of options that many functions take.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/trust_level.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {

/// Reads the table at `argument`, which may be nil or absent. A member outside of `known` is an error: a
/// typing slip in `min_trsut` must not weaken anything.
class Options {
 public:
  Options(lua_State* lua, int argument, std::initializer_list<std::string_view> known);

  std::optional<std::string> text(const char* name) const;
  std::optional<plugin::TrustLevel> min_trust() const;
  /// The members `min_trust`, `priority` and `expires_in` of a message, into it.
  void add_to(plugin::Send& send) const;

 private:
  lua_State* lua_;
  int argument_;
  bool present_;
};

/// The option `files` of the table at `options`, which may be nil: handles, or files as events have them.
std::vector<std::string> file_handles(lua_State* lua, int options);

/// Whether the member `name` of the table is there and true.
bool flag(lua_State* lua, int table, const char* name);

}  // namespace omegate::worker
