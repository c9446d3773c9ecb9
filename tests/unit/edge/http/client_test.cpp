// The HTTP client, against servers that say exactly what the test wants.
#include "bridge/edge/http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "bridge/edge/http/server.hpp"

namespace {

using namespace omegate::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Reason = ClientError::Reason;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

class TcpLink : public Link {
 public:
  explicit TcpLink(tcp::socket socket) : socket_(std::move(socket)) {}
  asio::awaitable<std::size_t> read_some(std::span<char> into) override {
    return socket_.async_read_some(asio::buffer(into.data(), into.size()), asio::use_awaitable);
  }
  asio::awaitable<void> write(std::string_view bytes) override {
    co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
  }

 private:
  tcp::socket socket_;
};

/// What one connection gets: pieces with a pause before each.
struct Script {
  std::vector<std::string> pieces;
  std::chrono::milliseconds pause{0};
  bool endless = false;      // the last piece again and again
  bool read_all = true;      // the request's body, before the answer
  bool hold = false;         // keep the connection open afterwards
};

struct HttpClientTest : testing::Test {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  std::vector<Script> scripts;
  std::vector<std::string> requests;
  std::vector<Origin> connected;
  ClientLimits limits{.connect = 2s, .whole = 5s, .max_response = 100'000};
  ClientRequest what{.url = parse_url("http://sink.example/a?b=c")};

  template <class Result>
  void finish(Result& result) {
    while (result.wait_for(0s) != std::future_status::ready) context.run_one();
  }

  asio::awaitable<void> converse(tcp::socket socket, Script script) {
    std::string text;
    co_await asio::async_read_until(socket, asio::dynamic_buffer(text), "\r\n\r\n", as_code);
    const std::size_t head = text.find("\r\n\r\n") + 4;
    std::size_t length = 0;
    if (const auto at = text.find("Content-Length: "); at != text.npos) length = std::stoul(text.substr(at + 16));
    while (script.read_all && text.size() < head + length) {
      std::array<char, 8192> buffer;
      const auto [failed, size] = co_await socket.async_read_some(asio::buffer(buffer), as_code);
      text.append(buffer.data(), size);
      if (failed) break;
    }
    requests.push_back(text);
    boost::system::error_code failed;
    for (std::size_t i = 0; i < script.pieces.size() && !failed;) {
      asio::steady_timer timer(context, script.pause);
      if (script.pause > 0ms) co_await timer.async_wait(as_code);
      const auto [failure, size] = co_await asio::async_write(socket, asio::buffer(script.pieces[i]), as_code);
      failed = failure;
      if (!script.endless || i + 1 < script.pieces.size()) ++i;
    }
    if (script.hold) {
      asio::steady_timer timer(context, 1h);
      co_await timer.async_wait(as_code);
    }
  }

  asio::awaitable<void> serve() {
    for (const Script& script : scripts) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      asio::co_spawn(context, converse(std::move(socket), script), asio::detached);
    }
  }

  asio::awaitable<std::unique_ptr<Link>> connect(Origin origin) {
    connected.push_back(origin);
    tcp::socket socket(context);
    co_await socket.async_connect(acceptor.local_endpoint(), asio::use_awaitable);
    co_return std::make_unique<TcpLink>(std::move(socket));
  }

  ClientResponse ask() {
    asio::co_spawn(context, serve(), asio::detached);
    auto result = asio::co_spawn(
        context, request([this](Origin origin) { return connect(std::move(origin)); }, what, limits), asio::use_future);
    finish(result);
    return result.get();
  }

  ClientResponse ask(const std::string& answer) {
    scripts = {{.pieces = {answer}}};
    return ask();
  }

