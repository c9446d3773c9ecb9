// What bridges stand on: addresses of their own, each event once and in its order, no way back for what they brought.
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

struct BridgeFlow : testing::Test {
  Rig rig;
  const gateway::test::TempDir folder;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};

  BridgeFlow() {
    std::ofstream(folder / "token") << "relay-token\n";
    config::PluginSettings relay;
    relay.name = "relay";
    relay.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/relay");
    relay.config_json = R"({"secret": "relay_token"})";
    config::SecretSource secret;
    secret.name = folder / "token";
    relay.secrets.emplace("relay_token", secret);
    rig.settings.plugins.push_back(relay);
  }

  Answer put(const std::string& txn, const std::string& body, const std::string& token = "relay-token", const std::string& method = "PUT") {
    return rig.http(method, "/relay/in/" + txn, "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n", body);
  }
  void until_heard(const std::string& text) {
    rig.until("alice reads " + text, [&] { return alice.times_heard(text) > 0; });
  }
};

std::string event(const std::string& id, const std::string& text, const std::string& room = "a") {
  return R"({"id": ")" + id + R"(", "room": ")" + room + R"(", "text": ")" + text + "\"}";
}
std::string events(const std::string& items) { return "{\"events\": [" + items + "]}"; }

TEST_F(BridgeFlow, AnEndpointAnswersWhatItsProtocolWantsOnlyToWhoHasTheSecret) {
  rig.start();
  EXPECT_EQ(put("1", events(""), "wrong").status, 401u);
  EXPECT_EQ(rig.http("PUT", "/relay/in/1", {}, events("")).status, 401u);
  EXPECT_EQ(rig.http("PUT", "/relay/in/1?token=relay-token", {}, events("")).status, 401u) << "no token in an address";
  EXPECT_EQ(put("1", events(""), "relay-token", "POST").status, 405u);
  EXPECT_EQ(put("1", "no JSON").status, 400u);
  const Answer good = put("1", events(event("e1", "one")));
  EXPECT_EQ(good.status, 200u);
  EXPECT_EQ(good.body, "{}");
  until_heard("one (1)");
  const Answer asked = rig.http("GET", "/relay/users/%40you", "Authorization: Bearer relay-token\r\n");
  EXPECT_EQ(asked.status, 404u);
  EXPECT_EQ(asked.body, R"({"error":"nobody"})");
  EXPECT_EQ(rig.http("GET", "/relay/other", "Authorization: Bearer relay-token\r\n").status, 404u) << "that is nobody's";
}

TEST_F(BridgeFlow, WhatIsOfNowComesWithoutANameAndWithoutWaitingForTheOthers) {
  rig.start();
  EXPECT_EQ(put("1", R"({"events": [], "now": [{"room": "a", "text": "typing"}], "old.now": [{"room": "a", "text": "twice"}]})").status, 200u);
  until_heard("now: typing");
  EXPECT_EQ(put("1", R"({"events": [], "now": [{"room": "a", "text": "typing"}], "old.now": [{"room": "a", "text": "twice"}]})").status, 200u);
  EXPECT_EQ(put("2", R"({"events": [], "now": [{"text": "of nothing"}, 7, {"room": "a", "text": "still typing"}]})").status, 200u);
  until_heard("now: still typing");
  EXPECT_THAT(alice.heard(), ElementsAre("now: typing", "now: still typing"));
}

TEST_F(BridgeFlow, OfWhatIsOfNowFewWaitAndTheOthersOfTheirOrderDoNot) {
  rig.start();
  std::string many;
  for (std::size_t i = 0; i < plugin::max_passing_backlog + 5; ++i) many += std::string(i == 0 ? "" : ",") + R"({"room": "a", "text": "wait"})";
  EXPECT_EQ(put("1", R"({"events": [], "now": [)" + many + "]}").status, 200u);
  EXPECT_EQ(rig.inbox().size(), plugin::max_passing_backlog);
  EXPECT_EQ(put("2", events(event("e1", "one"))).status, 200u);
  until_heard("one (2)");
}

