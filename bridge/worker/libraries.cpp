#include "bridge/worker/libraries.hpp"

#include <string_view>

#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

constexpr luaL_Reg libraries[] = {
    {LUA_GNAME, luaopen_base},       {LUA_COLIBNAME, luaopen_coroutine}, {LUA_STRLIBNAME, luaopen_string},
    {LUA_TABLIBNAME, luaopen_table}, {LUA_MATHLIBNAME, luaopen_math},    {LUA_UTF8LIBNAME, luaopen_utf8},
};

// Finalizers run with hooks off (lgc.c, GCTM): one that loops would take the whole worker with it. A
// metatable that gets its `__gc` later has no effect, so `setmetatable` is the place to refuse it.
constexpr std::string_view prelude = R"(
  local set = setmetatable

  function setmetatable(object, meta)
    if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("__gc is not allowed", 2) end
    return set(object, meta)
  end

  getmetatable("").__metatable = false

  set(_G, {
    __metatable = false,
    __index = function(_, name) error("undefined variable '" .. tostring(name) .. "'", 2) end,
    __newindex = function(_, name)
      name = tostring(name)
      error("undefined variable '" .. name .. "': write 'local " .. name .. "' where it begins", 2)
    end,
  })
)";

void forget(lua_State* lua, const char* library, std::string_view name) {
  lua_getglobal(lua, library);
  push(lua, name);
  lua_pushnil(lua);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
}

void keep(lua_State* lua, const char* name, const void* key) {
  lua_getglobal(lua, LUA_STRLIBNAME);
  lua_getfield(lua, -1, name);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, key);
  lua_pop(lua, 1);
}

}  // namespace

void open_libraries(lua_State* lua) {
  for (const auto& [name, open] : libraries) {
    luaL_requiref(lua, name, open, 1);
    lua_pop(lua, 1);
  }
  for (const char* name : {"dofile", "loadfile", "load", "print", "collectgarbage", "warn"})
    forget(lua, "_G", name);
  forget(lua, "string", "dump");
  keep(lua, "format", &format_key);
  keep(lua, "match", &match_key);
  if (luaL_loadbufferx(lua, prelude.data(), prelude.size(), "=prelude", "t") != LUA_OK) lua_error(lua);
  lua_call(lua, 0, 0);
}

}  // namespace omegate::worker
