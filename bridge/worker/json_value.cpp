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

lua_Integer count_entries(lua_State* lua, int index) {
  lua_Integer count = 0;
  for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) ++count;
  return count;
}

/// Outside of Lua's memory limit, where one text may stand a thousand times for the price of one; so it
/// counts.
class Encoder {
 public:
  explicit Encoder(lua_State* lua) : lua_(lua) {}

  json::value value(int index, std::size_t depth) {
    spend(1);
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        return nullptr;
      case LUA_TBOOLEAN:
        return lua_toboolean(lua_, index) != 0;
      case LUA_TSTRING:
        return json::string(text(index));
      case LUA_TNUMBER:
        return number(index);
      case LUA_TTABLE:
        return table(index, depth);
      case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(lua_, index) == nullptr) return nullptr;
        break;
      default:
        break;
    }
    throw std::runtime_error(std::string("JSON cannot hold a ") + luaL_typename(lua_, index));
  }

 private:
  void spend(std::size_t bytes) {
    constexpr std::size_t of_a_value = 16;
    spent_ += bytes + of_a_value;
    if (spent_ > plugin::max_frame_size) throw std::length_error("the JSON is larger than 8 MiB");
  }

  std::string text(int index) {
    std::size_t size = 0;
    const char* const text = lua_tolstring(lua_, index, &size);
    spend(size);
    return plugin::mend_utf8({text, size});
  }

  json::value number(int index) {
    if (lua_isinteger(lua_, index)) return lua_tointeger(lua_, index);
    if (!std::isfinite(lua_tonumber(lua_, index)))
      throw std::runtime_error("JSON has no infinity and no NaN");
    return lua_tonumber(lua_, index);
  }

  json::value table(int index, std::size_t depth) {
    if (depth == plugin::max_json_depth) throw std::runtime_error("JSON nested too deeply, or in a cycle");
    luaL_checkstack(lua_, 4, "JSON");
    if (is_marked_array(lua_, index) || lua_rawlen(lua_, index) > 0) return array(index, depth + 1);
    return object(index, depth + 1);
  }

  json::array array(int index, std::size_t depth) {
    json::array array;
    const auto size = static_cast<lua_Integer>(lua_rawlen(lua_, index));
    if (count_entries(lua_, index) != size) throw std::runtime_error(neither);
    for (lua_Integer position = 1; position <= size; ++position) {
      if (lua_rawgeti(lua_, index, position) == LUA_TNIL) throw std::runtime_error(neither);  // a gap, made up for by a name
      array.push_back(value(lua_gettop(lua_), depth));
      lua_pop(lua_, 1);
    }
    return array;
  }

  json::object object(int index, std::size_t depth) {
    json::object object;
    lua_pushnil(lua_);
    while (lua_next(lua_, index) != 0) {
      if (lua_type(lua_, -2) != LUA_TSTRING) throw std::runtime_error(neither);
      object[text(-2)] = value(lua_gettop(lua_), depth);
      lua_pop(lua_, 1);
    }
    return object;
  }

  lua_State* lua_;
  std::size_t spent_ = 0;  // bytes
};

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

json::value to_json(lua_State* lua, int index) { return Encoder(lua).value(lua_absindex(lua, index), 0); }

}  // namespace omegate::worker
