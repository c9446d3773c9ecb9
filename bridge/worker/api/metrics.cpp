#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/registration.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

/// The list at `index`, read by `read`, which sees each item on top of the stack. Nothing at `index`: none.
template <class Read>
void each_item(lua_State* lua, int index, Read read) {
  if (lua_isnoneornil(lua, index)) return;
  luaL_checktype(lua, index, LUA_TTABLE);
  const auto count = static_cast<lua_Integer>(lua_rawlen(lua, index));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(lua, index, i);
    read();
    lua_pop(lua, 1);
  }
}

void refuse(const std::optional<std::string>& why) {
  if (why) throw std::invalid_argument(*why);
}

// metric_declare(type, name, help, labels, buckets) → its number
int declare(Context& context, lua_State* lua) {
  if (!context.loading) throw std::logic_error("metrics are declared while the plugin loads, not later");
  plugin::Metric metric{std::string(check_string(lua, 2)), plugin::metric_type(check_string(lua, 1)).value(),
                        std::string(check_string(lua, 3))};
  each_item(lua, 4, [&] { metric.labels.emplace_back(check_string(lua, -1)); });
  each_item(lua, 5, [&] { metric.buckets.push_back(luaL_checknumber(lua, -1)); });
  context.metrics.push_back(std::move(metric));
  if (const auto why = plugin::fault_of(context.metrics)) {
    context.metrics.pop_back();
    refuse(why);
  }
  lua_pushinteger(lua, static_cast<lua_Integer>(context.metrics.size()));
  return 1;
}

/// The values of `names` out of the table at `index`; another name in it is an error.
std::vector<std::string> label_values(lua_State* lua, int index, const std::vector<std::string>& names) {
  std::vector<std::string> values(names.size());
  std::size_t given = 0;
  if (!lua_isnoneornil(lua, index)) {
    luaL_checktype(lua, index, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
      const bool is_text = lua_type(lua, -2) == LUA_TSTRING;
      const auto name = is_text ? std::ranges::find(names, check_string(lua, -2)) : names.end();
      if (name == names.end()) throw std::invalid_argument("a label that was not declared");
      std::size_t size = 0;
      const char* const text = luaL_tolstring(lua, -1, &size);
      values[static_cast<std::size_t>(name - names.begin())].assign(text, size);
      lua_pop(lua, 1);
      ++given;
    }
  }
  if (given != names.size()) throw std::invalid_argument("a value for each label is needed");
  return values;
}

// metric_count(number, value, labels, set)
int count(Context& context, lua_State* lua) {
  Run& run = current_run(context, "counting");
  const auto number = static_cast<std::size_t>(luaL_checkinteger(lua, 1) - 1);
  const plugin::Metric& metric = context.metrics.at(number);
  plugin::Sample sample{metric.name, label_values(lua, 3, metric.labels), luaL_checknumber(lua, 2), lua_toboolean(lua, 4) != 0};
  refuse(plugin::fault_of(sample, {metric}));
  if (run.samples.size() == plugin::max_samples) throw std::length_error("one handler may count 1000 times at most");
  run.samples.push_back(std::move(sample));
  return 0;
}

}  // namespace

void add_counting(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"metric_declare", entry<declare>}, {"metric_count", entry<count>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

}  // namespace omegate::worker
