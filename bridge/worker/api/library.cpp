#include "bridge/worker/api/library.hpp"

#include <string>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

/// The members of P and the native functions stand at these places of the stack. Its third argument is the methods of
/// events.
void load_part(lua_State* lua, std::string_view name, std::string_view source, int members, int native) {
  const std::string chunk = "=" + std::string(name);
  if (luaL_loadbufferx(lua, source.data(), source.size(), chunk.c_str(), "t") != LUA_OK) lua_error(lua);
  lua_pushvalue(lua, members);
  lua_pushvalue(lua, native);
  push_event_methods(lua);
  lua_call(lua, 3, 0);
}

}  // namespace

void add_library(lua_State* lua) {
  const int members = lua_gettop(lua);
  lua_newtable(lua);
  const int native = lua_gettop(lua);
  add_registering(lua);
  add_keeping(lua);
  add_timing(lua);
  add_fetching(lua);
  add_retrying(lua);
  add_expressions(lua);
  add_counting(lua);
  load_part(lua, "P", library::guards, members, native);
  load_part(lua, "P.period", library::periods, members, native);
  load_part(lua, "P.kv", library::keeping, members, native);
  load_part(lua, "P.ids", library::ids, members, native);
  load_part(lua, "P.time", library::times, members, native);
  load_part(lua, "P.fetch", library::fetching, members, native);
  load_part(lua, "ev:ask", library::questions, members, native);
  load_part(lua, "P.command", library::commands, members, native);
  load_part(lua, "P.re", library::expressions, members, native);
  load_part(lua, "P.metrics", library::metrics, members, native);
  lua_settop(lua, members);
}

}  // namespace omegate::worker
