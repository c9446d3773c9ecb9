// A plugin asks another server: the request goes out with the operator's secret, and what comes back is a message.
#include <algorithm>
#include <fstream>

#include "bridge/edge/http/server.hpp"
#include "tests/flow/world/rig.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::HasSubstr;
using testing::SizeIs;

struct FetchFlow : testing::Test {
  Rig rig;
  const gateway::test::TempDir folder;
  Contact alice{rig.xmpp, alice_jid, {Version::omemo2}};
  std::vector<http::Request> orders;
  bool closed = false;
  std::vector<unsigned> statuses;  // the first, then the next …; then 201
  http::Server shop{rig.io.get_executor(), {}, [this](http::Request request) { return sell(std::move(request)); }};

  FetchFlow() {
    asio::co_spawn(rig.io, shop.run(), [](std::exception_ptr) {});
    std::ofstream(folder / "token") << "shop-token\n";
    config::PluginSettings buyer;
    buyer.name = "buyer";
    buyer.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/buyer");
    config::HostSettings host;
    host.url = "http://shop.example:" + std::to_string(shop.port());  // which the rig's names find on this machine
    host.auth = config::HostSettings::Auth::bearer;
    host.secret.name = folder / "token";
    host.allow_private = true;
    buyer.hosts.emplace("shop", host);
    rig.settings.plugins.push_back(buyer);
    buyer.name = "courier";
    buyer.path = std::string(OMEGATE_SOURCE_DIR "/tests/flow/plugins/courier");
    rig.settings.plugins.push_back(buyer);
  }
  ~FetchFlow() override { shop.stop(); }

  asio::awaitable<http::Response> sell(http::Request request) {
    orders.push_back(std::move(request));
    http::Response response{.status = 201, .body = "{\"id\": " + std::to_string(orders.size()) + "}"};
    if (closed) response.status = 503;
    if (!statuses.empty()) {
      response.status = statuses.front();
      statuses.erase(statuses.begin());
    }
    co_return response;
  }
};

TEST_F(FetchFlow, AnOrderGoesOutWithTheSecretAndItsNumberComesBackEncrypted) {
  rig.start();
  alice.say("buy tea");
  rig.until("the number comes", [&] { return alice.times_heard("order 1") == 1; });
  ASSERT_THAT(orders, SizeIs(1));
  EXPECT_EQ(orders[0].method, "POST");
  EXPECT_EQ(orders[0].path, "/orders");
  EXPECT_EQ(orders[0].body, R"({"what":"tea"})");
  EXPECT_EQ(orders[0].header("Authorization"), "Bearer shop-token");
  EXPECT_EQ(orders[0].header("Idempotency-Key").size(), 32u);
}

TEST_F(FetchFlow, AHandlerThatFailsAndComesBackAsksWithTheSameKey) {
  statuses = {500};
  rig.start();
  alice.say("buy tea");
  rig.until("the first attempt has failed", [&] { return rig.inbox().size() == 1 && !rig.inbox()[0].error.empty(); });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("the shop said 500"));
  rig.advance(1h);
  rig.until("the number comes", [&] { return alice.times_heard("order 2") == 1; });
  ASSERT_THAT(orders, SizeIs(2));
  EXPECT_EQ(orders[0].header("Idempotency-Key"), orders[1].header("Idempotency-Key"));
}

// case 217
TEST_F(FetchFlow, NothingLeavesTheHostsUrl) {
  rig.start();
  alice.say("climb");
  rig.until("the attempt has failed", [&] { return rig.inbox().size() == 1 && !rig.inbox()[0].error.empty(); });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("climbs out"));
  EXPECT_THAT(orders, SizeIs(0));
}

TEST_F(FetchFlow, AReloadBringsTheNewSecret) {
  rig.start();
  alice.say("buy tea");
  rig.until("the number comes", [&] { return alice.times_heard("order 1") == 1; });
  std::ofstream(folder / "token") << "another-token\n";
  bool reloaded = false;
  asio::co_spawn(rig.io, rig.gateway().reload(rig.settings), [&](std::exception_ptr, auto) { reloaded = true; });
  rig.until("the settings are taken on", [&] { return reloaded; });
  alice.say("buy milk");
  rig.until("the number comes", [&] { return alice.times_heard("order 2") == 1; });
  EXPECT_EQ(orders.at(1).header("Authorization"), "Bearer another-token");
}

// case 186
TEST_F(FetchFlow, WhatIsForAReceiverThatIsAwayForDaysWaitsInItsOrderAndHoldsUpNobodyElse) {
  rig.start();
  closed = true;
  for (const char* const what : {"bring one", "bring two", "bring three"}) alice.say(what);
  rig.until("it is tried", [&] { return !orders.empty() && rig.inbox().size() == 3; });
  for (int hour = 0; hour < 72; ++hour) {
    rig.advance(1h);
    rig.let_pass(5ms);
  }
  EXPECT_EQ(rig.inbox().size(), 3u);
  EXPECT_FALSE(rig.inbox()[0].parked);
  EXPECT_LE(orders.size(), 74u) << "asked once each time the clock was set, and not in between";
  for (const http::Request& each : orders) EXPECT_EQ(each.body, R"({"what":"one"})") << "in its order";
  alice.say("ping");
  rig.until("others are not held up", [&] { return alice.times_heard("pong") == 1; });

  closed = false;
  rig.advance(1h);
  rig.until("all is brought", [&] { return alice.times_heard("brought three") == 1; });
  EXPECT_THAT(alice.heard(), testing::ElementsAre("pong", "brought one", "brought two", "brought three"));
}

// case 186
TEST_F(FetchFlow, WhatIsForAReceiverThatNeverComesBackIsParkedAndTheNextIsTried) {
  rig.start();
  closed = true;
  alice.say("bring one");
  rig.until("it is tried", [&] { return !orders.empty(); });
  rig.advance(7 * 24h + 1h);
  rig.until("it is given up", [&] { return !rig.inbox().empty() && rig.inbox()[0].parked; });
  EXPECT_THAT(rig.inbox()[0].error, HasSubstr("for 7 days: the shop is closed"));
  closed = false;
  alice.say("bring two");
  rig.until("the next is brought", [&] { return alice.times_heard("brought two") == 1; });
  rig.ask("inbox.replay", {{"id", rig.inbox()[0].event.id.value()}});
  rig.until("what was parked can be had again", [&] { return alice.times_heard("brought one") == 1; });
}

}  // namespace
}  // namespace omegate::flow