  /// The reason of the failure, and its text in `said`.
  std::string said;
  Reason fail() {
    try {
      const ClientResponse response = ask();
      ADD_FAILURE() << "there is a response: " << response.status << " with " << response.body.size() << " bytes";
    } catch (const ClientError& failure) {
      said = failure.what();
      return failure.reason();
    }
    return Reason::bad_request;
  }
  Reason fail(const std::string& answer) {
    scripts = {{.pieces = {answer}}};
    return fail();
  }
};

TEST_F(HttpClientTest, AsksAndHears) {
  what.headers = {{"X-Kind", "test"}};
  const ClientResponse response = ask("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.header("content-TYPE"), "text/plain");
  EXPECT_EQ(response.header("X-Missing"), "");
  EXPECT_EQ(requests.at(0),
            "GET /a?b=c HTTP/1.1\r\nHost: sink.example\r\nX-Kind: test\r\nAccept-Encoding: identity\r\nConnection: "
            "close\r\n\r\n");
  EXPECT_EQ(connected.at(0), (Origin{false, "sink.example", 80}));
}

TEST_F(HttpClientTest, SendsABodyAndItsLength) {
  what.method = "POST";
  what.body = std::string(100'000, 'x') + "end";
  EXPECT_EQ(ask("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").status, 202u);
  EXPECT_THAT(requests.at(0), HasSubstr("Content-Length: 100003\r\n"));
  EXPECT_TRUE(requests.at(0).ends_with("xend"));
}

TEST_F(HttpClientTest, StreamsBothWays) {
  what.method = "PUT";
  std::size_t given = 0;
  what.source.size = 50'000;
  what.source.read_some = [&](std::span<char> into) -> asio::awaitable<std::size_t> {
    const std::size_t size = std::min<std::size_t>(into.size(), 999);
    std::fill_n(into.data(), size, 'y');
    given += size;
    co_return size;
  };
  std::string heard;
  std::size_t longest = 0;
  what.sink = [&](std::string_view piece) -> asio::awaitable<void> {
    heard += piece;
    longest = std::max(longest, piece.size());
    co_return;
  };
  const std::string body(300'000, 'z');
  const ClientResponse response = ask("HTTP/1.1 201 Created\r\nContent-Length: 300000\r\n\r\n" + body);
  EXPECT_EQ(given, 50'000u);
  EXPECT_TRUE(requests.at(0).ends_with("\r\n\r\n" + std::string(50'000, 'y')));
  EXPECT_EQ(heard, body);
  EXPECT_LE(longest, transfer_piece);
  EXPECT_EQ(response.body, "");
}

TEST_F(HttpClientTest, KeepsTheBodyOfARefusalOutOfTheSink) {
  what.sink = [&](std::string_view) -> asio::awaitable<void> {
    ADD_FAILURE();
    co_return;
  };
  EXPECT_EQ(ask("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope").body, "nope");
}

TEST_F(HttpClientTest, PassesOnWhatSourceAndSinkThrow) {
  what.sink = [](std::string_view) -> asio::awaitable<void> {
    throw std::runtime_error("the disk is full");
    co_return;
  };
  EXPECT_THROW(ask("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope"), std::runtime_error);
}

TEST_F(HttpClientTest, ASourceThatEndsEarlyIsAnError) {
  what.source.size = 10;
  what.source.read_some = [](std::span<char>) -> asio::awaitable<std::size_t> { co_return 0; };
  scripts = {{.pieces = {}, .read_all = false, .hold = true}};
  EXPECT_EQ(fail(), Reason::bad_request);
}

TEST_F(HttpClientTest, ReadsChunks) {
  const ClientResponse response =
      ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-End: 1\r\n\r\n");
  EXPECT_EQ(response.body, "hello world");
}

TEST_F(HttpClientTest, ReadsByteByByte) {
  Script script{.pieces = {}};
  for (const char c : std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    script.pieces.emplace_back(1, c);
  }
  script.pause = 1ms;
  scripts = {script};
  EXPECT_EQ(ask().body, "abcde");
}

TEST_F(HttpClientTest, ReadsToTheEndWhereNoLengthIsSaid) {
  EXPECT_EQ(ask("HTTP/1.0 200 OK\r\n\r\nall of it").body, "all of it");
}

TEST_F(HttpClientTest, ExpectsNoBodyWhereThereIsNone) {
  scripts = {{.pieces = {"HTTP/1.1 204 No Content\r\n\r\n"}, .hold = true}};
  EXPECT_EQ(ask().status, 204u);
  scripts = {{.pieces = {"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"}, .hold = true}};
  EXPECT_EQ(ask().status, 304u);
  what.method = "HEAD";
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"}, .hold = true}};
  const ClientResponse response = ask();
  EXPECT_EQ(response.header("Content-Length"), "1000000000");
  EXPECT_EQ(response.body, "");
}

TEST_F(HttpClientTest, StopsAtTheLengthThatWasSaid) {
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\n\r\n"}, .hold = true}};
  const ClientResponse response = ask();
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.body, "ok");
}

TEST_F(HttpClientTest, PassesOverInterimResponses) {
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
  EXPECT_EQ(ask("HTTP/1.1 100 Continue\r\n\r\n" + interim + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx").body, "x");
  std::string many;
  for (int i = 0; i < 100; ++i) many += interim;
  EXPECT_EQ(fail(many), Reason::bad_response);
  EXPECT_EQ(fail("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), Reason::bad_response);
}

TEST_F(HttpClientTest, NoticesABodyThatWasCutOff) {
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), Reason::cut_off);
  EXPECT_THAT(said, HasSubstr("sink.example"));
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), Reason::cut_off);
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), Reason::cut_off);
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nContent-Le"), Reason::cut_off);
  EXPECT_EQ(fail(""), Reason::cut_off);
}

TEST_F(HttpClientTest, RefusesWhatIsNoHttp) {
  EXPECT_EQ(fail("SSH-2.0-OpenSSH_9.2\r\n\r\n"), Reason::bad_response);
  EXPECT_THAT(said, HasSubstr("is no HTTP response"));
  EXPECT_EQ(fail("HTTP/1.1 2000 OK\r\n\r\n"), Reason::bad_response);
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"), Reason::bad_response);
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), Reason::bad_response);
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n"), Reason::bad_response);
}

// case 185
TEST_F(HttpClientTest, BoundsTheHeaders) {
  EXPECT_EQ(fail("HTTP/1.1 200 OK\r\nX: " + std::string(max_response_header, 'x') + "\r\n\r\n"), Reason::too_large);
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\n", "X-More: and more\r\n"}, .endless = true}};
  EXPECT_EQ(fail(), Reason::too_large);
  EXPECT_THAT(said, HasSubstr("headers"));
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "extension"}, .endless = true}};
  EXPECT_EQ(fail(), Reason::too_large);
}

