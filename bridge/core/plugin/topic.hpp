// What plugins tell one another: a topic that both declare in their manifests, and data.
//
// Not here: who may (grants.hpp), who hears of it (gateway/plugins/plugin_effects).
#pragma once

#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::plugin {

/// An event of the kind `topic`.
struct TopicEvent {
  std::string topic;
  std::string data = "null";  // JSON
  std::string publisher;      // the plugin that published it
  int hops = 1;               // how many publications led here, this one included
  WallTime time{};
};

std::string payload(const TopicEvent& event);

/// Takes a stored one apart again. Errors: `frame_not_json`, `missing_member`, `wrong_member`.
Result<TopicEvent> parse_topic_event(std::string_view payload);

/// Lower-case letters, digits, '-', '_' and '.', a letter first, at most `max_topic_name`.
bool is_topic(std::string_view name);

/// JSON of up to `max_topic_data`, less deep than `max_json_depth` by the two that it travels in.
bool is_topic_data(std::string_view text);

}  // namespace omegate::plugin
