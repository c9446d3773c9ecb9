// A stream on one side, a scripted server on the other, in one thread.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/stream/stream.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::gateway {

using namespace std::chrono_literals;
using test::ScriptedConnection;
using test::ScriptedServer;
using Void = asio::awaitable<void>;

/// A DNS that knows what the test put in. Addresses are always this machine.
struct ScriptedNames : net::Names {
  net::SrvAnswer direct_tls, starttls;

  asio::awaitable<net::SrvAnswer> services(std::string service) override {
    co_return service.starts_with("_xmpps") ? direct_tls : starttls;
  }
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string) override {
    co_return std::vector<asio::ip::address>(1, asio::ip::address_v4::loopback());
  }
};

struct StreamFixture : testing::Test {
  asio::io_context context;
  ScriptedServer server{context.get_executor()};
  ScriptedNames names;
  net::TlsTrust trust{ScriptedServer::ca_file()};
  Resumption resumption;
  StreamTimes times;
  StoredLogin* login_memory = nullptr;
  Login login{.account = xmpp::Jid::parse("bot@example.org").value(),
              .password = [] { return config::SecretText("correct horse"); },
              .host = "127.0.0.1"};

  StreamSurroundings surroundings() {
    return {context.get_executor(), names, trust, crypto::system_random(), times, login_memory};
  }

  Stream make_stream() {
    if (!login.host.empty()) login.port = server.port();
    login.direct_tls = server.script().direct_tls;
    return Stream(surroundings(), login, resumption);
  }

  /// Runs both sides to their ends; what one throws fails the test. `Side` is a lambda coroutine, which lives
  /// here until it is done.
  template <class ServerSide, class ClientSide>
  void run(ServerSide serve, ClientSide visit) {
    auto served = asio::co_spawn(context, net::within(10s, serve()), asio::use_future);
    auto visited = asio::co_spawn(context, net::within(10s, visit()), asio::use_future);
    context.restart();
    context.run();
    EXPECT_NO_THROW(visited.get());
    EXPECT_NO_THROW(served.get());
  }

  /// How opening a stream fails while the server does `serve`.
  template <class ServerSide>
  StreamFailure failure(ServerSide serve) {
    std::optional<StreamFailure> failed;
    run(serve, [&]() -> Void {
      Stream stream = make_stream();
      try {
        co_await stream.open();
        ADD_FAILURE() << "opened";
      } catch (const StreamFailure& thrown) {
        failed = thrown;
      }
    });
    return failed.value_or(StreamFailure(FailureKind::closed, "none"));
  }
};

inline asio::awaitable<void> pause(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

inline void expect(const StreamFailure& failure, FailureKind kind, std::string_view says) {
  EXPECT_EQ(name(failure.kind()), name(kind)) << failure.what();
  EXPECT_NE(std::string_view(failure.what()).find(says), std::string_view::npos) << failure.what();
}

}  // namespace omegate::gateway
