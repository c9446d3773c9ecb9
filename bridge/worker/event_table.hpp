// An event as its handler sees it: a Lua table.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "bridge/core/plugin/event.hpp"

struct lua_State;

namespace omegate::worker {

/// Pushes the members of `payload`, which is the event's, parsed; besides
/// - command: `rest` (the text after the name) and `args` (by the names in `usage`),
/// - hook: `json` or `form` when the content type says so and the body keeps it, and `query` as a table,
/// - answer: `yes`, `no`, `timeout` and `lost`,
/// - all but hooks, mails and topics: the methods `reply` and `ask`.
/// Raises Lua errors; a command that lacks an argument is an expected failure which shows `usage`.
void push_event(lua_State* lua, const plugin::Event& event, const boost::json::value& payload, const std::string& usage = {});

}  // namespace omegate::worker
