// A file as plugins see it, wherever it comes from.
#pragma once

#include "bridge/core/plugin/event.hpp"

struct lua_State;

namespace omegate::worker {

/// Leaves a table on the stack, as files of events are.
void push_file(lua_State* lua, const plugin::File& file);

}  // namespace omegate::worker
