#include "bridge/worker/api/expressions.hpp"

#include <stdexcept>

#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/limits.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

using Held = std::shared_ptr<const Expression>;

constexpr char expression_key = 0;  // its address names their metatable in the registry

const Held* held_at(lua_State* lua, int argument) {
  if (lua_type(lua, argument) != LUA_TUSERDATA || lua_getmetatable(lua, argument) == 0) return nullptr;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &expression_key);
  const bool ours = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return ours ? static_cast<const Held*>(lua_touserdata(lua, argument)) : nullptr;
}

Held check_expression(lua_State* lua, int argument) {
  Held held = expression_at(lua, argument);
  if (!held) throw std::invalid_argument("expected what P.re returned, before the ':'");
  return held;
}

/// Those that nobody can reach any more are collected before anybody is told that there are too many.
void expect_room(lua_State* lua) {
  if (Expression::alive() >= max_expressions) lua_gc(lua, LUA_GCCOLLECT, 0);
  if (Expression::alive() >= max_expressions)
    throw std::length_error("there are 64 regular expressions already: make each once, while the plugin loads");
}

// re_compile(pattern, ignore_case, literal) → expression
int compile(Context&, lua_State* lua) {
  const std::string_view pattern = check_string(lua, 1);
  expect_room(lua);
  auto* const held = new (lua_newuserdatauv(lua, sizeof(Held), 0)) Held();
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &expression_key);
  lua_setmetatable(lua, -2);
  *held = std::make_shared<const Expression>(
      pattern, Expression::Options{lua_toboolean(lua, 2) != 0, lua_toboolean(lua, 3) != 0});
  return 1;
}

// re_find(expression, text, from) → first, last, match; or nothing. Places count from 1.
int find(Context&, lua_State* lua) {
  const Held expression = check_expression(lua, 1);
  const std::string_view text = check_string(lua, 2);
  const lua_Integer from = luaL_checkinteger(lua, 3);
  if (from < 1) throw std::out_of_range("a place in a text counts from 1");
  const auto found = expression->find(text, static_cast<std::size_t>(from - 1));
  if (found.empty()) return 0;
  const std::string_view whole = found.front().value_or(std::string_view());
  const auto first = static_cast<lua_Integer>(whole.data() - text.data());
  lua_pushinteger(lua, first + 1);
  lua_pushinteger(lua, first + static_cast<lua_Integer>(whole.size()));
  push_match(lua, *expression, found);
  return 3;
}

int text_of(lua_State* lua) {
  const Held* const held = held_at(lua, 1);
  push(lua, held != nullptr && *held ? "P.re: " + (*held)->pattern() : std::string("P.re"));
  return 1;
}

int destroy(lua_State* lua) {
  std::destroy_at(static_cast<Held*>(lua_touserdata(lua, 1)));
  return 0;
}

}  // namespace

Held expression_at(lua_State* lua, int argument) {
  const Held* const held = held_at(lua, argument);
  return held != nullptr ? *held : nullptr;
}

void push_match(lua_State* lua, const Expression& expression, const std::vector<Expression::Group>& found) {
  lua_createtable(lua, static_cast<int>(found.size()), 1);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!found[i]) continue;
    push(lua, *found[i]);
    lua_rawseti(lua, -2, static_cast<lua_Integer>(i));
    if (i == 0 || expression.names()[i - 1].empty()) continue;
    push(lua, expression.names()[i - 1]);
    push(lua, *found[i]);
    lua_rawset(lua, -3);
  }
}

/// Besides the functions the table of the methods, which the part in Lua fills.
void add_expressions(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"re_compile", entry<compile>}, {"re_find", entry<find>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
  constexpr luaL_Reg meta[] = {{"__tostring", text_of}, {"__gc", destroy}, {nullptr, nullptr}};
  luaL_newlib(lua, meta);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");  // out of the plugin's reach: `destroy` trusts its argument
  lua_newtable(lua);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, "__index");
  lua_setfield(lua, -3, "re_methods");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &expression_key);
}

}  // namespace omegate::worker
