#include <stdexcept>

#include "bridge/core/plugin/fetch.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/file_table.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

plugin::FetchHeaders check_headers(lua_State* lua, int argument) {
  luaL_checktype(lua, argument, LUA_TTABLE);
  plugin::FetchHeaders headers;
  for (lua_pushnil(lua); lua_next(lua, argument) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING || lua_isstring(lua, -1) == 0)
      throw std::invalid_argument("headers: expected texts by their names");
    lua_pushvalue(lua, -1);  // a number becomes a text here, and not under the feet of lua_next
    headers.emplace_back(check_string(lua, -3), check_string(lua, -1));
    lua_pop(lua, 1);
  }
  return headers;
}

template <class Number>
Number check_number(lua_State* lua, int argument, const char* what, lua_Integer least, lua_Integer most) {
  const lua_Integer number = luaL_checkinteger(lua, argument);
  if (number < least || number > most)
    throw std::out_of_range(std::string(what) + ": expected a number from " + std::to_string(least) + " to " +
                            std::to_string(most) + ", found " + std::to_string(number));
  return static_cast<Number>(number);
}

/// Names in lower case; of several headers of one name the values are joined, as HTTP allows.
void push_headers(lua_State* lua, const plugin::FetchHeaders& headers) {
  lua_createtable(lua, 0, static_cast<int>(headers.size()));
  for (const auto& [name, value] : headers) {
    push(lua, name);
    push(lua, name);
    lua_rawget(lua, -3);
    const std::string before = lua_isnil(lua, -1) ? std::string() : std::string(check_string(lua, -1)) + ", ";
    lua_pop(lua, 1);
    push(lua, before + value);
    lua_rawset(lua, -3);
  }
}

std::string optional_text(lua_State* lua, int argument) {
  return lua_isnoneornil(lua, argument) ? std::string() : std::string(check_string(lua, argument));
}

// fetch(host, method, path, headers, body, [milliseconds], [retries], [bytes], [handle], [name, media type])
//   → status, headers, body, error or nil, file or nil, final
int fetch(Context& context, lua_State* lua) {
  current_run(context, "P.fetch");
  plugin::Fetch asked{std::string(check_string(lua, 1)), std::string(check_string(lua, 2)),
                      std::string(check_string(lua, 3)), check_headers(lua, 4), std::string(check_string(lua, 5))};
  if (asked.body.size() > plugin::max_fetch_size) throw std::length_error("the body has 1 MiB at most");
  if (!lua_isnoneornil(lua, 6))
    asked.timeout = std::chrono::milliseconds(
        check_number<std::int64_t>(lua, 6, "timeout in milliseconds", 1, plugin::max_fetch_limit.count()));
  if (!lua_isnoneornil(lua, 7)) asked.retries = check_number<int>(lua, 7, "retries", 0, plugin::max_fetch_retries);
  asked.body_file = optional_text(lua, 9);
  if (!lua_isnoneornil(lua, 10)) {
    asked.save_as = plugin::SaveAs{std::string(check_string(lua, 10)), optional_text(lua, 11)};
    asked.max_size = plugin::max_fetch_file;
  }
  if (!lua_isnoneornil(lua, 8))
    asked.max_size = check_number<std::size_t>(lua, 8, "max_size", 0, static_cast<lua_Integer>(asked.max_size));
  if (const auto fault = plugin::fault_of_path(asked.path)) throw std::invalid_argument(*fault);
  const auto fetched = ask_gateway<plugin::Fetched>(context, asked);
  if (fetched.refused) throw std::runtime_error(fetched.error);
  lua_pushinteger(lua, fetched.status);
  push_headers(lua, fetched.headers);
  push(lua, fetched.body);
  fetched.error.empty() ? lua_pushnil(lua) : push(lua, fetched.error);
  fetched.file ? push_file(lua, *fetched.file) : lua_pushnil(lua);
  lua_pushboolean(lua, fetched.final ? 1 : 0);
  return 6;
}

}  // namespace

void add_fetching(lua_State* lua) {
  lua_pushcfunction(lua, entry<fetch>);
  lua_setfield(lua, -2, "fetch");
}

}  // namespace omegate::worker
