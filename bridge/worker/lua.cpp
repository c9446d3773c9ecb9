#include "bridge/worker/lua.hpp"

namespace omegate::worker {

std::string_view formatted(lua_State* lua, int first) {
  if (lua_gettop(lua) > first) {
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &format_key);
    lua_insert(lua, first);
    lua_call(lua, lua_gettop(lua) - first, 1);
  }
  std::size_t size = 0;
  const char* const text = luaL_tolstring(lua, first, &size);
  lua_replace(lua, first);
  return {text, size};
}

}  // namespace omegate::worker
