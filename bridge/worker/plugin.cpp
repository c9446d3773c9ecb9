#include "bridge/worker/plugin.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/expressions.hpp"
#include "bridge/worker/event_table.hpp"
#include "bridge/worker/expression.hpp"
#include "bridge/worker/json_value.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr const char* first_file = "init.lua";

std::string member(const ParsedEvent& event, std::string_view name) { return std::string(event.payload.at(name).as_string()); }

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const data = luaL_tolstring(lua, index, &size);
  std::string text(data, size);
  lua_pop(lua, 1);
  return text;
}

bool was_added(const ParsedEvent& event, std::string_view emoji) {
  const auto* const added = event.payload.as_object().if_contains("added");
  return added != nullptr &&
         std::ranges::any_of(added->as_array(), [&](const auto& one) { return one.as_string() == emoji; });
}

int push_main_chunk(lua_State* lua, Context& context) {
  const auto source = context.load.sources.find(first_file);
  if (source == context.load.sources.end()) luaL_error(lua, "the plugin has no file %s", first_file);
  add_require(lua);
  const std::string& text = source->second;
  if (luaL_loadbufferx(lua, text.data(), text.size(), "@init.lua", "t") != LUA_OK) lua_error(lua);
  push_capabilities(lua, context);
  return 1;
}

Run run_for(const ParsedEvent& event) {
  return {event.raw.id, plugin::origin(event.raw).value(), event.payload.at("time_ms").to_number<std::int64_t>(), {}, 0, {}};
}

}  // namespace

Plugin::Plugin(plugin::Load load, LogSink log, Limits limits, Caller call)
    : context_{.load = std::move(load), .log = std::move(log), .call = {}, .registrations = {}},
      interpreter_(context_, context_.load.sources, limits) {
  if (!call) return;
  context_.call = [this, call = std::move(call)](const plugin::ToGateway& question) { return ask(call, question); };
}

/// What the network takes is not the plugin's time, nor that the first answer waits until all before the event is stored.
plugin::ToWorker Plugin::ask(const Caller& call, const plugin::ToGateway& question) {
  const bool is_first = context_.run && !std::exchange(context_.run->has_asked, true);
  const auto before = std::chrono::steady_clock::now();
  plugin::ToWorker answer = call(question);
  if (is_first || std::holds_alternative<plugin::Fetch>(question)) interpreter_.allow(std::chrono::steady_clock::now() - before);
  return answer;
}

std::variant<plugin::Ready, plugin::LoadFailed> Plugin::load() {
  interpreter_.begin();
  const auto failure = interpreter_.run([this](lua_State* lua) { return push_main_chunk(lua, context_); });
  context_.loading = false;
  if (failure) return plugin::LoadFailed{failure->error, failure->traceback};
  return registered();
}

plugin::Ready Plugin::registered() const {
  const auto& [commands, hooks, listeners, timers, answers, topics, schedules] = context_.registrations;
  plugin::Ready ready;
  for (const auto& [command, function] : commands) ready.commands.push_back(command);
  for (const auto& [hook, function] : hooks) ready.hooks.push_back(hook);
  for (const Listener& listener : listeners) {
    if (std::ranges::find(ready.subscriptions, listener.kind) == ready.subscriptions.end()) {
      ready.subscriptions.push_back(listener.kind);
    }
  }
  ready.kv = context_.kv;
  ready.metrics = context_.metrics;
  for (const auto& [topic, function] : topics) ready.topics.push_back(topic);
  for (const auto& [schedule, function] : schedules) ready.schedules.push_back(schedule);
  return ready;
}

std::variant<plugin::Done, plugin::Failed> Plugin::handle(const plugin::Event& event) {
  interpreter_.begin();
  context_.log_lines = 0;
  const ParsedEvent parsed{event, parse_json(event.payload).value()};
  context_.run = run_for(parsed);
  auto failure = dispatch(parsed);
  const Run run = *std::exchange(context_.run, std::nullopt);
  if (failure) return plugin::Failed{event.id, failure->error, failure->traceback, failure->expected, failure->again_in};
  plugin::Done done{event.id, run.effects};
  for (const auto& [key, kept] : run.kept) {
    if (!kept.version.empty()) done.reads.push_back({key, kept.version});
  }
  done.samples = run.samples;
  return done;
}

std::optional<Failure> Plugin::dispatch(const ParsedEvent& event) {
  switch (event.raw.kind) {
    case plugin::EventKind::command:
      return run_command(event);
    case plugin::EventKind::hook:
      return run_hook(event);
    case plugin::EventKind::timer:
      return run_timer(event);
    case plugin::EventKind::answer:
      return run_named(context_.registrations.answers, member(event, "name"), event, "answers");
    case plugin::EventKind::topic:
      return run_named(context_.registrations.topics, member(event, "topic"), event, "topics");
    case plugin::EventKind::message:
    case plugin::EventKind::key:
    case plugin::EventKind::edit:
    case plugin::EventKind::retract:
    case plugin::EventKind::reaction:
    case plugin::EventKind::marker:
    case plugin::EventKind::typing:
    case plugin::EventKind::mail:
    case plugin::EventKind::mail_sent:
    case plugin::EventKind::mail_failed:
    case plugin::EventKind::ran:
      return run_listeners(event);
  }
  return std::nullopt;
}

