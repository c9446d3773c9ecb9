#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/json_value.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr char capabilities_key = 0;  // its address names P in the registry

// Upvalue 1: the members. They stand behind P and not in it, so that nothing can be replaced.
int member(lua_State* lua) {
  lua_settop(lua, 2);
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  return luaL_error(lua, "P has no member '%s'", luaL_tolstring(lua, 2, nullptr));
}

int no_changes(lua_State* lua) {
  return luaL_error(lua, "P.%s cannot be set: keep your own things in local variables",
                    luaL_tolstring(lua, 2, nullptr));
}

void add_facts(lua_State* lua, const Context& context) {
  const plugin::Load& load = context.load;
  push(lua, load.plugin);
  lua_setfield(lua, -2, "name");
  push_json(lua, parse_json(load.config).value());
  lua_setfield(lua, -2, "cfg");
  lua_newtable(lua);
  lua_Integer position = 0;
  for (const auto& account : load.accounts) {
    push(lua, account);
    lua_rawseti(lua, -2, ++position);
  }
  lua_setfield(lua, -2, "accounts");
  push_programs(lua, context);
  lua_setfield(lua, -2, "programs");
}

/// Replaces the members on top of the stack by P.
void seal(lua_State* lua) {
  lua_newtable(lua);
  lua_newtable(lua);
  lua_rotate(lua, -3, -1);
  lua_pushcclosure(lua, member, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, no_changes);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

}  // namespace

void push_capabilities(lua_State* lua, Context& context) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &capabilities_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_newtable(lua);
  for (const auto add :
       {add_registration, add_sending, add_avatars, add_mailing, add_running, add_failing, add_json, add_logging, add_template, add_time,
        add_text, add_hashing, add_topics, add_handlers_by_name, add_library}) {
    add(lua);
  }
  add_facts(lua, context);
  seal(lua);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &capabilities_key);
}

}  // namespace omegate::worker
