#include <algorithm>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/registration.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

std::string check_name(lua_State* lua, int argument) {
  std::string name(check_string(lua, argument));
  if (name.empty() || name.size() > plugin::max_timer_name)
    luaL_argerror(lua, argument, "expected a name of up to 256 bytes");
  return name;
}

std::string check_state(lua_State* lua, int argument) {
  std::string state(check_string(lua, argument));
  if (state.size() > plugin::max_timer_state)
    luaL_argerror(lua, argument, "a state has 16 KiB of JSON at most");
  return state;
}

void expect_handler(lua_State* lua, const std::vector<NamedHandler>& handlers, const std::string& name,
                    const char* registers) {
  if (std::ranges::find(handlers, name, &NamedHandler::name) != handlers.end()) return;
  luaL_error(lua, "there is no %s(\"%s\", …)", registers, name.c_str());
}

void add_handler(lua_State* lua, std::vector<NamedHandler>& handlers) {
  std::string name = check_name(lua, 1);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  if (std::ranges::find(handlers, name, &NamedHandler::name) != handlers.end())
    luaL_argerror(lua, 1, "there is a handler of this name already");
  lua_settop(lua, 2);
  handlers.push_back({std::move(name), keep_handler(lua)});
}

// P.on_timer(name, handler)
int on_timer(Context& context, lua_State* lua) {
  add_handler(lua, open_registrations(context, "P.on_timer").timers);
  return 0;
}

// P.on_answer(name, handler)
int on_answer(Context& context, lua_State* lua) {
  add_handler(lua, open_registrations(context, "P.on_answer").answers);
  return 0;
}

// add_schedule(name, seconds or cron, zone, handler)
int add_schedule(Context& context, lua_State* lua) {
  auto& schedules = open_registrations(context, "P.every and P.cron").schedules;
  plugin::Schedule schedule{check_name(lua, 1), {}, {}, {}};
  if (lua_isinteger(lua, 2) != 0)
    schedule.every = std::chrono::seconds(lua_tointeger(lua, 2));
  else
    schedule.cron = check_string(lua, 2);
  schedule.zone = luaL_optstring(lua, 3, "");
  luaL_checktype(lua, 4, LUA_TFUNCTION);
  if (schedule.cron.empty() && (schedule.every.count() < 1 || schedule.every > plugin::max_period))
    return luaL_error(lua, "P.every: expected a period from 1 second to a year");
  if (!schedule.cron.empty() && !plugin::Cron::parse(schedule.cron))
    return luaL_error(lua, "P.cron: expected minute, hour, day, month and weekday, like '0 9 * * 1-5', found '%s'", schedule.cron.c_str());
  const bool is_taken = std::ranges::any_of(
      schedules, [&](const ScheduleHandler& other) { return other.schedule.name == schedule.name; });
  if (is_taken)
    return luaL_error(lua, "there is a schedule '%s' already; give this one a name: { name = … }",
                      schedule.name.c_str());
  lua_settop(lua, 4);
  schedules.push_back({std::move(schedule), keep_handler(lua)});
  return 0;
}

// set_timer(name, milliseconds since 1970, JSON, [id]) → id
int set_timer(Context& context, lua_State* lua) {
  Run& run = current_run(context, "a timer");
  plugin::SetTimer timer{{}, check_name(lua, 1), from_ms(luaL_checkinteger(lua, 2)), check_state(lua, 3)};
  expect_handler(lua, context.registrations.timers, timer.name, "P.on_timer");
  if (to_ms(timer.due) < 0 || to_ms(timer.due) > plugin::latest_timer_ms)
    return luaL_error(lua, "a timer is set for a time from 1970 to 9999, in milliseconds");
  timer.id = lua_isnoneornil(lua, 4) ? run.id + "/" + std::to_string(run.effects.size()) : check_name(lua, 4);
  push(lua, timer.id);
  stage(run, std::move(timer));
  return 1;
}

// P.cancel(id)
int cancel(Context& context, lua_State* lua) {
  stage(current_run(context, "P.cancel"), plugin::CancelTimer{check_name(lua, 1)});
  return 0;
}

// ask(name, JSON, seconds, [trust], [to], [account]): without `to` whoever sent the event
int ask(Context& context, lua_State* lua) {
  Run& run = current_run(context, "asking");
  plugin::Ask question{check_name(lua, 1), check_state(lua, 2),
                       std::chrono::seconds(luaL_checkinteger(lua, 3))};
  expect_handler(lua, context.registrations.answers, question.name, "P.on_answer");
  if (question.patience.count() < 1 || question.patience > plugin::max_patience)
    return luaL_error(lua, "timeout: expected a period from 1 second to 30 days");
  if (!lua_isnoneornil(lua, 4)) {
    const auto level = plugin::trust_level(check_string(lua, 4));
    if (!level) return luaL_error(lua, "option 'min_trust': expected undecided, tofu, trusted or verified");
    question.min_trust = *level;
  }
  if (!lua_isnoneornil(lua, 5)) question.to = check_string(lua, 5);
  if (!lua_isnoneornil(lua, 6)) question.account = check_string(lua, 6);
  if (question.to.empty() && run.origin.from.empty())
    throw std::runtime_error("nobody sent this event, so there is nobody to ask; P.ask says whom");
  stage(run, std::move(question));
  return 0;
}

// zone(milliseconds, name, local) → milliseconds in UTC and the offset in seconds, or nil
int zone(Context& context, lua_State* lua) {
  current_run(context, "P.time");
  const plugin::ZoneAsk question{std::string(check_string(lua, 2)), luaL_checkinteger(lua, 1),
                                 lua_toboolean(lua, 3) != 0};
  if (question.time_ms < -plugin::latest_timer_ms || question.time_ms > plugin::latest_timer_ms)
    return luaL_error(lua, "a time is given in milliseconds since 1970, up to the year 9999");
  if (question.zone == "UTC") {
    lua_pushinteger(lua, question.time_ms);
    lua_pushinteger(lua, 0);
    return 2;
  }
  const auto time = ask_gateway<plugin::ZoneTime>(context, question);
  if (!time.known) return 0;
  lua_pushinteger(lua, time.time_ms);
  lua_pushinteger(lua, time.offset);
  return 2;
}

}  // namespace

void add_handlers_by_name(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"on_timer", entry<on_timer>},
                                    {"on_answer", entry<on_answer>},
                                    {"cancel", entry<cancel>},
                                    {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

void add_timing(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"add_schedule", entry<add_schedule>},
                                    {"set_timer", entry<set_timer>},
                                    {"ask", entry<ask>},
                                    {"zone", entry<zone>},
                                    {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

}  // namespace omegate::worker
