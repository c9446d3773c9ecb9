#include "bridge/worker/api/options.hpp"

#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::worker {

Options::Options(lua_State* lua, int argument, std::initializer_list<std::string_view> known)
    : lua_(lua), argument_(argument), present_(!lua_isnoneornil(lua, argument)) {
  if (!present_) return;
  luaL_checktype(lua, argument, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, argument) != 0; lua_pop(lua, 1)) {
    const bool is_name = lua_type(lua, -2) == LUA_TSTRING;
    if (is_name && std::ranges::find(known, lua_tostring(lua, -2)) != known.end()) continue;
    std::string names;
    for (const std::string_view one : known) names += (names.empty() ? "" : ", ") + std::string(one);
    throw std::runtime_error("unknown option '" + std::string(is_name ? lua_tostring(lua, -2) : luaL_typename(lua, -2)) + "'; there are " + names);
  }
}

std::optional<std::string> Options::text(const char* name) const {
  if (!present_) return std::nullopt;
  std::optional<std::string> text;
  const int type = lua_getfield(lua_, argument_, name);
  if (type == LUA_TSTRING)
    text = check_string(lua_, -1);
  else if (type != LUA_TNIL)
    luaL_error(lua_, "option '%s': expected a text, found a %s", name, lua_typename(lua_, type));
  lua_pop(lua_, 1);
  return text;
}

std::optional<plugin::TrustLevel> Options::min_trust() const {
  const auto name = text("min_trust");
  if (!name) return std::nullopt;
  const auto level = plugin::trust_level(*name);
  if (!level || *level == plugin::TrustLevel::revoked) {
    luaL_error(lua_, "option 'min_trust': expected undecided, tofu, trusted or verified, found '%s'",
               name->c_str());
  }
  return level;
}

void Options::add_to(plugin::Send& send) const {
  send.min_trust = min_trust();
  if (const auto name = text("priority")) {
    const auto priority = priority_named(*name);
    if (!priority) luaL_error(lua_, "option 'priority': expected low, normal or high, found '%s'", name->c_str());
    send.priority = *priority;
  }
  if (!present_) return;
  if (lua_getfield(lua_, argument_, "expires_in") != LUA_TNIL) {
    int is_whole = 0;
    const lua_Integer seconds = lua_tointegerx(lua_, -1, &is_whole);
    if (is_whole == 0 || seconds < 1 || seconds > plugin::max_message_life.count())
      luaL_error(lua_, "option 'expires_in': expected a whole number of seconds from 1 to %d, as P.period(\"1h\") has it",
                 static_cast<int>(plugin::max_message_life.count()));
    send.expires_in = std::chrono::seconds(seconds);
  }
  lua_pop(lua_, 1);
}

namespace {

std::string handle_of(lua_State* lua, int file) {
  std::string handle;
  if (lua_getfield(lua, file, "handle") == LUA_TSTRING) handle = check_string(lua, -1);
  lua_pop(lua, 1);
  return handle;
}

}  // namespace

std::vector<std::string> file_handles(lua_State* lua, int options) {
  std::vector<std::string> handles;
  if (lua_isnoneornil(lua, options) || lua_getfield(lua, options, "files") == LUA_TNIL) return handles;
  if (lua_type(lua, -1) != LUA_TTABLE) luaL_error(lua, "option 'files': expected a list of files");
  const int list = lua_gettop(lua);
  const lua_Integer count = luaL_len(lua, list);
  if (count > static_cast<lua_Integer>(plugin::max_files)) luaL_error(lua, "option 'files': 10 at most");
  for (lua_Integer i = 1; i <= count; ++i) {
    const int type = lua_geti(lua, list, i);
    std::string handle = type == LUA_TTABLE ? handle_of(lua, lua_gettop(lua))
                         : type == LUA_TSTRING ? std::string(check_string(lua, -1)) : std::string();
    if (handle.empty()) luaL_error(lua, "option 'files': expected files of an event, or their handles");
    handles.push_back(std::move(handle));
    lua_pop(lua, 1);
  }
  return handles;
}

bool flag(lua_State* lua, int table, const char* name) {
  lua_getfield(lua, table, name);
  const bool set = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return set;
}

}  // namespace omegate::worker
