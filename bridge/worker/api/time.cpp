#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.now_ms() → when the event happened. The same on a retry, and whatever a test says.
int now_ms(Context& context, lua_State* lua) {
  lua_pushinteger(lua, current_run(context, "P.now_ms").time_ms);
  return 1;
}

}  // namespace

void add_time(lua_State* lua) {
  lua_pushcfunction(lua, entry<now_ms>);
  lua_setfield(lua, -2, "now_ms");
}

}  // namespace omegate::worker
