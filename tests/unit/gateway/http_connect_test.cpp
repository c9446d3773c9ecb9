// From a URL to a verified connection, over loopback.
#include "bridge/gateway/http/http_connect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <map>

#include "tests/support/certificates.hpp"

namespace {

namespace asio = boost::asio;
using namespace omegate;
using namespace std::chrono_literals;
using gateway::http_connect;
using http::ClientError;
using testing::HasSubstr;
using asio::ip::tcp;
namespace ssl = boost::asio::ssl;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

/// Answers from a table, and counts.
struct FakeNames : net::Names {
  std::map<std::string, std::vector<std::vector<std::string>>> answers;  // the first one, then the next …
  int asked = 0;

  asio::awaitable<net::SrvAnswer> services(std::string) override { co_return net::SrvAnswer{}; }
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string host) override {
    ++asked;
    std::vector<asio::ip::address> found;
    auto& rounds = answers[host];
    if (!rounds.empty()) {
      for (const auto& text : rounds.front()) found.push_back(asio::ip::make_address(text));
      if (rounds.size() > 1) rounds.erase(rounds.begin());
    }
    co_return found;
  }
};

struct HttpConnectTest : testing::Test {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  FakeNames names;
  test::Certificate authority = test::make_authority();
  std::string ca_file = authority.save(testing::TempDir() + "http-connect-ca.pem");
  net::TlsTrust trust{ca_file};
  net::AddressGuard guard{true};
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  bool say_goodbye = true;  // close_notify
  int connections = 0;

  template <class Result>
  void finish(Result& result) {
    while (result.wait_for(0s) != std::future_status::ready) context.run_one();
  }

  template <class Stream>
  asio::awaitable<void> converse(Stream& stream) {
    std::string text;
    co_await asio::async_read_until(stream, asio::dynamic_buffer(text), "\r\n\r\n", as_code);
    co_await asio::async_write(stream, asio::buffer(answer), as_code);
  }

  asio::awaitable<void> serve_tls(test::CertificateSpec spec) {
    const test::Certificate certificate = test::make_certificate(spec, &authority);
    ssl::context tls(ssl::context::tls_server);
    tls.use_certificate(asio::buffer(certificate.pem()), ssl::context::pem);
    tls.use_private_key(asio::buffer(certificate.key_pem()), ssl::context::pem);
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    ++connections;
    ssl::stream<tcp::socket> stream(std::move(socket), tls);
    const auto [failed] = co_await stream.async_handshake(ssl::stream_base::server, as_code);
    if (failed) co_return;
    co_await converse(stream);
    if (say_goodbye) co_await stream.async_shutdown(as_code);
  }

  asio::awaitable<void> serve_plain() {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    ++connections;
    co_await converse(socket);
  }

  http::ClientResponse get(const std::string& scheme, const std::string& host) {
    const std::string url = scheme + "://" + host + ":" + std::to_string(acceptor.local_endpoint().port()) + "/";
    http::ClientRequest what{.url = http::parse_url(url)};
    auto result =
        asio::co_spawn(context, http::request(http_connect(names, trust, guard), what), asio::use_future);
    finish(result);
    return result.get();
  }

  std::string fail(const std::string& scheme, const std::string& host, ClientError::Reason reason) {
    try {
      get(scheme, host);
    } catch (const ClientError& failure) {
      EXPECT_EQ(failure.reason(), reason) << failure.what();
      return failure.what();
    }
    ADD_FAILURE() << host << " was reached";
    return "";
  }
};

TEST_F(HttpConnectTest, ReachesAServerWhoseCertificateNamesIt) {
  names.answers["sink.example"] = {{"127.0.0.1"}};
  asio::co_spawn(context, serve_tls({.names = "DNS:sink.example"}), asio::detached);
  EXPECT_EQ(get("https", "sink.example").body, "hello");
}

TEST_F(HttpConnectTest, BelievesNoOtherCertificate) {
  names.answers["sink.example"] = {{"127.0.0.1"}};
  asio::co_spawn(context, serve_tls({.names = "DNS:other.example"}), asio::detached);
  EXPECT_THAT(fail("https", "sink.example", ClientError::Reason::no_connection), HasSubstr("other.example"));
  asio::co_spawn(context, serve_tls({.names = "DNS:sink.example", .ends = -1h}), asio::detached);
  EXPECT_THAT(fail("https", "sink.example", ClientError::Reason::no_connection), HasSubstr("expired"));
  authority = test::make_authority("somebody else");
  asio::co_spawn(context, serve_tls({.names = "DNS:sink.example"}), asio::detached);
  EXPECT_THAT(fail("https", "sink.example", ClientError::Reason::no_connection), HasSubstr("ca_file"));
}

TEST_F(HttpConnectTest, TakesNoTruncationForAnEnd) {
  names.answers["sink.example"] = {{"127.0.0.1"}};
  answer = "HTTP/1.1 200 OK\r\n\r\nhello";  // until the connection ends
  asio::co_spawn(context, serve_tls({.names = "DNS:sink.example"}), asio::detached);
  EXPECT_EQ(get("https", "sink.example").body, "hello");
  say_goodbye = false;
  asio::co_spawn(context, serve_tls({.names = "DNS:sink.example"}), asio::detached);
  fail("https", "sink.example", ClientError::Reason::cut_off);
}

TEST_F(HttpConnectTest, ConnectsToNothingInside) {
  guard = net::AddressGuard();
  asio::co_spawn(context, serve_plain(), asio::detached);
  names.answers["inside.example"] = {{"127.0.0.1"}};
  names.answers["metadata.example"] = {{"169.254.169.254"}};
  const std::string said = fail("http", "inside.example", ClientError::Reason::forbidden);
  EXPECT_THAT(said, HasSubstr("127.0.0.1 is a loopback address"));
  EXPECT_THAT(said, HasSubstr("allow_private"));
  EXPECT_THAT(fail("http", "metadata.example", ClientError::Reason::forbidden), HasSubstr("link-local"));
  EXPECT_EQ(connections, 0);
  guard = net::AddressGuard(true);
  EXPECT_EQ(get("http", "inside.example").body, "hello");
  fail("http", "metadata.example", ClientError::Reason::forbidden);
}

TEST_F(HttpConnectTest, UsesOfSeveralAddressesOnlyTheAllowedOnes) {
  names.answers["mixed.example"] = {{"169.254.169.254", "127.0.0.1", "224.0.0.1"}};
  asio::co_spawn(context, serve_plain(), asio::detached);
  EXPECT_EQ(get("http", "mixed.example").body, "hello");
}

TEST_F(HttpConnectTest, LooksANameUpOnce) {  // who answers the second lookup differently gains nothing
  names.answers["rebinding.example"] = {{"127.0.0.1"}, {"169.254.169.254"}};
  asio::co_spawn(context, serve_plain(), asio::detached);
  EXPECT_EQ(get("http", "rebinding.example").body, "hello");
  EXPECT_EQ(names.asked, 1);
}

TEST_F(HttpConnectTest, SaysWhatIsMissing) {
  EXPECT_THAT(fail("http", "nobody.example", ClientError::Reason::no_connection), HasSubstr("no address"));
  names.answers["closed.example"] = {{"127.0.0.1"}};
  const auto port = acceptor.local_endpoint().port();
  acceptor.close();
  http::ClientRequest what{.url = http::parse_url("http://closed.example:" + std::to_string(port) + "/")};
  auto result = asio::co_spawn(context, http::request(http_connect(names, trust, guard), what), asio::use_future);
  finish(result);
  EXPECT_THROW(result.get(), ClientError);
}

}  // namespace