// case 185
TEST_F(HttpClientTest, BoundsTheBody) {
  limits.max_response = 10;
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789").body.size(), 10u);
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", std::string(8192, 'x')}, .endless = true}};
  EXPECT_EQ(fail(), Reason::too_large);
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n"}, .endless = true}};
  EXPECT_EQ(fail(), Reason::too_large);
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\n\r\n", "for ever "}, .endless = true}};
  EXPECT_EQ(fail(), Reason::too_large);
  limits.max_streamed = 10;
  what.sink = [](std::string_view) -> asio::awaitable<void> { co_return; };
  EXPECT_EQ(fail(), Reason::too_large);
}

// case 185
TEST_F(HttpClientTest, ATrickleMeetsTheDeadline) {
  limits.whole = 200ms;
  scripts = {{.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "x"}, .pause = 20ms, .endless = true}};
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(fail(), Reason::too_slow);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
  EXPECT_THAT(said, HasSubstr("200 ms"));
}

// case 185
TEST_F(HttpClientTest, SilenceMeetsTheDeadline) {
  limits.whole = 100ms;
  scripts = {{.pieces = {}, .hold = true}};
  EXPECT_EQ(fail(), Reason::too_slow);
}

TEST_F(HttpClientTest, ConnectingHasADeadlineOfItsOwn) {
  limits.connect = 50ms;
  const Connect never = [this](Origin) -> asio::awaitable<std::unique_ptr<Link>> {
    asio::steady_timer timer(context, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    co_return nullptr;
  };
  auto result = asio::co_spawn(context, request(never, what, limits), asio::use_future);
  finish(result);
  try {
    result.get();
    FAIL();
  } catch (const ClientError& failure) {
    EXPECT_EQ(failure.reason(), Reason::too_slow);
    EXPECT_THAT(failure.what(), HasSubstr("Connecting to sink.example"));
  }
}

TEST_F(HttpClientTest, HearsARefusalThatCameBeforeTheWholeBody) {
  what.method = "POST";
  what.body = std::string(8'000'000, 'x');
  scripts = {{.pieces = {"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig"}, .read_all = false}};
  try {
    EXPECT_EQ(ask().status, 413u);
  } catch (const ClientError& failure) {  // the reset may overtake the answer
    EXPECT_EQ(failure.reason(), Reason::cut_off);
  }
}

TEST_F(HttpClientTest, SendsNothingThatCouldBeReadAsMore) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X", std::string("a\0b", 3)}, {"X Y", "a"}, {"", "a"}, {"X:", "a"},
      {"Host", "evil"},   {"content-length", "1"}, {"Transfer-Encoding", "chunked"}, {"Connection", "upgrade"}};
  for (const auto& header : bad) {
    what.headers = {header};
    EXPECT_EQ(fail(), Reason::bad_request) << header.first << ": " << header.second;
  }
  what.headers = {};
  what.method = "GET / HTTP/1.1\r\nX:";
  EXPECT_EQ(fail(), Reason::bad_request);
  what.method = "GET";
  what.url.target = "/a HTTP/1.1\r\nX: y";
  EXPECT_EQ(fail(), Reason::bad_request);
  what.url.target = "/";
  what.headers = {{"X", std::string(max_sent_header, 'x')}};
  EXPECT_EQ(fail(), Reason::bad_request);
  what.headers = {};
  what.body = "123";
  limits.max_sent = 2;
  EXPECT_EQ(fail(), Reason::bad_request);
  EXPECT_TRUE(connected.empty());
}

