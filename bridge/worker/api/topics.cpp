#include <algorithm>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/worker/api/api.hpp"
#include "bridge/worker/api/registration.hpp"
#include "bridge/worker/context.hpp"
#include "bridge/worker/json_value.hpp"
#include "bridge/worker/lua.hpp"

namespace omegate::worker {
namespace {

std::string check_topic(lua_State* lua) {
  std::string topic(check_string(lua, 1));
  if (!plugin::is_topic(topic))
    luaL_argerror(lua, 1, "expected a topic: up to 64 lower-case letters, digits, '-', '_' and '.', a letter first");
  return topic;
}

// P.subscribe(topic, handler)
int subscribe(Context& context, lua_State* lua) {
  auto& topics = open_registrations(context, "P.subscribe").topics;
  std::string topic = check_topic(lua);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  if (std::ranges::find(topics, topic, &NamedHandler::name) != topics.end())
    luaL_argerror(lua, 1, "there is a handler of this topic already");
  lua_settop(lua, 2);
  topics.push_back({std::move(topic), keep_handler(lua)});
  return 0;
}

// P.publish(topic, [data])
int publish(Context& context, lua_State* lua) {
  Run& run = current_run(context, "P.publish");
  plugin::Publish news{check_topic(lua), "null"};
  if (!lua_isnoneornil(lua, 2)) news.data = boost::json::serialize(to_json(lua, 2));
  if (news.data.size() > plugin::max_topic_data) throw std::length_error("what is published has 64 KiB of JSON at most");
  stage(run, std::move(news));
  return 0;
}

}  // namespace

void add_topics(lua_State* lua) {
  constexpr luaL_Reg functions[] = {{"subscribe", entry<subscribe>}, {"publish", entry<publish>}, {nullptr, nullptr}};
  luaL_setfuncs(lua, functions, 0);
}

}  // namespace omegate::worker
