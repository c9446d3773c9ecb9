// The few things said to Lua's C API so often that they have a name here.
//
// Link `lua5.4-c++`: there a Lua error unwinds C++ frames; the C build jumps over destructors.
#pragma once

#include <exception>
#include <lua.hpp>
#include <string>
#include <string_view>

namespace omegate::worker {

struct Context;

inline void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

/// The view lives as long as the value stays on the stack.
inline std::string_view check_string(lua_State* lua, int argument) {
  std::size_t size = 0;
  const char* const text = luaL_checklstring(lua, argument, &size);
  return {text, size};
}

inline Context& context(lua_State* lua) { return **static_cast<Context**>(lua_getextraspace(lua)); }

/// Makes `Function` a Lua function. A C++ exception becomes a Lua error; Lua's own unwinding is not a
/// `std::exception` and passes through.
template <int (*Function)(Context&, lua_State*)>
int entry(lua_State* lua) {
  try {
    return Function(context(lua), lua);
  } catch (const std::exception& failure) {
    luaL_where(lua, 1);
    lua_pushstring(lua, failure.what());
    lua_concat(lua, 2);
  }
  return lua_error(lua);
}

/// Its address is the registry's key for the metatable of what P.fail throws: a userdata that holds a
/// std::string. A pointer as key, unlike a name, is looked up without allocating.
inline constexpr char failure_key = 0;

/// Likewise for `string.format` and `string.match` as they were before the plugin could replace them.
inline constexpr char format_key = 0;
inline constexpr char match_key = 0;

/// The arguments from `first` on as one text: a single one as it is, several through string.format. Leaves it
/// on the stack.
std::string_view formatted(lua_State* lua, int first);

/// What P.fail does: raises a failure whose text is for the user. Does not return.
int raise_expected(lua_State* lua, const std::string& text);

}  // namespace omegate::worker
