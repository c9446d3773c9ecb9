#include "bridge/core/plugin/topic.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;
using testing::Optional;

TEST(Topic, HasAName) {
  EXPECT_TRUE(is_topic("orders.new-1_a"));
  for (const char* const name : {"", "Orders", "1a", ".a", "a b", "a/b", "ä"}) EXPECT_FALSE(is_topic(name)) << name;
  EXPECT_TRUE(is_topic(std::string(max_topic_name, 'a')));
  EXPECT_FALSE(is_topic(std::string(max_topic_name + 1, 'a')));
}

TEST(Topic, ComesAsItWasPublished) {
  const TopicEvent event{"orders", R"({"what":"tea","n":[1,null]})", "seller", 3, omegate::from_ms(77)};
  const auto came = parse_topic_event(payload(event)).value();
  EXPECT_EQ(came.topic, event.topic);
  EXPECT_EQ(came.data, event.data);
  EXPECT_EQ(came.publisher, event.publisher);
  EXPECT_EQ(came.hops, 3);
  EXPECT_EQ(came.time, event.time);
  EXPECT_FALSE(parse_topic_event("{}").has_value());
}

// What is as deep as it may be must still fit into the frames around it, or it would be everybody's poison.
TEST(Topic, TheDeepestDataStillReachesAWorker) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  std::size_t deepest = 0;
  while (is_topic_data(nested(deepest + 1))) ++deepest;
  EXPECT_GT(deepest, 20u);
  const Event event{"1", EventKind::topic, payload(TopicEvent{"orders", nested(deepest), "seller", 1, {}})};
  const std::string frame = encode(ToWorker(event)).value();
  const auto came = parse_to_worker(frame.substr(4));
  ASSERT_TRUE(came.has_value());
  EXPECT_EQ(parse_topic_event(std::get<Event>(*came).payload).value().data, nested(deepest));
}

Installed installed() {
  Installed installed;
  installed.manifest.grants.publish = {"orders"};
  installed.manifest.grants.subscribe = {"stock"};
  installed.accounts = {"bot"};
  return installed;
}

TEST(Topic, IsPublishedOnlyIfTheManifestSaysSo) {
  const auto refusal_of = [](Publish news) {
    std::vector<Effect> effects{std::move(news)};
    return settle(effects, installed(), {});
  };
  EXPECT_EQ(refusal_of({"orders", "{}"}), std::nullopt);
  EXPECT_THAT(refusal_of({"stock", "{}"}), Optional(HasSubstr("does not grant publishing \"stock\": publish")));
  EXPECT_THAT(refusal_of({"orders", "{"}), Optional(HasSubstr("no JSON")));
}

TEST(Topic, IsHeardOnlyIfTheManifestSaysSo) {
  Ready ready;
  ready.topics = {"stock"};
  EXPECT_EQ(refusal(ready, installed()), std::nullopt);
  ready.topics = {"orders"};
  EXPECT_THAT(refusal(ready, installed()), Optional(HasSubstr("does not grant subscribing to \"orders\": subscribe")));
}

}  // namespace
