// The HTTP server, byte by byte over loopback.
#include "bridge/edge/http/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "tests/unit/edge/http/talk.hpp"

namespace {

using namespace omegate::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

struct HttpServerTest : testing::Test {
  asio::io_context context;
  Settings settings{.max_body = 1000, .request_limit = 200ms, .idle_limit = 200ms};
  std::vector<Request> seen;
  Handler handler = [this](Request request) -> asio::awaitable<Response> { return echo(std::move(request)); };
  std::optional<Server> server;

  asio::awaitable<Response> echo(Request request) {
    seen.push_back(request);
    Response response{.status = 202, .body = "got " + request.body, .content_type = "text/plain"};
    co_return response;
  }

  void start() {
    server.emplace(context.get_executor(), settings, handler);
    asio::co_spawn(context, server->run(), asio::use_future);
  }

  asio::awaitable<std::string> talk(std::string sent) { return test::talk(context, server->port(), std::move(sent)); }

  template <class Value>
  Value finish(asio::awaitable<Value> work) {
    auto result = asio::co_spawn(context, std::move(work), asio::use_future);
    while (result.wait_for(0s) != std::future_status::ready) context.run_one();
    return result.get();
  }

  std::string ask(std::string sent) {
    if (!server) start();
    return finish(talk(std::move(sent)));
  }
};

const std::string close_after = "Host: a\r\nConnection: close\r\n";

TEST_F(HttpServerTest, HandsOverARequestAsItCame) {
  const std::string answer = ask("POST /hooks/a%20b?x=1&y HTTP/1.1\r\nX-Token: T\r\nContent-Length: 4\r\n" +
                                 close_after + "\r\n\x01\xff\r\n");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].method, "POST");
  EXPECT_EQ(seen[0].path, "/hooks/a%20b");
  EXPECT_EQ(seen[0].query, "x=1&y");
  EXPECT_EQ(seen[0].header("x-token"), "T");
  EXPECT_EQ(seen[0].header("X-Missing"), "");
  EXPECT_EQ(seen[0].body, "\x01\xff\r\n");
  EXPECT_EQ(seen[0].peer, "127.0.0.1");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 Accepted\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\ngot \x01\xff\r\n")) << answer;
}

TEST_F(HttpServerTest, ServesSeveralRequestsOfOneConnection) {
  const std::string one = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1";
  const std::string last = "GET / HTTP/1.1\r\n" + close_after + "\r\n";
  const std::string answer = ask(one + one + last);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_NE(answer.find("got 1"), answer.rfind("got 1"));
}

TEST_F(HttpServerTest, SendsNoBodyForHead) {
  const std::string answer = ask("HEAD / HTTP/1.1\r\n" + close_after + "\r\n");
  EXPECT_NE(answer.find("Content-Length: 4\r\n"), answer.npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(HttpServerTest, RefusesABodyThatIsTooLarge) {
  const std::string announced = ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  EXPECT_TRUE(announced.starts_with("HTTP/1.1 413 ")) << announced;
  EXPECT_NE(announced.find("{\"error\":\"The body is too large.\"}"), announced.npos) << announced;
  const std::string chunked = ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                  std::string(2000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(chunked.starts_with("HTTP/1.1 413 ")) << chunked;
  EXPECT_TRUE(seen.empty());
}

TEST_F(HttpServerTest, RefusesHeadersThatAreTooLarge) {
  const std::string answer = ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(HttpServerTest, RefusesWhatTwoProgramsCouldReadDifferently) {
  for (const std::string headers :
       {"Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: 4x\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Bad Name: x\r\n"}) {
    const std::string answer = ask("POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\nabcd");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << headers << answer;
  }
  EXPECT_TRUE(ask("hello\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(ask("GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(seen.empty());
}

TEST_F(HttpServerTest, GivesUpOnARequestThatDoesNotArrive) {
  const std::string answer = ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
  EXPECT_TRUE(seen.empty());
}

TEST_F(HttpServerTest, ClosesAnIdleConnectionWithoutAWord) { EXPECT_EQ(ask(""), ""); }

TEST_F(HttpServerTest, TellsAClientThatAsksToGoOn) {
  const std::string answer =
      ask("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + close_after + "\r\nok");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 ")) << answer;
}

TEST_F(HttpServerTest, AnswersFiveHundredWhenTheHandlerFails) {
  std::string reported;
  settings.on_failure = [&](std::exception_ptr failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& thrown) {
      reported = thrown.what();
    }
  };
  handler = [](Request) -> asio::awaitable<Response> { throw std::runtime_error("secret path /x"); };
  const std::string answer = ask("GET / HTTP/1.1\r\n" + close_after + "\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("secret"), answer.npos);
  EXPECT_EQ(reported, "secret path /x");
}

asio::awaitable<Response> smuggle(Request) {
  Response response;
  response.headers.emplace_back("X-A", "b\r\nX-Evil: c");
  co_return response;
}

TEST_F(HttpServerTest, NeverWritesAHeaderWithALineBreak) {
  handler = &smuggle;
  const std::string answer = ask("GET / HTTP/1.1\r\n" + close_after + "\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("Evil"), answer.npos);
}

TEST_F(HttpServerTest, WhoWaitsLongestMakesRoomForANewConnection) {
  settings.max_connections = 1;
  start();
  const std::string request = "GET / HTTP/1.1\r\n" + close_after + "\r\n";
  auto first = asio::co_spawn(context, talk(""), asio::use_future);  // holds the only place
  auto second = asio::co_spawn(context, talk(request), asio::use_future);
  while (second.wait_for(0s) != std::future_status::ready) context.run_one();
  EXPECT_EQ(first.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(second.get().starts_with("HTTP/1.1 202 "));
}

struct Gate {
  explicit Gate(asio::io_context& context) : timer(context, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  bool reached = false;
};

asio::awaitable<Response> wait_at(Gate& gate) {
  gate.reached = true;
  co_await gate.timer.async_wait(as_code);
  Response response;
  response.body = "done";
  co_return response;
}

TEST_F(HttpServerTest, FinishesTheRequestInHandWhenItStops) {
  Gate gate(context);
  handler = [&gate](Request) { return wait_at(gate); };
  server.emplace(context.get_executor(), settings, handler);
  auto running = asio::co_spawn(context, server->run(), asio::use_future);
  auto answer = asio::co_spawn(context, talk("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), asio::use_future);
  auto idle = asio::co_spawn(context, talk(""), asio::use_future);
  while (!gate.reached) context.run_one();
  server->stop();
  context.poll();
  EXPECT_NE(running.wait_for(0s), std::future_status::ready);
  gate.timer.cancel();
  while (running.wait_for(0s) != std::future_status::ready) context.run_one();
  context.run();
  EXPECT_TRUE(answer.get().ends_with("done"));
  EXPECT_EQ(idle.get(), "");
}

TEST(HttpServer, NamesTheAddressItCannotListenOn) {
  asio::io_context context;
  const Handler nobody = [](Request) -> asio::awaitable<Response> { co_return Response{}; };
  Server first(context.get_executor(), {}, nobody);
  try {
    Settings same;
    same.port = first.port();
    Server second(context.get_executor(), same, nobody);
    FAIL() << "listens twice";
  } catch (const std::runtime_error& failure) {
    EXPECT_NE(std::string(failure.what()).find("127.0.0.1:" + std::to_string(first.port())),
              std::string::npos);
  }
}

}  // namespace
