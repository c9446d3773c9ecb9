#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

/// Pushes `values.a.b` for "a.b"; an all-digit step is a position in a list.
void push_value(lua_State* lua, int values, std::string_view name) {
  lua_pushvalue(lua, values);
  while (!name.empty()) {
    const std::string_view step = name.substr(0, name.find('.'));
    name.remove_prefix(std::min(step.size() + 1, name.size()));
    if (!lua_istable(lua, -1))
      lua_pushnil(lua);
    else {
      lua_Integer position = 0;
      const auto [end, code] = std::from_chars(step.data(), step.data() + step.size(), position);
      const bool is_position = code == std::errc() && end == step.data() + step.size();
      if (is_position)
        lua_pushinteger(lua, position);
      else
        push(lua, step);
      lua_rawget(lua, -2);
    }
    lua_remove(lua, -2);
  }
}

/// Outside of Lua's memory limit, so it has one of its own: what a handler may send at most.
void append(std::string& text, std::string_view more) {
  if (text.size() + more.size() > plugin::max_output_size)
    throw std::length_error("the text is larger than 1 MiB");
  text += more;
}

/// Text, number or boolean; anything else, and what is not there, is an empty text.
std::string text_of(lua_State* lua, int values, std::string_view name) {
  push_value(lua, values, name);
  std::string text;
  const int type = lua_type(lua, -1);
  if (type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN) {
    std::size_t size = 0;
    const char* const data = luaL_tolstring(lua, -1, &size);
    text.assign(data, size);
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return text;
}

// P.template("{name}: {alert.text}", {name=…, alert={text=…}}) → text; "{{" is a brace. What is filled in is
// not looked at again, so a value with braces is just text.
int fill(Context&, lua_State* lua) {
  std::string_view rest = check_string(lua, 1);
  luaL_checktype(lua, 2, LUA_TTABLE);
  std::string text;
  for (auto brace = rest.find('{'); brace != rest.npos; brace = rest.find('{')) {
    append(text, rest.substr(0, brace));
    rest.remove_prefix(brace + 1);
    const auto end = rest.find('}');
    if (rest.starts_with('{')) {
      text += '{';
      rest.remove_prefix(1);
    } else if (end == rest.npos) {
      luaL_error(lua, "a '{' in the template has no '}'; write '{{' for a brace");
    } else {
      append(text, text_of(lua, 2, rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
  }
  append(text, rest);
  push(lua, text);
  return 1;
}

}  // namespace

void add_template(lua_State* lua) {
  lua_pushcfunction(lua, entry<fill>);
  lua_setfield(lua, -2, "template");
}

}  // namespace omegate::worker
