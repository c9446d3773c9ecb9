#include "bridge/worker/event_table.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/arguments.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/form.hpp"
#include "bridge/worker/json_value.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

namespace json = boost::json;

/// Leaves a table on the stack. Of two fields of one name the last counts.
void push_pairs(lua_State* lua, const Arguments& pairs) {
  lua_newtable(lua);
  for (const auto& [name, value] : pairs) {
    push(lua, name);
    push(lua, value);
    lua_rawset(lua, -3);
  }
}

void add_arguments(lua_State* lua, const json::object& payload, const std::string& usage) {
  const std::string_view rest = payload.at("args").as_string();
  const auto arguments = match_arguments(usage, rest);
  if (!arguments) raise_expected(lua, "Usage: " + usage);
  push(lua, rest);
  lua_setfield(lua, -2, "rest");
  push_pairs(lua, *arguments);
  lua_setfield(lua, -2, "args");
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool is_json(std::string_view type) { return type == "application/json" || type.ends_with("+json"); }

void add_body(lua_State* lua, const json::object& payload) {
  const std::string_view body = payload.at("body").as_string();
  const std::string header = lower(payload.at("content_type").as_string());
  const std::string_view type = std::string_view(header).substr(0, header.find_first_of("; "));
  if (is_json(type)) {
    if (const auto value = parse_json(body)) {
      push_json(lua, *value);
      lua_setfield(lua, -2, "json");
    }
  } else if (type == "application/x-www-form-urlencoded") {
    push_pairs(lua, parse_form(body));
    lua_setfield(lua, -2, "form");
  }
  push_pairs(lua, parse_form(payload.at("query").as_string()));
  lua_setfield(lua, -2, "query");
}

}  // namespace

void push_event(lua_State* lua, const plugin::Event& event, const std::string& usage) {
  const json::object payload = parse_json(event.payload).value().as_object();
  push_json(lua, payload);
  push(lua, event.id);
  lua_setfield(lua, -2, "id");
  push(lua, plugin::to_text(event.kind));
  lua_setfield(lua, -2, "kind");
  if (event.kind == plugin::EventKind::hook) return add_body(lua, payload);
  if (event.kind == plugin::EventKind::command) add_arguments(lua, payload, usage);
  add_event_methods(lua);
}

}  // namespace omegate::worker
