#include <algorithm>
#include <set>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

using Kept = Run::Kept;

std::string check_key(lua_State* lua, int argument) {
  std::string key(check_string(lua, argument));
  if (key.size() > plugin::max_kv_key)
    throw std::length_error("a key has 512 bytes at most, its space included");
  return key;
}

/// Asked once per event: what a handler sees does not change under its hands.
const Kept& look_up(Context& context, const std::string& key) {
  Run& run = current_run(context, "reading");
  const auto known = run.kept.find(key);
  if (known != run.kept.end()) return known->second;
  const auto found = ask_gateway<plugin::KvValue>(context, plugin::KvGet{key});
  return run.kept[key] = {found.version, found.value};
}

// kv_use(): this plugin keeps values
int use(Context& context, lua_State*) {
  if (!context.loading) throw std::logic_error("P.kv works while the plugin loads, not later");
  context.kv = true;
  return 0;
}

// kv_get(key) → JSON text or nil
int get(Context& context, lua_State* lua) {
  const Kept& kept = look_up(context, check_key(lua, 1));
  if (!kept.value) return 0;
  push(lua, *kept.value);
  return 1;
}

// kv_put(key, JSON text, [seconds])
int put(Context& context, lua_State* lua) {
  Run& run = current_run(context, "keeping");
  plugin::KvPut effect{check_key(lua, 1), std::string(check_string(lua, 2))};
  if (effect.value.size() > plugin::max_kv_value)
    throw std::length_error("a value has 64 KiB of JSON at most");
  if (!lua_isnoneornil(lua, 3)) {
    const lua_Integer seconds = luaL_checkinteger(lua, 3);
    if (seconds < 1 || seconds > plugin::max_kv_life.count())
      throw std::out_of_range("expires_in: expected a period from 1 second to 10 years");
    effect.expires_in = std::chrono::seconds(seconds);
  }
  run.kept[effect.key].value = effect.value;
  stage(run, std::move(effect));
  return 0;
}

// kv_delete(key)
int erase(Context& context, lua_State* lua) {
  Run& run = current_run(context, "keeping");
  plugin::KvDelete effect{check_key(lua, 1)};
  run.kept[effect.key].value.reset();
  stage(run, std::move(effect));
  return 0;
}

/// One page as the gateway has it, with what this handler changed: keys up to the page's end.
std::set<std::string> merged(const Run& run, const plugin::KvKeys& wanted, const plugin::KvPage& page) {
  std::set<std::string> keys(page.keys.begin(), page.keys.end());
  for (const auto& [key, kept] : run.kept) {
    const bool in_page =
        key.starts_with(wanted.prefix) && key > wanted.after && (!page.more || key <= page.keys.back());
    if (!in_page) continue;
    if (kept.value)
      keys.insert(key);
    else
      keys.erase(key);
  }
  return keys;
}

// kv_keys(prefix, after, limit) → list, and whether there are more
int keys(Context& context, lua_State* lua) {
  const Run& run = current_run(context, "reading");
  plugin::KvKeys wanted{check_key(lua, 1), check_key(lua, 2), 0};
  const auto limit = static_cast<std::size_t>(
      std::clamp<lua_Integer>(luaL_checkinteger(lua, 3), 1, static_cast<lua_Integer>(plugin::max_kv_page)));
  wanted.limit = limit;
  std::set<std::string> found;
  bool more = true;
  while (more && found.size() < limit) {
    const auto page = ask_gateway<plugin::KvPage>(context, wanted);
    found.merge(merged(run, wanted, page));
    more = page.more && !page.keys.empty();
    if (more) wanted.after = page.keys.back();
  }
  lua_newtable(lua);
  std::size_t position = 0;
  for (const auto& key : found) {
    if (position == limit) break;
    push(lua, key);
    lua_rawseti(lua, -2, static_cast<lua_Integer>(++position));
  }
  lua_pushboolean(lua, more || found.size() > limit);
  return 2;
}

}  // namespace

void add_keeping(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"kv_use", entry<use>},   {"kv_get", entry<get>},
                                    {"kv_put", entry<put>},   {"kv_delete", entry<erase>},
                                    {"kv_keys", entry<keys>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

}  // namespace omegate::worker
