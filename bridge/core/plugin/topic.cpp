#include "bridge/core/plugin/topic.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace omegate::plugin {

namespace json = boost::json;

namespace {

json::value parse_data(std::string_view text, error_code& broken) {
  json::parse_options options;
  options.max_depth = max_json_depth - 2;  // it travels inside of others
  return json::parse(text, broken, {}, options);
}

}  // namespace

std::string payload(const TopicEvent& event) {
  error_code broken;
  json::value data = parse_data(event.data, broken);
  return json::serialize(json::object{
      {"topic", json_text(event.topic)},
      {"data", broken ? json::value(nullptr) : std::move(data)},  // it was JSON when it was published
      {"publisher", json_text(event.publisher)},
      {"hops", event.hops},
      {"time_ms", to_ms(event.time)},
  });
}

Result<TopicEvent> parse_topic_event(std::string_view payload) {
  const auto object = parse_object(payload);
  if (!object) return object.error();
  Members members(*object);
  TopicEvent event{members.text("topic"), {}, members.text("publisher"), static_cast<int>(members.integer("hops")),
                   from_ms(members.integer("time_ms"))};
  const json::value* const data = object->if_contains("data");
  if (data == nullptr) members.fail(Error::missing_member);
  if (members.error()) return members.error();
  event.data = json::serialize(*data);
  return event;
}

bool is_topic_data(std::string_view text) {
  error_code broken;
  parse_data(text, broken);
  return !broken && text.size() <= max_topic_data;
}

bool is_topic(std::string_view name) {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return !name.empty() && name.size() <= max_topic_name && name[0] >= 'a' && name[0] <= 'z' &&
         name.find_first_not_of(characters) == name.npos;
}

}  // namespace omegate::plugin
