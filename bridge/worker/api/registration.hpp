// What the functions that register handlers have in common.
#pragma once

#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {

/// `what` is the function that was called. Throws `std::logic_error` when the plugin has been loaded already,
/// `std::length_error` when there are too many.
Registrations& open_registrations(Context& context, const char* what);

/// Keeps the function on top of the stack.
Reference keep_handler(lua_State* lua);

}  // namespace omegate::worker
