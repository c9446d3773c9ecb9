#include <stdexcept>

#include "bridge/core/plugin/avatar.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/file_table.hpp"
#include "bridge/worker/api/options.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.avatar(jid, {account=, room=, known=}) → {id=, file=}; nil: none is shown; nil and why it cannot be told now
int avatar(Context& context, lua_State* lua) {
  const Run& run = current_run(context, "P.avatar");
  const std::string_view jid = check_string(lua, 1);
  const Options options(lua, 2, {"account", "room", "known"});
  const plugin::AvatarAsk ask{std::string(jid), options.text("account").value_or(run.origin.account), options.text("room").value_or(""),
                              options.text("known").value_or("")};
  const auto seen = ask_gateway<plugin::AvatarSeen>(context, ask);
  if (seen.refused) throw std::runtime_error(seen.reason);
  if (seen.id.empty()) {
    lua_pushnil(lua);
    seen.reason.empty() ? lua_pushnil(lua) : push(lua, seen.reason);
    return 2;
  }
  lua_createtable(lua, 0, 2);
  push(lua, seen.id);
  lua_setfield(lua, -2, "id");
  if (seen.file) {
    push_file(lua, *seen.file);
    lua_setfield(lua, -2, "file");
  }
  return 1;
}

}  // namespace

void add_avatars(lua_State* lua) {
  lua_pushcfunction(lua, entry<avatar>);
  lua_setfield(lua, -2, "avatar");
}

}  // namespace omegate::worker
