#include "bridge/edge/net/connect.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "bridge/edge/net/race.hpp"

namespace {

using namespace omegate::net;
using namespace std::chrono_literals;
using asio::ip::tcp;

asio::awaitable<void> connect_into(std::vector<tcp::endpoint> endpoints, tcp::socket& socket) {
  socket = co_await connect_any(std::move(endpoints));
}

tcp::socket connect(asio::io_context& context, std::vector<tcp::endpoint> endpoints) {
  tcp::socket socket(context);
  auto result = asio::co_spawn(context, connect_into(std::move(endpoints), socket), asio::use_future);
  context.run();
  result.get();
  return socket;
}

/// A port of this machine where nobody listens.
tcp::endpoint closed_port(asio::io_context& context) {
  return tcp::acceptor(context, {asio::ip::address_v4::loopback(), 0}).local_endpoint();
}

TEST(ConnectAny, GoesOnAtOnceWhereNobodyListens) {
  asio::io_context context;
  tcp::acceptor listener(context, {asio::ip::address_v4::loopback(), 0});
  const auto start = std::chrono::steady_clock::now();
  const auto dead = closed_port(context);
  const tcp::socket socket = connect(context, {dead, dead, dead, dead, listener.local_endpoint()});
  EXPECT_EQ(socket.remote_endpoint(), listener.local_endpoint());
  EXPECT_LT(std::chrono::steady_clock::now() - start, 800ms);  // waiting for each would take a second
}

TEST(ConnectAny, ReportsTheFirstFailureIfAllFail) {
  asio::io_context context;
  const auto dead = closed_port(context);
  try {
    connect(context, {dead, dead});
    FAIL() << "connected";
  } catch (const boost::system::system_error& failure) {
    EXPECT_EQ(failure.code(), asio::error::connection_refused);
  }
}

TEST(ConnectAny, SaysThatThereIsNoAddress) {
  asio::io_context context;
  EXPECT_THROW(connect(context, {}), boost::system::system_error);
}

TEST(ConnectAny, SendsWithoutDelayAndNoticesADeadPeer) {
  asio::io_context context;
  tcp::acceptor listener(context, {asio::ip::address_v4::loopback(), 0});
  const tcp::socket socket = connect(context, {listener.local_endpoint()});
  tcp::no_delay no_delay;
  socket.get_option(no_delay);
  asio::socket_base::keep_alive keep_alive;
  socket.get_option(keep_alive);
  EXPECT_TRUE(no_delay.value());
  EXPECT_TRUE(keep_alive.value());
}

}  // namespace
