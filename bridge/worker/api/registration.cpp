#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/expressions.hpp"
#include "bridge/worker/api/options.hpp"
#include "bridge/worker/api/registration.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {

Registrations& open_registrations(Context& context, const char* what) {
  if (!context.loading)
    throw std::logic_error(std::string(what) + " works while the plugin loads, not later");
  if (context.registrations.size() == plugin::max_registrations) {
    throw std::length_error("a plugin may register 256 handlers at most");
  }
  return context.registrations;
}

Reference keep_handler(lua_State* lua) { return luaL_ref(lua, LUA_REGISTRYINDEX); }

namespace {

/// The handler is the last argument; the options before it may be left out. Afterwards the options, or nil,
/// stand at `options` and the handler above them.
void settle_arguments(lua_State* lua, int options) {
  if (lua_gettop(lua) == options) {
    lua_pushnil(lua);
    lua_insert(lua, options);
  }
  luaL_checktype(lua, options + 1, LUA_TFUNCTION);
  lua_settop(lua, options + 1);
}

/// What may come in the clear is heard from trusted keys only, unless the plugin asks for less.
plugin::TrustLevel least_trust(plugin::EventKind kind) {
  const bool says_text = kind == plugin::EventKind::message || kind == plugin::EventKind::edit;
  return says_text ? plugin::TrustLevel::undecided : plugin::TrustLevel::tofu;
}

bool can_be_heard(plugin::EventKind kind) {
  return plugin::is_said(kind) || kind == plugin::EventKind::key || kind == plugin::EventKind::mail || kind == plugin::EventKind::mail_sent ||
         kind == plugin::EventKind::mail_failed || kind == plugin::EventKind::ran;
}

// P.on(kind, [{min_trust=, emoji=}], handler)
int on(Context& context, lua_State* lua) {
  auto& registrations = open_registrations(context, "P.on");
  const auto kind = plugin::event_kind(check_string(lua, 1));
  if (!kind || !can_be_heard(*kind)) {
    return luaL_argerror(
        lua, 1,
        "expected 'message', 'edit', 'retract', 'reaction', 'marker', 'typing', 'key', 'mail', 'mail_sent', 'mail_failed' or 'ran'");
  }
  settle_arguments(lua, 2);
  const Options options(lua, 2, {"min_trust", "emoji"});
  const auto emoji = options.text("emoji").value_or("");
  if (!emoji.empty() && *kind != plugin::EventKind::reaction)
    return luaL_error(lua, "option 'emoji' is for reactions");
  auto min_trust = options.min_trust();
  if (min_trust && *kind == plugin::EventKind::mail) return luaL_error(lua, "a mail has no key: option 'min_trust' is not for it");
  if (plugin::is_said(*kind) && !min_trust) min_trust = least_trust(*kind);
  registrations.listeners.push_back({*kind, std::nullopt, min_trust, keep_handler(lua), emoji});
  return 0;
}

// P.hear(pattern or expression, [{min_trust=}], handler)
int hear(Context& context, lua_State* lua) {
  auto& registrations = open_registrations(context, "P.hear");
  auto expression = expression_at(lua, 1);
  std::optional<std::string> pattern;
  if (!expression) pattern = check_string(lua, 1);
  settle_arguments(lua, 2);
  const auto min_trust = Options(lua, 2, {"min_trust"}).min_trust();
  registrations.listeners.push_back({plugin::EventKind::message, pattern,
                                     min_trust.value_or(plugin::TrustLevel::undecided), keep_handler(lua), {}, std::move(expression)});
  return 0;
}

// register_command("name <argument> [<optional>]", help, [{min_trust=, role=}], handler, [cooldown in seconds], [approvals:
// need, of, within in seconds]): without a help text it is an alias
int command(Context& context, lua_State* lua) {
  auto& registrations = open_registrations(context, "P.command");
  const std::string usage(check_string(lua, 1));
  const std::string help(check_string(lua, 2));
  const std::chrono::seconds cooldown(luaL_optinteger(lua, 5, 0));
  plugin::Approvals approvals;
  if (lua_gettop(lua) >= 6 && !lua_isnil(lua, 6))
    approvals = {static_cast<unsigned>(luaL_checkinteger(lua, 6)), std::string(check_string(lua, 7)),
                 std::chrono::seconds(luaL_checkinteger(lua, 8))};
  lua_settop(lua, 4);
  const Options options(lua, 3, {"min_trust", "role"});
  const auto min_trust = options.min_trust();
  const std::string name = usage.substr(0, usage.find(' '));
  if (!plugin::is_command_name(name))
    return luaL_error(lua, "P.command: expected a name first, like 'deploy <service>', found '%s'", name.c_str());
  for (const auto& other : registrations.commands) {
    if (other.command.name == name) return luaL_error(lua, "P.command: there is a command '%s' already", name.c_str());
  }
  registrations.commands.push_back(
      {{name, usage, help, min_trust.value_or(plugin::TrustLevel::undecided), options.text("role").value_or(""), cooldown, approvals},
       keep_handler(lua)});
  return 0;
}

std::string secret_of(lua_State* lua, const std::string& auth, const std::vector<std::string>& known) {
  constexpr std::string_view scheme = "bearer:";
  if (!auth.starts_with(scheme))
    luaL_error(lua, "option 'auth': expected 'bearer:' and the name of a secret");
  const std::string name = auth.substr(scheme.size());
  if (std::ranges::find(known, name) != known.end()) return name;
  std::string names;
  for (const auto& one : known) names += " " + one;
  luaL_error(lua, "option 'auth': no secret is called '%s'; there are:%s", name.c_str(),
             names.empty() ? " none" : names.c_str());
  return {};
}

// P.hook("/path", {auth="bearer:secret"}, handler)
int hook(Context& context, lua_State* lua) {
  auto& registrations = open_registrations(context, "P.hook");
  const std::string path(check_string(lua, 1));
  luaL_argcheck(lua, path.starts_with('/'), 1, "expected a path like '/alerts'");
  settle_arguments(lua, 2);
  const auto auth = Options(lua, 2, {"auth"}).text("auth");
  if (!auth) return luaL_error(lua, "P.hook needs an option 'auth', like {auth = \"bearer:my_secret\"}");
  for (const auto& other : registrations.hooks) {
    if (other.hook.path == path) return luaL_argerror(lua, 1, "there is a hook of this path already");
  }
  registrations.hooks.push_back(
      {{path, secret_of(lua, *auth, context.load.secrets), {"POST"}}, keep_handler(lua)});
  return 0;
}

/// The option `passing`: names of lists in the body.
std::vector<std::string> passing_of(lua_State* lua, int options) {
  std::vector<std::string> names;
  if (!lua_istable(lua, options) || lua_getfield(lua, options, "passing") == LUA_TNIL) return names;
  if (!lua_istable(lua, -1)) luaL_error(lua, "option 'passing': expected a list of names");
  const int list = lua_gettop(lua);
  const lua_Integer count = luaL_len(lua, list);
  if (count > static_cast<lua_Integer>(plugin::max_endpoint_passing))
    luaL_error(lua, "option 'passing': %d names at most", static_cast<int>(plugin::max_endpoint_passing));
  for (lua_Integer i = 1; i <= count; ++i) {
    if (lua_geti(lua, list, i) != LUA_TSTRING) luaL_error(lua, "option 'passing': expected a list of names");
    names.emplace_back(check_string(lua, -1));
    lua_pop(lua, 1);
  }
  return names;
}

unsigned status_of(lua_State* lua, int options) {
  unsigned status = 200;
  if (lua_istable(lua, options) && lua_getfield(lua, options, "status") != LUA_TNIL)
    status = static_cast<unsigned>(luaL_checkinteger(lua, -1));
  return status;
}

// P.http("PUT /service/in/{id}", {auth=, once=, each=, id=, order=, passing=, status=, answer=}, [handler])
int http(Context& context, lua_State* lua) {
  auto& registrations = open_registrations(context, "P.http");
  const std::string words(check_string(lua, 1));
  const auto blank = words.find(' ');
  luaL_argcheck(lua, blank != words.npos && blank > 0, 1, "expected a method and a path, like 'PUT /service/in/{id}'");
  plugin::Hook hook{words.substr(blank + 1), {}, {words.substr(0, blank)}};
  if (auto why = plugin::fault_of_endpoint(hook.path)) return luaL_argerror(lua, 1, why->c_str());
  for (const auto& other : registrations.hooks) {
    if (other.hook.path == hook.path) return luaL_argerror(lua, 1, "there is an endpoint of this path already");
  }
  lua_settop(lua, 3);
  const Options options(lua, 2, {"auth", "once", "each", "id", "order", "passing", "status", "answer"});
  const auto auth = options.text("auth");
  if (!auth) return luaL_error(lua, "P.http needs an option 'auth', like {auth = \"bearer:my_secret\"}");
  hook.secret = secret_of(lua, *auth, context.load.secrets);
  plugin::Endpoint endpoint{status_of(lua, 2), options.text("answer").value_or("{}"), !lua_isnil(lua, 3)};
  endpoint.once = options.text("once").value_or("");
  endpoint.each = options.text("each").value_or("");
  endpoint.id = options.text("id").value_or("");
  endpoint.order = options.text("order").value_or("");
  endpoint.passing = passing_of(lua, 2);
  if (endpoint.each.empty() && !(endpoint.id + endpoint.order).empty()) return luaL_error(lua, "options 'id' and 'order' are for items: 'each'");
  if (endpoint.each.empty() && !endpoint.passing.empty()) return luaL_error(lua, "option 'passing' is for items: 'each'");
  if (!endpoint.once.empty() && hook.path.find("{" + endpoint.once + "}") == hook.path.npos)
    return luaL_error(lua, "option 'once': the path has no part {%s}", endpoint.once.c_str());
  lua_settop(lua, 3);
  if (endpoint.heard) luaL_checktype(lua, 3, LUA_TFUNCTION);
  const Reference function = endpoint.heard ? keep_handler(lua) : LUA_NOREF;
  hook.endpoint = std::move(endpoint);
  registrations.hooks.push_back({std::move(hook), function});
  return 0;
}

// P.help() → one line per command of this plugin
int help(Context& context, lua_State* lua) {
  std::string text;
  for (const auto& [command, function] : context.registrations.commands) {
    if (command.help.empty()) continue;
    text += (text.empty() ? "" : "\n") + command.usage + " – " + command.help;
  }
  push(lua, text);
  return 1;
}

}  // namespace

void add_registering(lua_State* lua) {
  lua_pushcfunction(lua, entry<command>);
  lua_setfield(lua, -2, "register_command");
}

void add_registration(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"on", entry<on>},     {"hear", entry<hear>},
                                    {"hook", entry<hook>}, {"http", entry<http>}, {"help", entry<help>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

}  // namespace omegate::worker
