#include "bridge/gateway/plugins/timer_data.hpp"

#include <boost/json.hpp>

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::optional<json::object> parse(ByteView data) {
  boost::system::error_code broken;
  json::value value = json::parse(as_text(data), broken);
  if (broken || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string text(const json::object& object, std::string_view name) {
  const json::value* const found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

Bytes encode(const TimerData& data) {
  return to_bytes(json::serialize(json::object{{"name", data.name},
                                               {"state", data.state},
                                               {"account", data.account},
                                               {"from", data.from},
                                               {"min_trust", plugin::to_text(data.min_trust)}}));
}

std::optional<TimerData> parse_timer(ByteView data) {
  const auto object = parse(data);
  if (!object) return std::nullopt;
  return TimerData{text(*object, "name"), text(*object, "state"), text(*object, "account"),
                   text(*object, "from"),
                   plugin::trust_level(text(*object, "min_trust")).value_or(plugin::TrustLevel::verified)};
}

Bytes encode(const plugin::Schedule& schedule) {
  return to_bytes(json::serialize(json::object{{"name", schedule.name},
                                               {"every", schedule.every.count()},
                                               {"cron", schedule.cron},
                                               {"zone", schedule.zone}}));
}

std::optional<plugin::Schedule> parse_schedule(ByteView data) {
  const auto object = parse(data);
  if (!object) return std::nullopt;
  plugin::Schedule schedule{text(*object, "name"), {}, text(*object, "cron"), text(*object, "zone")};
  if (const auto* const every = object->if_contains("every"); every != nullptr && every->is_int64())
    schedule.every = std::chrono::seconds(every->get_int64());
  return schedule;
}

}  // namespace omegate::gateway
