// What one request to a plugin's endpoint holds besides its named items: what is of now.
#include "bridge/gateway/http/endpoint_items.hpp"

#include <gmock/gmock.h>

namespace omegate::gateway {
namespace {

using testing::ElementsAre;

plugin::Hook transactions() {
  plugin::Endpoint endpoint;
  endpoint.each = "events";
  endpoint.id = "id";
  endpoint.order = "room";
  endpoint.passing = {"ephemeral", "old.ephemeral"};
  return {"/in/{txn}", "door", {"PUT"}, endpoint};
}

std::vector<std::string> seen(const std::string& body) {
  plugin::HookRequest request;
  request.body = body;
  std::vector<std::string> shown;
  for (const EndpointItem& item : endpoint_items(transactions(), request).items)
    shown.push_back((item.passing ? "passing " : "kept ") + item.id + "|" + item.conversation + "|" + item.event.body);
  return shown;
}

TEST(EndpointItems, WhatIsOfNowNeedsNoNameAndWaitsBehindNobody) {
  EXPECT_THAT(seen(R"({"events": [{"id":"1","room":"a"}], "ephemeral": [{"room":"a","x":1}]})"),
              ElementsAre(R"(kept 1|/in/{txn} a|{"id":"1","room":"a"})", R"(passing |/in/{txn} passing a|{"room":"a","x":1})"));
}

TEST(EndpointItems, TogetherAreNotMuchLargerThanTheRequest) {
  std::string kept, now;
  for (int i = 0; i < 100; ++i) {
    kept += std::string(i == 0 ? "" : ",") + R"({"id":")" + std::to_string(i) + R"(","room":"a","text":")" + std::string(500, 'x') + "\"}";
    now += std::string(i == 0 ? "" : ",") + R"({"room":"a","text":")" + std::string(500, 'x') + "\"}";
  }
  plugin::HookRequest request;
  request.body = R"({"events": [)" + kept + R"(], "ephemeral": [)" + now + "]}";
  request.query = "a=b";
  request.headers = {{"x-name", "value"}};
  request.params = {{"txn", "1"}};
  const EndpointItems found = endpoint_items(transactions(), request);
  ASSERT_EQ(found.items.size(), 200u);
  std::size_t bytes = 0;
  for (const EndpointItem& item : found.items) {
    bytes += item.event.body.capacity();
    EXPECT_EQ(item.event.query, request.query);
    EXPECT_EQ(item.event.headers, request.headers);
    EXPECT_EQ(item.event.params, request.params);
  }
  EXPECT_LE(bytes, 2 * request.body.size());
}

TEST(EndpointItems, OfTheListsOfWhatIsOfNowTheFirstThatIsThereCounts) {
  EXPECT_THAT(seen(R"({"events": [], "old.ephemeral": [{"room":"b"}], "ephemeral": [{"room":"a"}]})"),
              ElementsAre(R"(passing |/in/{txn} passing a|{"room":"a"})"));
  EXPECT_THAT(seen(R"({"events": [], "old.ephemeral": [{"room":"b"}]})"), ElementsAre(R"(passing |/in/{txn} passing b|{"room":"b"})"));
}

TEST(EndpointItems, WhatIsOfNowAndOfNoOrderOrDamagedIsLeftOut) {
  EXPECT_THAT(seen(R"({"events": [], "ephemeral": [{"x":1}, 7, {"room":7}, {"room":"a"}]})"), ElementsAre(R"(passing |/in/{txn} passing a|{"room":"a"})"));
  EXPECT_THAT(seen(R"({"events": [], "ephemeral": 7})"), ElementsAre());
}

}  // namespace
}  // namespace omegate::gateway
