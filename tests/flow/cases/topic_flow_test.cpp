// What plugins tell one another, and what they count: for each event once, or not at all.
#include <algorithm>
#include <fstream>

#include "bridge/core/plugin/limits.hpp"
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

config::PluginSettings plugin_of_tests(const std::string& name) {
  config::PluginSettings settings;
  settings.name = name;
  settings.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/") + name;
  return settings;
}

struct TopicFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};

  TopicFlow() {
    rig.settings.plugins.push_back(plugin_of_tests("seller"));
    rig.settings.plugins.push_back(plugin_of_tests("cook"));
  }
  void until_heard(const std::string& text) {
    rig.until("alice reads " + text, [&] { return alice.times_heard(text) > 0; });
  }
  void says(const std::string& text) {
    alice.say(text);
    rig.until("it is handled", [&] { return rig.inbox().empty(); });
  }
  /// The errors of rows that were tried and failed.
  std::vector<std::string> errors() {
    std::vector<std::string> found;
    for (const auto& row : rig.inbox())
      if (!row.error.empty()) found.push_back(row.error);
    return found;
  }
  std::string page() { return rig.http("GET", "/metrics", {}).body; }
};

TEST_F(TopicFlow, WhatOnePluginPublishesTheOtherHearsInItsOrder) {
  rig.start();
  alice.say("order tea 3");
  until_heard("tea 3 of seller");
  EXPECT_THAT(alice.heard(), ElementsAre("tea 1 of seller", "tea 2 of seller", "tea 3 of seller"));
}

TEST_F(TopicFlow, AHandlerThatFailsHasPublishedNothing) {
  rig.start();
  alice.say("cancel");
  until_heard("no");
  alice.say("order milk");
  until_heard("milk 1 of seller");
  EXPECT_EQ(alice.times_heard("nothing 0 of seller"), 0u);
}

TEST_F(TopicFlow, WhatWasPublishedWaitsForASubscriberThatIsNotThereYet) {
  rig.start();
  const gateway::test::TempDir folder;
  const auto cook = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/cook");
  rig.stop();
  for (const auto* const file : {"/plugin.yaml", "/init.lua"}) std::filesystem::copy_file(cook + file, folder / (file + 1));
  auto& settings = rig.settings.plugins.back();
  settings.path = folder / ".";
  std::ofstream(folder / "init.lua") << "this is no Lua";
  rig.start();
  alice.say("order tea");
  rig.until("it waits", [&] {
    const auto rows = rig.inbox();
    return std::ranges::any_of(rows, [](const auto& row) { return row.event.plugin == "cook" && row.event.kind == "topic"; });
  });
  settings.path = cook;
  rig.restart();
  until_heard("tea 1 of seller");
  EXPECT_EQ(alice.times_heard("tea 1 of seller"), 1u);
}

TEST_F(TopicFlow, APluginPublishesUnderNoTopicThatItsManifestDoesNotName) {
  rig.start();
  alice.say("smuggle");
  rig.until("it is refused", [&] { return !errors().empty(); });
  EXPECT_THAT(errors().front(), HasSubstr("the manifest does not grant publishing \"secrets\": publish"));
}

TEST_F(TopicFlow, PluginsThatAnswerOneAnotherEndAfterAFewTimes) {
  rig.start();
  alice.say("play");
  rig.until("the last one is refused", [&] { return !errors().empty(); });
  EXPECT_THAT(errors().front(), HasSubstr("answer one another without end"));
  until_heard("ping 4");
  // ping 1 is the first hop, pong 1 the second …
  EXPECT_THAT(alice.heard(), ElementsAre("ping 1", "ping 2", "ping 3", "ping 4"));
}

TEST_F(TopicFlow, WhatPluginsCountIsShownAndOutlivesTheirWorker) {
  rig.pace.plugin.handler = 1s;
  rig.start();
  says("order tea 5");
  says("order milk");
  alice.say("cancel");
  until_heard("no");
  const auto expect_counted = [&] {
    const std::string seen = page();
    EXPECT_THAT(seen, HasSubstr("# HELP omegate_plugin_own_orders_total Orders that were taken.\n# TYPE omegate_plugin_own_orders_total counter\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_orders_total{plugin=\"seller\",kind=\"tea\"} 1\n")) << "what failed is not counted";
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_orders_total{plugin=\"seller\",kind=\"milk\"} 1\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_order_size_bucket{plugin=\"seller\",le=\"1\"} 1\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_order_size_bucket{plugin=\"seller\",le=\"10\"} 2\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_order_size_bucket{plugin=\"seller\",le=\"+Inf\"} 2\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_order_size_sum{plugin=\"seller\"} 6\n"));
    EXPECT_THAT(seen, HasSubstr("omegate_plugin_own_open{plugin=\"seller\"} 1\n"));
    // The cook calls a gauge what the seller counts: one name has one type.
    EXPECT_THAT(seen, Not(HasSubstr("omegate_plugin_own_orders{")));
    EXPECT_THAT(seen, Not(HasSubstr("omegate_plugin_own_orders_total{plugin=\"cook\"")));
  };
  rig.until("all is counted", [&] { return page().find("kind=\"milk\"} 1") != std::string::npos; });
  expect_counted();
  alice.say("hang");
  rig.until("its worker is killed", [&] { return !errors().empty(); });
  expect_counted();
  rig.ask("inbox.drop", {{"id", rig.inbox().front().event.id.value()}});
  alice.say("order milk");
  rig.until("it goes on where it was", [&] { return page().find("kind=\"milk\"} 2") != std::string::npos; });
  EXPECT_THAT(page(), HasSubstr("omegate_plugin_restarts_total{plugin=\"seller\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("omegate_plugin_own_orders_total{plugin=\"seller\",kind=\"tea\"} 1\n"));
}

TEST_F(TopicFlow, WhatAPluginCostsIsShown) {
  rig.start();
  says("order tea");
  const std::string seen = page();
  const auto number = [&](const std::string& line) {
    const auto at = seen.find(line);
    EXPECT_NE(at, seen.npos) << line;
    return at == seen.npos ? 0 : std::stod(seen.substr(at + line.size()));
  };
  for (const std::string name : {"seller", "cook"}) {
    EXPECT_GT(number("omegate_plugin_memory_bytes{plugin=\"" + name + "\"} "), 100'000);
    EXPECT_GT(number("omegate_plugin_cpu_seconds_total{plugin=\"" + name + "\"} "), 0) << "a worker that started has computed a little";
  }
  const auto plugins = rig.ask("status", {}).at("plugins").as_array();
  for (const auto& each : plugins) {
    EXPECT_GT(each.at("memory").to_number<std::uint64_t>(), 100'000u);
    EXPECT_EQ(each.at("failed").to_number<std::uint64_t>(), 0u);
    if (each.at("name") == "seller") {
      EXPECT_GE(each.at("handled").to_number<std::uint64_t>(), 1u) << "the order";
    }
  }
}

}  // namespace
}  // namespace omegate::flow