std::optional<Failure> Plugin::run_command(const ParsedEvent& event) {
  const std::string name = member(event, "name");
  for (const auto& [command, function] : context_.registrations.commands) {
    if (command.name == name) return run(function, event, command.usage);
  }
  return Failure{"the plugin has no command '" + name + "'", {}};
}

std::optional<Failure> Plugin::run_hook(const ParsedEvent& event) {
  const std::string path = member(event, "path");
  for (const auto& [hook, function] : context_.registrations.hooks) {
    if (hook.path == path) return run(function, event);
  }
  return Failure{"the plugin has no hook '" + path + "'", {}};
}

std::optional<Failure> Plugin::run_timer(const ParsedEvent& event) {
  if (!event.payload.at("schedule").as_bool())
    return run_named(context_.registrations.timers, member(event, "name"), event, "timers");
  const std::string name = member(event, "name");
  for (const auto& [schedule, function] : context_.registrations.schedules) {
    if (schedule.name == name) return run(function, event);
  }
  return Failure{"the plugin has no schedule '" + name + "'", {}};
}

std::optional<Failure> Plugin::run_named(const std::vector<NamedHandler>& handlers, const std::string& name,
                                         const ParsedEvent& event, const char* what) {
  for (const auto& [registered, function] : handlers) {
    if (registered == name) return run(function, event);
  }
  return Failure{"the plugin has no handler '" + name + "' for " + what, {}};
}

/// Each `P.on`, and the first `P.hear` whose pattern fits.
std::optional<Failure> Plugin::run_listeners(const ParsedEvent& event) {
  const bool has_trust = plugin::is_said(event.raw.kind) || event.raw.kind == plugin::EventKind::key;
  const auto trust = has_trust ? plugin::trust_level(member(event, "trust")).value_or(plugin::TrustLevel::revoked)
                               : plugin::TrustLevel::revoked;
  bool heard = false;
  for (const Listener& listener : context_.registrations.listeners) {
    if (listener.kind != event.raw.kind) continue;
    if (listener.min_trust && !plugin::reaches(trust, *listener.min_trust)) continue;
    const bool is_choosy = listener.pattern || listener.expression;
    if (is_choosy && heard) continue;
    if (!listener.emoji.empty() && !was_added(event, listener.emoji)) continue;
    auto failure = is_choosy ? hear(listener, event, heard) : run(listener.function, event);
    if (failure) return failure;
  }
  return std::nullopt;
}

namespace {

/// Its groups, or the whole, as Lua's patterns have them; and all of them in `ev.match`.
int push_found(lua_State* lua, const Expression& expression, const std::vector<Expression::Group>& found) {
  push_match(lua, expression, found);
  lua_setfield(lua, -2, "match");
  const std::size_t first = found.size() > 1 ? 1 : 0;
  luaL_checkstack(lua, static_cast<int>(found.size()), "groups");
  for (std::size_t i = first; i < found.size(); ++i) {
    if (found[i])
      push(lua, *found[i]);
    else
      lua_pushnil(lua);
  }
  return static_cast<int>(found.size() - first);
}

}  // namespace

std::optional<Failure> Plugin::hear_expression(const Listener& listener, const ParsedEvent& event, bool& heard) {
  const std::string text = member(event, "text");
  if (text.size() > max_expression_text) return std::nullopt;
  const auto found = listener.expression->find(text, 0);
  heard = !found.empty();
  if (!heard) return std::nullopt;
  const auto call = [&](lua_State* lua) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, listener.function);
    push_event(lua, event.raw, event.payload);
    return 1 + push_found(lua, *listener.expression, found);
  };
  return interpreter_.run(call, [&](lua_State* lua, int count) {  // `false`: not for me after all
    heard = count == 0 || !lua_isboolean(lua, -count) || lua_toboolean(lua, -count) != 0;
  });
}

std::optional<Failure> Plugin::hear(const Listener& listener, const ParsedEvent& event, bool& heard) {
  if (listener.expression) return hear_expression(listener, event, heard);
  std::vector<std::string> captures;
  const auto match = [&](lua_State* lua) {
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &match_key);
    push(lua, member(event, "text"));
    push(lua, *listener.pattern);
    return 2;
  };
  const auto take = [&](lua_State* lua, int count) {
    heard = !lua_isnil(lua, -count);
    for (int i = count; heard && i > 0; --i) captures.push_back(text_at(lua, -i));
  };
  if (auto failure = interpreter_.run(match, take)) {
    failure->error = "in the pattern '" + *listener.pattern + "': " + failure->error;
    return failure;
  }
  if (!heard) return std::nullopt;
  const auto call = [&](lua_State* lua) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, listener.function);
    push_event(lua, event.raw, event.payload);
    luaL_checkstack(lua, static_cast<int>(captures.size()), "captures");
    for (const auto& capture : captures) push(lua, capture);
    return static_cast<int>(1 + captures.size());
  };
  return interpreter_.run(call, [&](lua_State* lua, int count) {  // `false`: not for me after all
    heard = count == 0 || !lua_isboolean(lua, -count) || lua_toboolean(lua, -count) != 0;
  });
}

std::optional<Failure> Plugin::run(Reference function, const ParsedEvent& event, const std::string& usage) {
  return interpreter_.run([&](lua_State* lua) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
    push_event(lua, event.raw, event.payload, usage);
    return 1;
  });
}

}  // namespace omegate::worker
