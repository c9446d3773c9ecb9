#include <stdexcept>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.run(program, [{name = value, …}])
int run(Context& context, lua_State* lua) {
  Run& current = current_run(context, "P.run");
  plugin::RunProgram wanted{std::string(check_string(lua, 1)), {}};
  if (!lua_isnoneornil(lua, 2)) {
    luaL_checktype(lua, 2, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, 2) != 0; lua_pop(lua, 1)) {
      if (lua_type(lua, -2) != LUA_TSTRING || lua_isstring(lua, -1) == 0)
        throw std::invalid_argument("P.run: expected texts by the names of the arguments");
      lua_pushvalue(lua, -1);  // a number becomes a text here, and not under the feet of lua_next
      wanted.arguments.emplace(check_string(lua, -3), check_string(lua, -1));
      lua_pop(lua, 1);
    }
  }
  stage(current, std::move(wanted));
  return 0;
}

void set_text(lua_State* lua, const char* name, const std::string& text) {
  push(lua, text);
  lua_setfield(lua, -2, name);
}

}  // namespace

void add_running(lua_State* lua) {
  lua_pushcfunction(lua, entry<run>);
  lua_setfield(lua, -2, "run");
}

void push_programs(lua_State* lua, const Context& context) {
  lua_newtable(lua);
  lua_Integer position = 0;
  for (const plugin::ProgramUsage& program : context.load.programs) {
    lua_newtable(lua);
    set_text(lua, "name", program.name);
    set_text(lua, "usage", program.usage);
    set_text(lua, "help", program.help);
    lua_rawseti(lua, -2, ++position);
  }
}

}  // namespace omegate::worker
