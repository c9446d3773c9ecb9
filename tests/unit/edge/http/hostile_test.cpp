// Who breaks HTTP, holds connections, or does not read: refused, cut off, and nobody else waits for it.
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "bridge/edge/http/head.hpp"
#include "bridge/edge/http/server.hpp"
#include "tests/unit/edge/http/talk.hpp"

namespace {

using namespace omegate::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

struct HostileHttp : testing::Test {
  asio::io_context context;
  Settings settings{.max_body = 1000, .request_limit = 400ms, .idle_limit = 400ms};
  std::size_t served = 0;
  Handler handler = [this](Request) -> asio::awaitable<Response> { return serve(); };
  std::optional<Server> server;

  asio::awaitable<Response> serve() {
    ++served;
    Response response{200, "fine"};
    co_return response;
  }
  void start() {
    server.emplace(context.get_executor(), settings, handler);
    asio::co_spawn(context, server->run(), asio::use_future);
  }
  asio::awaitable<std::string> talk(std::string sent) { return test::talk(context, server->port(), std::move(sent)); }
  template <class Future>
  auto finish(Future future) {
    while (future.wait_for(0s) != std::future_status::ready) context.run_one_for(10ms);
    return future.get();
  }
  std::string ask(std::string sent) {
    if (!server) start();
    return finish(asio::co_spawn(context, talk(std::move(sent)), asio::use_future));
  }
  static std::string request(const std::string& headers = {}) {
    return "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n";
  }
};

// case 177
TEST_F(HostileHttp, TheHeadMayHaveItsLimitAndNoByteMore) {
  const std::string around = request("X: \r\n");
  EXPECT_TRUE(ask(request("X: " + std::string(max_header - around.size(), 'x') + "\r\n")).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(ask(request("X: " + std::string(max_header - around.size() + 1, 'x') + "\r\n")).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ask("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(served, 1u);
}

// case 177
TEST_F(HostileHttp, ABodyMayHaveItsLimitAndNoByteMoreHoweverItComes) {
  const auto post = [&](const std::string& headers, const std::string& body) {
    return ask("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n" + body);
  };
  EXPECT_TRUE(post("Content-Length: 1000\r\n", std::string(1000, 'x')).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("Content-Length: 1001\r\n", std::string(1001, 'x')).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(post("Content-Length: 99999999999999999999\r\n", "x").starts_with("HTTP/1.1 4"));
  std::string endless;
  for (int i = 0; i < 2000; ++i) endless += "1\r\nx\r\n";
  EXPECT_TRUE(post("Transfer-Encoding: chunked\r\n", endless).starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(served, 1u);
}

TEST_F(HostileHttp, WhoeverIsKnownByTheHeadMaySendMoreAndNobodyElse) {
  settings.body_limit = [](const Request& head) -> asio::awaitable<std::size_t> {
    const std::size_t limit = head.header("x-known").empty() ? 1000 : 100 * greatest_body;
    co_return limit;
  };
  const auto post = [&](const std::string& headers, const std::string& body) {
    return ask("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n" + body);
  };
  EXPECT_TRUE(post("X-Known: 1\r\nContent-Length: 50000\r\n", std::string(50'000, 'x')).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("Content-Length: 1000\r\n", std::string(1000, 'x')).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(post("Content-Length: 1001\r\n", std::string(1001, 'x')).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(post("X-Known: 1\r\nContent-Length: " + std::to_string(greatest_body + 1) + "\r\n", "x").starts_with("HTTP/1.1 413 "));
  std::string endless;
  for (int i = 0; i < 2000; ++i) endless += "1\r\nx\r\n";
  EXPECT_TRUE(post("Transfer-Encoding: chunked\r\n", endless).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(post("X-Known: 1\r\nTransfer-Encoding: chunked\r\n", endless + "0\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(served, 3u);
}

// case 179
TEST_F(HostileHttp, WhatAProxyCouldReadDifferentlyIsRefusedAndTheConnectionEnds) {
  const std::string second = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string line = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const std::string& bad : {
           line + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
           line + "Content-Length: 0\r\nContent-Length: 4\r\n\r\n",
           line + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
           line + "Content-Length: 0, 0\r\n\r\n",
           line + "Content-Length: +0\r\n\r\n",
           line + "Content-Length: -1\r\n\r\n",
           line + "Content-Length: 0x0\r\n\r\n",
           line + "Content-Length:\r\n\r\n",
           line + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding: identity\r\n\r\n",
           line + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           line + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
           line + "Content-Length : 0\r\n\r\n",
           line + "X: a\r\n b\r\n\r\n",
           line + "X: a\r\n\tContent-Length: 4\r\n\r\n",
           std::string("POST / HTTP/1.1\nHost: a\n\n"),
           line + "X: a\nContent-Length: 4\r\n\r\n",
           line + "X: a\rContent-Length: 4\r\n\r\n",
           line + "X: a\r\n\n",
           line + std::string("X: a\0b\r\n\r\n", 10),
           std::string("POST / HTTP/1.1\r\n Host: a\r\n\r\n"),
           std::string("POST / HTTP/1.1\r\n\r\n"),
           std::string("POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
           std::string("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           std::string("POST  / HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("POST / HTTP/1.1 \r\nHost: a\r\n\r\n"),
           std::string("POST / HTTP/9.9\r\nHost: a\r\n\r\n"),
           std::string("POST /\r\n\r\n"),
           std::string("\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n"),
       }) {
    const std::string answer = ask(bad + second);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << bad << "---\n" << answer;
    EXPECT_EQ(answer.find("HTTP/1.1", 5), answer.npos) << "answered twice: " << bad;
  }
  const std::string extension = line + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'x') + "\r\nx\r\n0\r\n\r\n";
  EXPECT_TRUE(ask(extension).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(served, 0u);
}

// case 180
TEST_F(HostileHttp, OtherProtocolsAreRefusedAndPipelinesServedInOrder) {
  EXPECT_TRUE(ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").starts_with("HTTP/1.1 400 "));
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
  EXPECT_TRUE(ask(hello + std::string(200, '\0')).starts_with("HTTP/1.1 400 "));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  ask(many + request());
  EXPECT_EQ(served, 1001u);
}

/// Holds its connection and says nothing, or only the beginning of a request.
asio::awaitable<void> hold(asio::io_context& context, std::uint16_t port, std::string beginning, std::size_t& refused) {
  tcp::socket socket(context);
  const auto [failure] = co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, as_code);
  if (failure) co_return;
  co_await asio::async_write(socket, asio::buffer(beginning), as_code);
  std::array<char, 1024> buffer{};
  const auto [end, size] = co_await socket.async_read_some(asio::buffer(buffer), as_code);
  if (std::string_view(buffer.data(), size).starts_with("HTTP/1.1 408 ")) ++refused;
  if (!end) co_await socket.async_read_some(asio::buffer(buffer), as_code);
}

// case 178
TEST_F(HostileHttp, AThousandWhoSendNothingKeepNobodyWaiting) {
  settings.max_connections = 16;
  settings.request_limit = settings.idle_limit = 20s;
  start();
  std::size_t refused = 0;
  for (int i = 0; i < 300; ++i)
    asio::co_spawn(context, hold(context, server->port(), i % 2 == 0 ? "POST / HTTP/1.1\r\nHost: a\r\nX: " : "", refused),
                   [](std::exception_ptr) {});
  for (int i = 0; i < 200; ++i) context.poll();
  const auto begun = SteadyClock::now();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(request()).starts_with("HTTP/1.1 200 "));
  EXPECT_LT(SteadyClock::now() - begun, 5s) << "the limit of a request is 20 s";
  EXPECT_GT(refused, 100u) << "they are told why";
}

// case 178
TEST_F(HostileHttp, WhoseRequestIsInHandDoesNotMakeRoom) {
  settings.max_connections = 1;
  bool is_open = false, is_in_hand = false;
  handler = [&](Request request) -> asio::awaitable<Response> {
    if (request.path == "/slow") is_in_hand = true;
    return [](asio::io_context& io, bool& open, std::string path) -> asio::awaitable<Response> {
      asio::steady_timer timer(io);
      while (path == "/slow" && !open) {
        timer.expires_after(5ms);
        co_await timer.async_wait(asio::use_awaitable);
      }
      Response response{200, path};
      co_return response;
    }(context, is_open, request.path);
  };
  start();
  auto slow = asio::co_spawn(context, talk("GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), asio::use_future);
  while (!is_in_hand) context.run_one_for(10ms);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ask(request()).ends_with("/"));
  EXPECT_NE(slow.wait_for(0s), std::future_status::ready);
  is_open = true;
  EXPECT_TRUE(finish(std::move(slow)).ends_with("/slow"));
}

/// Pieces until nobody wants them.
asio::awaitable<std::string> next_of(std::size_t& made, std::size_t size, std::size_t most) {
  if (made == most) co_return std::string();
  ++made;
  co_return std::string(size, 'p');
}

TEST_F(HostileHttp, PiecesComeInChunksAndTheConnectionGoesOn) {
  std::size_t made = 0;
  handler = [&](Request) -> asio::awaitable<Response> {
    return [](std::size_t& count) -> asio::awaitable<Response> {
      Response response;
      response.pieces = [&count] { return next_of(count, 3, 2); };
      co_return response;
    }(made);
  };
  const std::string answer = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + request());
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), answer.npos) << answer;
  EXPECT_NE(answer.find("\r\n\r\n3\r\nppp\r\n3\r\nppp\r\n0\r\n\r\nHTTP/1.1 200"), answer.npos) << answer;
  EXPECT_EQ(answer.find("Content-Length"), answer.npos);
}

TEST_F(HostileHttp, AnOldClientGetsPiecesUntilTheConnectionEnds) {
  std::size_t made = 0;
  handler = [&](Request) -> asio::awaitable<Response> {
    return [](std::size_t& count) -> asio::awaitable<Response> {
      Response response;
      response.pieces = [&count] { return next_of(count, 3, 2); };
      co_return response;
    }(made);
  };
  EXPECT_TRUE(ask("GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\npppppp"));
}

// case 191
TEST_F(HostileHttp, AReaderThatDoesNotReadIsAskedForNoMorePieces) {
  std::size_t made = 0;
  handler = [&](Request) -> asio::awaitable<Response> {
    return [](std::size_t& count) -> asio::awaitable<Response> {
      Response response;
      response.pieces = [&count] { return next_of(count, 1 << 20, 1000); };
      co_return response;
    }(made);
  };
  settings.write_limit = 300ms;
  start();
  tcp::socket deaf(context);
  deaf.connect({asio::ip::address_v4::loopback(), server->port()});
  asio::write(deaf, asio::buffer(request()));
  const auto end = SteadyClock::now() + 2s;
  while (SteadyClock::now() < end) context.run_one_for(10ms);
  EXPECT_GT(made, 0u);
  EXPECT_LT(made, 20u) << "what the kernel takes, and one more";
  std::size_t heard = 0;
  boost::system::error_code closed;
  std::vector<char> buffer(1 << 20);
  while (!closed) heard += deaf.read_some(asio::buffer(buffer), closed);
  EXPECT_LE(heard, made << 20) << "it was cut off";
}

TEST(Head, IsCompleteWhereItEnds) {
  using What = HeadScan::What;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) EXPECT_EQ(scan_head(head.substr(0, size)).what, What::incomplete) << size;
  EXPECT_EQ(scan_head(head + "\nbody").what, What::complete);
  EXPECT_EQ(scan_head(head + "\nbody").size, head.size());
}

}  // namespace