// case 202, 204
TEST_F(BridgeFlow, ATransactionThatComesAgainIsAnsweredAndDroppedAndSoIsAnEventInAnother) {
  rig.start();
  EXPECT_EQ(put("1", events(event("e1", "one") + "," + event("e2", "two"))).status, 200u);
  EXPECT_EQ(put("1", events(event("e1", "one") + "," + event("e2", "two"))).status, 200u);
  rig.restart();
  EXPECT_EQ(put("1", events(event("e1", "one") + "," + event("e2", "two"))).status, 200u);
  EXPECT_EQ(put("7", events(event("e2", "two") + "," + event("e3", "three"))).status, 200u) << "its sender lost its place";
  EXPECT_EQ(put("1", events(event("e4", "four"))).status, 200u) << "its sender counts anew";
  until_heard("four (1)");
  EXPECT_THAT(alice.heard(), ElementsAre("one (1)", "two (1)", "three (7)", "four (1)"));
}

// case 205
TEST_F(BridgeFlow, WhatNobodyCanReadIsLeftOutAndTheRestComes) {
  rig.start();
  const std::string deep = "{\"id\": \"d\", \"x\": " + std::string(5000, '[') + std::string(5000, ']') + "}";
  const std::string large = event("l", std::string(plugin::max_endpoint_item, 'x'));
  const std::string items = "null, 7, [], {}, {\"id\": 5}, {\"id\": \"\"}, " + deep + ", " + large + ", {\"id\": \"n\", \"x\": 1e999, \"text\": \"number\"}, " +
                            event(std::string(plugin::max_endpoint_name + 1, 'i'), "long") + ", " + event("e1", "still here");
  EXPECT_EQ(put("1", events(items)).status, 200u);
  until_heard("still here (1)");
}

TEST_F(BridgeFlow, OnlyWhoHasTheSecretMaySendMuchAtOnce) {
  rig.start();
  std::string much = event("e1", "first");
  while (much.size() < 3 * rig.settings.http->max_body) much += ", {\"id\": \"e1\", \"x\": \"" + std::string(60'000, 'x') + "\"}";
  // Whoever is refused may find the connection closed before all of it was written.
  const auto refused = [&](const std::string& body, const std::string& token) {
    try {
      return put("2", body, token).status == 413u;
    } catch (const boost::system::system_error&) {
      return true;
    }
  };
  EXPECT_TRUE(refused(events(much), "wrong"));
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_EQ(put("1", events(much)).status, 200u);
  until_heard("first (1)");
  EXPECT_TRUE(refused(std::string(plugin::max_endpoint_body + 1, ' '), "relay-token"));
}

// case 206
TEST_F(BridgeFlow, WhatAnotherBridgeBroughtIsNotCarriedOn) {
  rig.start();
  alice.say("from a person");
  until_heard("carried: from a person");
  gateway::Outgoing brought{"from elsewhere", std::nullopt, "test"};
  brought.bearing = gateway::Bearing::reply;
  brought.bridged = true;
  alice.say_about(false, alice.last_heard_id(), brought);
  brought.bridged = false;
  brought.text = "from a person again";
  alice.say_about(false, alice.last_heard_id(), brought);
  until_heard("carried: from a person again");
  EXPECT_EQ(alice.times_heard("carried: from elsewhere"), 0u);
}

TEST_F(BridgeFlow, WhatIsPutOffComesAgainInItsOrder) {
  rig.start();
  alice.say("later");
  alice.say("behind it");
  rig.until("both wait", [&] { return rig.inbox().size() == 2; });
  rig.let_pass(200ms);
  EXPECT_THAT(alice.heard(), IsEmpty());
  EXPECT_EQ(put("1", events(event("e1", "now"))).status, 200u);
  until_heard("now (1)");
  rig.advance(11s);
  until_heard("carried: behind it");
  EXPECT_THAT(alice.heard(), ElementsAre("now (1)", "carried: later", "carried: behind it"));
}

}  // namespace
}  // namespace omegate::flow
