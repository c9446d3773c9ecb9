#include "bridge/worker/json_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/utf8.hpp"

namespace omegate::worker {
namespace {

namespace json = boost::json;

constexpr char array_key = 0;  // its address names the marker in the registry
constexpr const char* neither = "a table for JSON is a list without gaps, or has names only";

void push_array(lua_State* lua, const json::array& array) {
  lua_createtable(lua, static_cast<int>(array.size()), 0);
  lua_Integer position = 0;
  for (const json::value& element : array) {
    if (element.is_null())
      lua_pushlightuserdata(lua, nullptr);
    else
      push_json(lua, element);
    lua_rawseti(lua, -2, ++position);
  }
  push_array_marker(lua);
  lua_setmetatable(lua, -2);
}

void push_object(lua_State* lua, const json::object& object) {
  lua_createtable(lua, 0, static_cast<int>(object.size()));
  for (const auto& [name, member] : object) {
    push(lua, name);
    push_json(lua, member);
    lua_rawset(lua, -3);
  }
}

bool is_marked_array(lua_State* lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  push_array_marker(lua);
  const bool marked = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return marked;
}

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* const text = lua_tolstring(lua, index, &size);
  return plugin::mend_utf8({text, size});
}

json::value table_to_json(lua_State* lua, int index, std::size_t depth);

json::value value_to_json(lua_State* lua, int index, std::size_t depth) {
  switch (lua_type(lua, index)) {
    case LUA_TNIL:
      return nullptr;
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, index) != 0;
    case LUA_TSTRING:
      return json::string(text_at(lua, index));
    case LUA_TNUMBER:
      if (lua_isinteger(lua, index)) return lua_tointeger(lua, index);
      if (!std::isfinite(lua_tonumber(lua, index)))
        throw std::runtime_error("JSON has no infinity and no NaN");
      return lua_tonumber(lua, index);
    case LUA_TTABLE:
      return table_to_json(lua, index, depth);
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(lua, index) == nullptr) return nullptr;
      break;
    default:
      break;
  }
  throw std::runtime_error(std::string("JSON cannot hold a ") + luaL_typename(lua, index));
}

lua_Integer count_entries(lua_State* lua, int index) {
  lua_Integer count = 0;
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) ++count;
  return count;
}

json::array array_to_json(lua_State* lua, int index, std::size_t depth) {
  json::array array;
  const auto size = static_cast<lua_Integer>(lua_rawlen(lua, index));
  if (count_entries(lua, index) != size) throw std::runtime_error(neither);
  for (lua_Integer position = 1; position <= size; ++position) {
    lua_rawgeti(lua, index, position);
    array.push_back(value_to_json(lua, lua_gettop(lua), depth));
    lua_pop(lua, 1);
  }
  return array;
}

json::object object_to_json(lua_State* lua, int index, std::size_t depth) {
  json::object object;
  lua_pushnil(lua);
  while (lua_next(lua, index) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING) throw std::runtime_error(neither);
    object[text_at(lua, -2)] = value_to_json(lua, lua_gettop(lua), depth);
    lua_pop(lua, 1);
  }
  return object;
}

json::value table_to_json(lua_State* lua, int index, std::size_t depth) {
  if (depth == plugin::max_json_depth) throw std::runtime_error("JSON nested too deeply, or in a cycle");
  luaL_checkstack(lua, 4, "JSON");
  if (is_marked_array(lua, index) || lua_rawlen(lua, index) > 0) return array_to_json(lua, index, depth + 1);
  return object_to_json(lua, index, depth + 1);
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = plugin::max_json_depth;
  error_code failure;
  json::value value = json::parse(text, failure, {}, options);
  if (failure) return failure;
  return value;
}

void push_json(lua_State* lua, const json::value& value) {
  luaL_checkstack(lua, 4, "JSON");
  switch (value.kind()) {
    case json::kind::null:
      return lua_pushnil(lua);
    case json::kind::bool_:
      return lua_pushboolean(lua, value.get_bool());
    case json::kind::int64:
      return lua_pushinteger(lua, value.get_int64());
    case json::kind::uint64:
      return lua_pushnumber(lua, static_cast<lua_Number>(value.get_uint64()));
    case json::kind::double_:
      return lua_pushnumber(lua, value.get_double());
    case json::kind::string:
      return push(lua, value.get_string());
    case json::kind::array:
      return push_array(lua, value.get_array());
    case json::kind::object:
      return push_object(lua, value.get_object());
  }
}

void push_array_marker(lua_State* lua) {
  if (lua_rawgetp(lua, LUA_REGISTRYINDEX, &array_key) == LUA_TTABLE) return;
  lua_pop(lua, 1);
  lua_newtable(lua);
  push(lua, "array");
  lua_setfield(lua, -2, "__name");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &array_key);
}

json::value to_json(lua_State* lua, int index) { return value_to_json(lua, lua_absindex(lua, index), 0); }

}  // namespace omegate::worker
