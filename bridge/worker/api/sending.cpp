#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/options.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr char methods_key = 0;  // its address names the methods of events in the registry

void stage_message(Run& run, plugin::Send send) {
  if (send.text.empty()) throw std::runtime_error("there is no text to send");
  stage(run, std::move(send));
}

// P.send(to, text, {account=, min_trust=, priority=, expires_in=})
int send(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.send");
  const std::string_view to = check_string(lua, 1);
  const std::string_view text = check_string(lua, 2);
  const Options options(lua, 3, {"account", "min_trust", "priority", "expires_in"});
  plugin::Send message{options.text("account").value_or(""), std::string(to), std::string(text), {}};
  options.add_to(message);
  stage_message(run, std::move(message));
  return 0;
}

// ev:reply(text, {min_trust=, priority=, expires_in=})
int reply(Context& context, lua_State* lua) {
  const Run& run = current_run(context, "ev:reply");
  const std::string_view text = check_string(lua, 2);
  const Options options(lua, 3, {"min_trust", "priority", "expires_in"});
  if (run.origin.from.empty())
    throw std::runtime_error("nobody sent this event, so there is nobody to reply to");
  plugin::Send message{run.origin.account, run.origin.from, std::string(text), {}};
  options.add_to(message);
  stage_message(*context.run, std::move(message));
  return 0;
}

}  // namespace

void add_sending(lua_State* lua) {
  lua_pushcfunction(lua, entry<send>);
  lua_setfield(lua, -2, "send");
}

void push_event_methods(lua_State* lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &methods_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  constexpr luaL_Reg methods[] = {{"reply", entry<reply>}, {nullptr, nullptr}};
  luaL_newlib(lua, methods);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &methods_key);
}

void add_event_methods(lua_State* lua) {
  lua_newtable(lua);
  push_event_methods(lua);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

}  // namespace omegate::worker
