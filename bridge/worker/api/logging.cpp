#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.log.info(format, …) and its sisters
template <plugin::Log::Level level>
int log(Context& context, lua_State* lua) {
  log_line(context, level, formatted(lua, 1));
  return 0;
}

}  // namespace

void add_logging(lua_State* lua) {
  using Level = plugin::Log::Level;
  constexpr luaL_Reg functions[] = {{"info", entry<log<Level::info>>},
                                    {"warn", entry<log<Level::warn>>},
                                    {"error", entry<log<Level::error>>},
                                    {nullptr, nullptr}};
  luaL_newlib(lua, functions);
  lua_setfield(lua, -2, "log");
}

}  // namespace omegate::worker
