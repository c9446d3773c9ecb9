#include <stdexcept>
#include <string>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// Upvalue 1: what was loaded, by name.
int require(Context& context, lua_State* lua) {
  const std::string name(check_string(lua, 1));
  if (lua_getfield(lua, lua_upvalueindex(1), name.c_str()) != LUA_TNIL) return 1;
  const auto source = context.load.sources.find(name + ".lua");
  if (source == context.load.sources.end())
    throw std::runtime_error("the plugin has no file " + name + ".lua");
  lua_pushboolean(lua, 1);
  lua_setfield(lua, lua_upvalueindex(1),
               name.c_str());  // a file that requires itself finds `true`, as in Lua
  const std::string chunk = "@" + source->first;
  if (luaL_loadbufferx(lua, source->second.data(), source->second.size(), chunk.c_str(), "t") != LUA_OK) {
    return lua_error(lua);
  }
  push_capabilities(lua, context);
  lua_call(lua, 1, 1);
  if (lua_isnil(lua, -1)) lua_pushboolean(lua, 1);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, lua_upvalueindex(1), name.c_str());
  return 1;
}

}  // namespace

void add_require(lua_State* lua) {
  lua_newtable(lua);
  lua_pushcclosure(lua, entry<require>, 1);
  lua_pushglobaltable(lua);
  lua_insert(lua, -2);
  lua_pushliteral(lua, "require");
  lua_insert(lua, -2);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

}  // namespace omegate::worker
