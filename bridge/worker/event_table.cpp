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

/// The first word of a short answer, without its punctuation.
std::string only_word(std::string_view text) {
  constexpr std::string_view around = " \t\r\n.!,";
  const auto first = text.find_first_not_of(around);
  if (first == text.npos) return {};
  text = text.substr(first, text.find_last_not_of(around) - first + 1);
  return text.find(' ') == text.npos ? lower(text) : std::string();
}

/// What an answer says, as far as it is a word for yes or no.
void add_meaning(lua_State* lua, const json::object& payload) {
  constexpr std::string_view yes[] = {"yes", "y", "ok", "okay", "sure", "ja", "j", "oui", "si"};
  constexpr std::string_view no[] = {"no", "n", "cancel", "stop", "nein", "non"};
  const json::value* const text = payload.if_contains("text");
  const std::string word = text != nullptr ? only_word(text->as_string()) : std::string();
  const std::string_view outcome = payload.at("outcome").as_string();
  const std::pair<const char*, bool> flags[] = {
      {"yes", std::ranges::find(yes, word) != std::end(yes)},
      {"no", std::ranges::find(no, word) != std::end(no)},
      {"timeout", outcome == "timeout"},
      {"lost", outcome == "lost"},
  };
  for (const auto& [name, value] : flags) {
    lua_pushboolean(lua, value ? 1 : 0);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace

void push_event(lua_State* lua, const plugin::Event& event, const json::value& parsed, const std::string& usage) {
  const json::object& payload = parsed.as_object();
  push_json(lua, parsed);
  push(lua, event.id);
  lua_setfield(lua, -2, "id");
  push(lua, plugin::to_text(event.kind));
  lua_setfield(lua, -2, "kind");
  if (event.kind == plugin::EventKind::mail || event.kind == plugin::EventKind::topic) return;  // nobody to reply to
  if (event.kind == plugin::EventKind::hook) return add_body(lua, payload);
  if (event.kind == plugin::EventKind::command) add_arguments(lua, payload, usage);
  if (event.kind == plugin::EventKind::answer) add_meaning(lua, payload);
  add_event_methods(lua);
}

}  // namespace omegate::worker
