// A webhook of a plugin's that the receiver has taken, and a gateway that dies before it could write that down: it is
// delivered again, under the same id, so that the receiver can tell.
#include <boost/asio/detached.hpp>

#include "bridge/edge/http/server.hpp"
#include "tests/flow/crash/machine.hpp"
#include "test_places.hpp"

namespace omegate::flow {
namespace {

struct Receiver {
  gateway::test::TempDir folder;
  std::uint16_t port = free_port();

  std::string plugin() const {
    write_private(folder / "sign", "a secret of receiver and sender");
    return "  buyer:\n    path: " OMEGATE_SOURCE_DIR "/tests/flow/plugins/buyer\n    hosts:\n      shop: {url: \"http://127.0.0.1:" + std::to_string(port) +
           "\", allow_private: true, sign: {file: " + (folder / "sign") + "}}\n";
  }
};

// case 187
TEST(KilledDelivery, IsRepeatedUnderTheSameIdAndItsAnswerCountsOnce) {
  Receiver receiver;
  Machine machine(Version::omemo2, receiver.plugin());
  std::vector<http::Request> taken;
  bool kill = true;
  http::Settings listen;
  listen.port = receiver.port;
  http::Server shop(machine.io.get_executor(), listen, [&](http::Request request) -> asio::awaitable<http::Response> {
    taken.push_back(std::move(request));
    if (kill && taken.size() <= 2) machine.kill_now();  // taken here, and nobody there will ever hear of it
    http::Response response{.status = 200, .body = "{\"id\": " + std::to_string(taken.size()) + "}"};
    co_return response;
  });
  asio::co_spawn(machine.io, shop.run(), asio::detached);
  machine.start();
  ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
  machine.let_alice_in();
  machine.alice->say("buy tea");
  for (std::size_t lives = 1; lives <= 2; ++lives) {
    ASSERT_TRUE(machine.until([&] { return taken.size() == lives && !machine.is_running(); }, 60s)) << machine.log();
    machine.start();
  }
  ASSERT_TRUE(machine.until([&] { return machine.alice->times_heard("order 3") == 1; }, 120s)) << machine.log();
  kill = false;
  machine.alice->say("buy coffee");
  ASSERT_TRUE(machine.until([&] { return machine.alice->times_heard("order 4") == 1; }, 60s)) << machine.log();
  machine.stop();
  shop.stop();
  ASSERT_EQ(taken.size(), 4u);
  const auto id = [&](std::size_t which) { return std::string(taken[which].header("webhook-id")); };
  EXPECT_THAT(id(0), testing::StartsWith("msg_"));
  EXPECT_EQ(id(1), id(0));
  EXPECT_EQ(id(2), id(0));
  EXPECT_EQ(taken[2].header("Idempotency-Key"), taken[0].header("Idempotency-Key"));
  EXPECT_EQ(taken[2].body, taken[0].body);
  EXPECT_NE(id(3), id(0)) << "another event is another message";
  EXPECT_EQ(machine.alice->heard().size(), 2u) << "one answer for each order";
}

}  // namespace
}  // namespace omegate::flow