// ---- redirects

std::string to(const std::string& where, int status = 302) {
  return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + where + "\r\nContent-Length: 0\r\n\r\n";
}
const std::string fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

TEST_F(HttpClientTest, ARedirectIsAResponseUnlessWanted) {
  const ClientResponse response = ask(to("/elsewhere"));
  EXPECT_EQ(response.status, 302u);
  EXPECT_EQ(response.header("location"), "/elsewhere");
}

TEST_F(HttpClientTest, FollowsRedirectsUpToTheLimit) {
  limits.redirects = 2;
  what.headers = {{"Authorization", "Bearer s3cret"}};
  scripts = {{.pieces = {to("/one")}}, {.pieces = {to("two")}}, {.pieces = {fine}}};
  const ClientResponse response = ask();
  EXPECT_EQ(response.url.text(), "http://sink.example/two");
  EXPECT_THAT(requests.at(2), StartsWith("GET /two "));
  EXPECT_THAT(requests.at(2), HasSubstr("s3cret"));  // the same origin
  scripts = {{.pieces = {to("/one")}}, {.pieces = {to("/two")}}, {.pieces = {to("/three")}}};
  EXPECT_EQ(fail(), Reason::redirect);
}

TEST_F(HttpClientTest, CarriesNoSecretToAnotherHost) {
  limits.redirects = 3;
  what.headers = {{"Authorization", "Bearer s3cret"}, {"X-Api-Key", "s3cret"}, {"Accept", "text/html"}};
  scripts = {{.pieces = {to("http://other.example/x")}}, {.pieces = {fine}}};
  ask();
  EXPECT_THAT(requests.at(1), Not(HasSubstr("s3cret")));
  EXPECT_THAT(requests.at(1), HasSubstr("Accept: text/html"));
  EXPECT_EQ(connected.at(1).host, "other.example");
  requests.clear();
  what.url = parse_url("http://sink.example/a");
  scripts = {{.pieces = {to("http://sink.example:8080/x")}}, {.pieces = {fine}}};  // another port is another origin
  ask();
  EXPECT_THAT(requests.at(1), Not(HasSubstr("s3cret")));
}

TEST_F(HttpClientTest, NeverGoesFromHttpsToHttp) {
  limits.redirects = 3;
  what.url = parse_url("https://sink.example/a");
  scripts = {{.pieces = {to("http://sink.example/a")}}};
  EXPECT_EQ(fail(), Reason::redirect);
  EXPECT_EQ(connected.size(), 1u);
  scripts = {{.pieces = {to("file:///etc/passwd")}}};
  EXPECT_EQ(fail(), Reason::redirect);
}

TEST_F(HttpClientTest, CarriesABodyOnlyWhereItBelongs) {
  limits.redirects = 3;
  what.method = "POST";
  what.body = "secret text";
  scripts = {{.pieces = {to("/x", 303)}}, {.pieces = {fine}}};
  ask();
  EXPECT_THAT(requests.at(1), StartsWith("GET /x "));
  EXPECT_THAT(requests.at(1), Not(HasSubstr("secret text")));
  requests.clear();
  scripts = {{.pieces = {to("/x", 307)}}, {.pieces = {fine}}};
  ask();
  EXPECT_THAT(requests.at(1), StartsWith("POST /x "));
  EXPECT_TRUE(requests.at(1).ends_with("secret text"));
  scripts = {{.pieces = {to("http://other.example/x", 307)}}};
  EXPECT_EQ(fail(), Reason::redirect);
}

// ---- with our own server

TEST_F(HttpClientTest, TalksWithOurServer) {
  Server server(context.get_executor(), {}, [](Request request) -> asio::awaitable<Response> {
    Response response{.status = 200, .body = request.method + " " + request.body, .content_type = "text/plain"};
    co_return response;
  });
  asio::co_spawn(context, server.run(), asio::detached);
  acceptor.close();
  what.url.origin.port = server.port();
  what.method = "PUT";
  what.body = "text";
  const Connect connect = [&](Origin origin) -> asio::awaitable<std::unique_ptr<Link>> {
    tcp::socket socket(context);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), origin.port}, asio::use_awaitable);
    co_return std::make_unique<TcpLink>(std::move(socket));
  };
  auto result = asio::co_spawn(context, request(connect, what, limits), asio::use_future);
  finish(result);
  EXPECT_EQ(result.get().body, "PUT text");
}

}  // namespace
