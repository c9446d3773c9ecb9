#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/options.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr char methods_key = 0;  // its address names the methods of events in the registry

void stage_message(Run& run, plugin::Send send) {
  if (send.text.empty() && send.files.empty()) throw std::runtime_error("there is no text to send");
  stage(run, std::move(send));
}

/// By which the plugin can speak of what it stages next.
std::string next_handle(const Run& run) { return run.id + ":" + std::to_string(run.effects.size()); }

std::string field(lua_State* lua, int table, const char* name) {
  std::string text;
  if (lua_getfield(lua, table, name) == LUA_TSTRING) text = check_string(lua, -1);
  lua_pop(lua, 1);
  return text;
}

/// A message as plugins name it: what P.send returned, an event, what an event is about, {to=, name=}.
plugin::Target check_target(const Run& run, lua_State* lua, int argument) {
  plugin::Target target;
  if (lua_type(lua, argument) == LUA_TSTRING) {
    target.handle = check_string(lua, argument);
    return target;
  }
  luaL_checktype(lua, argument, LUA_TTABLE);
  target.handle = field(lua, argument, "handle");
  if (!target.handle.empty()) return target;
  target.account = field(lua, argument, "account");
  target.to = field(lua, argument, "to");
  target.name = field(lua, argument, "name");
  if (!target.name.empty() && !target.to.empty()) return target;
  target.name.clear();
  target.id = field(lua, argument, "message_id");
  if (!target.id.empty() && !target.to.empty()) return target.own = flag(lua, argument, "own"), target;  // {to=, message_id=, own=}
  target.to = field(lua, argument, "room");
  if (target.to.empty()) target.to = field(lua, argument, "from");
  if (target.id.empty()) {
    target = {{}, run.origin.account, run.origin.from, {}, field(lua, argument, "id"), flag(lua, argument, "own")};
  }
  if (target.id.empty() || target.to.empty())
    luaL_argerror(lua, argument, "expected a message: what P.send returned, an event, or {to = …, name = …}");
  return target;
}

/// The option `answers`: the message that this one answers, wherever it was said.
void add_answered(const Run& run, lua_State* lua, int options, plugin::Send& send) {
  if (lua_isnoneornil(lua, options)) return;
  if (lua_getfield(lua, options, "answers") != LUA_TNIL) {
    const int answered = lua_gettop(lua);
    send.answers = check_target(run, lua, answered);
    if (lua_type(lua, answered) == LUA_TTABLE) send.quote = field(lua, answered, "text");
  }
  lua_pop(lua, 1);
}

// P.send(to, text, {account=, min_trust=, priority=, expires_in=, name=, update=, files=, answers=}) → handle
int send(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.send");
  const std::string_view to = check_string(lua, 1);
  const std::string_view text = check_string(lua, 2);
  const Options options(lua, 3, {"account", "min_trust", "priority", "expires_in", "name", "update", "files", "answers"});
  plugin::Send message{options.text("account").value_or(""), std::string(to), std::string(text), {}};
  options.add_to(message);
  message.name = options.text("name").value_or("");
  if (message.name.size() > plugin::max_message_name) throw std::length_error("option 'name': at most 256 bytes");
  message.update = !lua_isnoneornil(lua, 3) && flag(lua, 3, "update");
  if (message.update && message.name.empty()) return luaL_error(lua, "option 'update' needs a name");
  message.files = file_handles(lua, 3);
  add_answered(run, lua, 3, message);
  const std::string handle = next_handle(run);
  stage_message(run, std::move(message));
  push(lua, handle);
  return 1;
}

int send_to_sender(Context& context, lua_State* lua, const char* what, bool as_reply) {
  Run& run = current_run(context, what);
  const std::string_view text = check_string(lua, 2);
  const Options options(lua, 3, {"min_trust", "priority", "expires_in", "files"});
  if (run.origin.from.empty())
    throw std::runtime_error("nobody sent this event, so there is nobody to reply to");
  plugin::Send message{run.origin.account, run.origin.from, std::string(text), {}};
  options.add_to(message);
  message.files = file_handles(lua, 3);
  if (as_reply) {
    message.answers = check_target(run, lua, 1);
    message.quote = field(lua, 1, "text");
  }
  const std::string handle = next_handle(run);
  stage_message(run, std::move(message));
  push(lua, handle);
  return 1;
}

