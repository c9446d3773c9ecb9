#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/failure.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

int text_of(lua_State* lua) {
  push(lua, static_cast<Expected*>(lua_touserdata(lua, 1))->text);
  return 1;
}

int destroy(lua_State* lua) {
  std::destroy_at(static_cast<Expected*>(lua_touserdata(lua, 1)));
  return 0;
}

// P.fail(format, …): ends the handler; nothing it staged counts, the text is for the user
int fail(Context&, lua_State* lua) { return raise_expected(lua, std::string(formatted(lua, 1))); }

int raise(lua_State* lua, Expected what) {
  new (lua_newuserdatauv(lua, sizeof(Expected), 0)) Expected(std::move(what));
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &failure_key);
  lua_setmetatable(lua, -2);
  return lua_error(lua);
}

// retry(seconds, why): ends the handler; nothing it staged counts, and its event comes again after so long at the earliest
int retry(Context& context, lua_State* lua) {
  current_run(context, "P.retry");
  const auto seconds = std::clamp<lua_Integer>(luaL_checkinteger(lua, 1), 1, plugin::longest_retry_pause.count());
  return raise(lua, {std::string(check_string(lua, 2)), std::chrono::seconds(seconds)});
}

}  // namespace

int raise_expected(lua_State* lua, const std::string& text) { return raise(lua, {text}); }

void add_retrying(lua_State* lua) {
  lua_pushcfunction(lua, entry<retry>);
  lua_setfield(lua, -2, "retry");
}

void add_failing(lua_State* lua) {
  constexpr luaL_Reg meta[] = {{"__tostring", text_of}, {"__gc", destroy}, {nullptr, nullptr}};
  luaL_newlib(lua, meta);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");  // out of the plugin's reach: `text_of` trusts its argument
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &failure_key);
  lua_pushcfunction(lua, entry<fail>);
  lua_setfield(lua, -2, "fail");
}

}  // namespace omegate::worker
