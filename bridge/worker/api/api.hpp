// The object `P`: everything a plugin can reach. One file here per group of functions.
//
// The page for authors is plugins/README.md; change both together.
#pragma once

struct lua_State;

namespace omegate::worker {

struct Context;

// Each adds its functions to the table on top of the stack. They raise Lua errors.
void add_registration(lua_State* lua);  // P.on, P.hear, P.hook, P.http, P.help
void add_sending(lua_State* lua);       // P.send, P.typing …
void add_avatars(lua_State* lua);       // P.avatar
void add_mailing(lua_State* lua);       // P.mail
void add_running(lua_State* lua);       // P.run
void add_failing(lua_State* lua);       // P.fail
void add_json(lua_State* lua);          // P.json
void add_logging(lua_State* lua);       // P.log
void add_template(lua_State* lua);      // P.template
void add_time(lua_State* lua);          // P.now_ms
void add_handlers_by_name(lua_State* lua);  // P.on_timer, P.on_answer, P.cancel
void add_text(lua_State* lua);          // P.html_to_text
void add_hashing(lua_State* lua);       // P.hash, P.base64, P.hex
void add_topics(lua_State* lua);        // P.publish, P.subscribe
void add_library(lua_State* lua);       // what is written in Lua: P.command, P.kv, P.period, P.time, P.every, P.fetch, P.re, P.metrics …

/// What the part in Lua builds upon and plugins do not see: register_command; kv_…; set_timer, ask and others.
void add_registering(lua_State* lua);
void add_keeping(lua_State* lua);
void add_timing(lua_State* lua);
void add_fetching(lua_State* lua);
void add_retrying(lua_State* lua);
void add_expressions(lua_State* lua);
void add_counting(lua_State* lua);

/// `require "name"`, a global as everywhere in Lua: the plugin's own file name.lua, run once and given `P`.
void add_require(lua_State* lua);

/// Pushes `P` for this plugin: the functions, and P.name, P.cfg, P.accounts. A member that is not there is an
/// error.
void push_capabilities(lua_State* lua, Context& context);

/// Pushes `P.programs`: what the operator lets it have run.
void push_programs(lua_State* lua, const Context& context);

/// Gives the event on top of the stack its methods: ev:reply, ev:ask.
void add_event_methods(lua_State* lua);

/// Pushes the table of these methods, for the part in Lua to add its own.
void push_event_methods(lua_State* lua);

}  // namespace omegate::worker
