// What of Lua's own libraries a plugin gets.
#pragma once

struct lua_State;

namespace omegate::worker {

/// base, coroutine, string, table, math and utf8, without what loads code, reads files or reaches the
/// collector. A global that nobody defined is an error, read or written. Raises Lua errors.
void open_libraries(lua_State* lua);

}  // namespace omegate::worker