// ev:reply(text, {min_trust=, priority=, expires_in=}) → handle
int answer(Context& context, lua_State* lua) { return send_to_sender(context, lua, "ev:reply", false); }

// P.reply(ev, text, {min_trust=, priority=, expires_in=}) → handle
int reply(Context& context, lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  return send_to_sender(context, lua, "P.reply", true);
}

// P.edit(message, text)
int edit(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.edit");
  plugin::Change change{plugin::Change::Kind::edit, check_target(run, lua, 1), std::string(check_string(lua, 2))};
  if (change.text.empty()) throw std::runtime_error("there is no new text; P.retract takes a message back");
  stage(run, std::move(change));
  return 0;
}

// P.retract(message)
int retract(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.retract");
  stage(run, plugin::Change{plugin::Change::Kind::retract, check_target(run, lua, 1)});
  return 0;
}

// P.react(message, emoji, …): all of them; none takes back what was there
int react(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.react");
  plugin::Change change{plugin::Change::Kind::react, check_target(run, lua, 1)};
  for (int i = 2; i <= lua_gettop(lua); ++i) change.reactions.emplace_back(check_string(lua, i));
  if (lua_type(lua, 1) == LUA_TTABLE) change.quote = field(lua, 1, "text");
  stage(run, std::move(change));
  return 0;
}

// P.typing(to, on, {account=})
int typing(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.typing");
  const std::string_view to = check_string(lua, 1);
  luaL_checktype(lua, 2, LUA_TBOOLEAN);
  const Options options(lua, 3, {"account"});
  stage(run, plugin::Typing{options.text("account").value_or(""), std::string(to), lua_toboolean(lua, 2) != 0});
  return 0;
}

// P.displayed(message)
int displayed(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.displayed");
  stage(run, plugin::Displayed{check_target(run, lua, 1)});
  return 0;
}

/// The room's number names one message, whatever id its writer chose, and chose again.
plugin::Target check_target_in_room(const Run& run, lua_State* lua, int argument) {
  const std::string number = lua_type(lua, argument) == LUA_TTABLE ? field(lua, argument, "stanza_id") : std::string();
  if (number.empty()) return check_target(run, lua, argument);
  plugin::Target target;
  target.account = field(lua, argument, "account");
  target.to = field(lua, argument, "to");
  if (target.to.empty()) target.to = field(lua, argument, "room");
  target.stanza_id = number;
  if (target.to.empty()) luaL_argerror(lua, argument, "expected a message of a room: an event, or {to = …, stanza_id = …}");
  return target;
}

// P.moderate(message, reason)
int moderate(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.moderate");
  plugin::Moderate wanted{check_target_in_room(run, lua, 1)};
  if (!lua_isnoneornil(lua, 2)) wanted.reason = check_string(lua, 2);
  if (wanted.reason.size() > plugin::max_moderation_reason) throw std::length_error("the reason: at most " + std::to_string(plugin::max_moderation_reason) + " bytes");
  stage(run, std::move(wanted));
  return 0;
}

// P.file_text(file) → text, or nil and the reason
int file_text(Context& context, lua_State* lua) {
  current_run(context, "P.file_text");
  const std::string handle = lua_type(lua, 1) == LUA_TTABLE ? field(lua, 1, "handle") : std::string(check_string(lua, 1));
  if (handle.empty()) return luaL_argerror(lua, 1, "expected a file of an event, or its handle");
  const auto found = ask_gateway<plugin::FileText>(context, plugin::FileAsk{handle});
  if (found.text) return push(lua, *found.text), 1;
  lua_pushnil(lua);
  push(lua, found.reason);
  return 2;
}

}  // namespace

void add_sending(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"send", entry<send>},       {"reply", entry<reply>}, {"edit", entry<edit>},
                                    {"retract", entry<retract>}, {"react", entry<react>}, {"file_text", entry<file_text>},
                                    {"typing", entry<typing>},   {"displayed", entry<displayed>},
                                    {"moderate", entry<moderate>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

void push_event_methods(lua_State* lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &methods_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  constexpr luaL_Reg methods[] = {{"reply", entry<answer>}, {nullptr, nullptr}};
  luaL_newlib(lua, methods);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &methods_key);
}

void add_event_methods(lua_State* lua) {
  lua_newtable(lua);
  push_event_methods(lua);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
}

}  // namespace omegate::worker
