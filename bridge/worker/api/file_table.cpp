#include "bridge/worker/api/file_table.hpp"

#include <utility>

#include "bridge/worker/lua.hpp"

namespace omegate::worker {

void push_file(lua_State* lua, const plugin::File& file) {
  lua_createtable(lua, 0, 5);
  for (const auto& [name, value] : {std::pair("handle", &file.handle), std::pair("name", &file.name),
                                    std::pair("media_type", &file.media_type), std::pair("state", &file.state)}) {
    push(lua, *value);
    lua_setfield(lua, -2, name);
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(file.size));
  lua_setfield(lua, -2, "size");
}

}  // namespace omegate::worker
