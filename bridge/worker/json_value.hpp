// JSON in Lua.
//
// Objects are tables; a null member is absent. Arrays are tables with the metatable of `P.json.array`, so
// that an empty one stays an array; a null element is `P.json.null`.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {

/// Within `max_json_depth`. The error is Boost.JSON's.
Result<boost::json::value> parse_json(std::string_view text);

/// Raises Lua errors: out of memory.
void push_json(lua_State* lua, const boost::json::value& value);

/// Pushes the metatable that marks arrays.
void push_array_marker(lua_State* lua);

/// The value at `index`. Throws `std::runtime_error`: a function, a table with mixed keys, nesting (or a
/// cycle) beyond `max_json_depth`, more than 8 MiB, a number that
/// JSON does not have.
boost::json::value to_json(lua_State* lua, int index);

}  // namespace omegate::worker
