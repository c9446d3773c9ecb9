#include <boost/json/serialize.hpp>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/json_value.hpp"

namespace omegate::worker {
namespace {

// P.json.decode(text) → value, or nil and the reason
int decode(Context&, lua_State* lua) {
  const auto value = parse_json(check_string(lua, 1));
  if (value) {
    push_json(lua, *value);
    return 1;
  }
  lua_pushnil(lua);
  push(lua, value.error().message());
  return 2;
}

// P.json.encode(value) → text
int encode(Context&, lua_State* lua) {
  luaL_checkany(lua, 1);
  push(lua, boost::json::serialize(to_json(lua, 1)));
  return 1;
}

// P.json.array(table) → the same table, an array even when empty
int array(Context&, lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  push_array_marker(lua);
  lua_setmetatable(lua, 1);
  return 1;
}

}  // namespace

void add_json(lua_State* lua) {
  constexpr luaL_Reg functions[] = {
      {"decode", entry<decode>}, {"encode", entry<encode>}, {"array", entry<array>}, {nullptr, nullptr}};
  luaL_newlib(lua, functions);
  lua_pushlightuserdata(lua, nullptr);
  lua_setfield(lua, -2, "null");
  lua_setfield(lua, -2, "json");
}

}  // namespace omegate::worker
