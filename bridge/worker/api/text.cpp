#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/html_text.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

// P.html_to_text(html) → text
int from_html(Context&, lua_State* lua) {
  push(lua, html_to_text(check_string(lua, 1)));
  return 1;
}

}  // namespace

void add_text(lua_State* lua) {
  lua_pushcfunction(lua, entry<from_html>);
  lua_setfield(lua, -2, "html_to_text");
}

}  // namespace omegate::worker
