#include "tests/flow/world/mail_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "tests/support/scripted_server.hpp"

namespace omegate::flow {

using asio::ip::tcp;

namespace {

constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

std::string address_in(const std::string& line) {
  const auto open = line.find('<'), close = line.find('>');
  return open == line.npos || close == line.npos ? line : line.substr(open + 1, close - open - 1);
}

}  // namespace

struct MailServer::Talk {
  Talk(tcp::socket plain_socket, asio::ssl::context& context) : plain(std::move(plain_socket)), tls(plain, context) {}

  asio::awaitable<void> say(std::string text) {
    if (is_secure) {
      co_await asio::async_write(tls, asio::buffer(text), as_code);
    } else {
      co_await asio::async_write(plain, asio::buffer(text), as_code);
    }
  }
  /// A line with its end; nothing: the client has gone.
  asio::awaitable<std::optional<std::string>> line() {
    boost::system::error_code failure;
    std::size_t size = 0;
    if (is_secure) {
      std::tie(failure, size) = co_await asio::async_read_until(tls, asio::dynamic_buffer(buffer), "\r\n", as_code);
    } else {
      std::tie(failure, size) = co_await asio::async_read_until(plain, asio::dynamic_buffer(buffer), "\r\n", as_code);
    }
    if (failure) co_return std::nullopt;
    std::string text = buffer.substr(0, size);
    buffer.erase(0, size);
    co_return text;
  }

  tcp::socket plain;
  asio::ssl::stream<tcp::socket&> tls;
  bool is_secure = false, has_logged_in = false;
  std::string buffer;
  Taken mail;
};

MailServer::MailServer(asio::any_io_executor executor, bool implicit_tls)
    : executor_(executor),
      implicit_tls_(implicit_tls),
      context_(asio::ssl::context::tls_server),
      acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  const auto certificate = test::ScriptedServer::certificate_for("DNS:" + mail_host);
  const std::string chain = certificate.pem(), key = certificate.key_pem();
  context_.use_certificate_chain(asio::buffer(chain));
  context_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  asio::co_spawn(executor_, serve(), asio::detached);
}

void MailServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> MailServer::serve() {
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_code);
    if (failure) co_return;
    ++connections;
    asio::co_spawn(executor_, converse(std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> MailServer::converse(tcp::socket socket) {
  Talk talk(std::move(socket), context_);
  if (implicit_tls_) {
    const auto [refused] = co_await talk.tls.async_handshake(asio::ssl::stream_base::server, as_code);
    if (refused) co_return;
    talk.is_secure = true;
  }
  const std::weak_ptr<const bool> here = here_;
  co_await talk.say("220 mail.example.org ESMTP\r\n");
  for (;;) {
    auto line = co_await talk.line();
    if (!line || here.expired()) co_return;
    (talk.is_secure ? heard : heard_in_the_clear) += *line;
    const bool goes_on = co_await command(talk, std::move(*line));
    if (!goes_on) co_return;
  }
}

asio::awaitable<bool> MailServer::command(Talk& talk, std::string line) {
  const std::string verb = line.substr(0, 4);
  const std::string instead = interfere ? interfere(verb, line) : std::string();
  if (instead == "cut") co_return false;
  if (!instead.empty()) {
    co_await talk.say(instead);
    co_return instead.substr(0, 3) != "421";
  }
  if (verb == "EHLO") {
    const std::string tls = talk.is_secure || !offers_starttls ? "" : "250-STARTTLS\r\n";
    const std::string size = refuses_content.empty() ? "250-SIZE 1000000\r\n" : "";
    const std::string answer = "250-mail.example.org\r\n250-PIPELINING\r\n" + size + tls + "250-AUTH PLAIN\r\n250 8BITMIME\r\n";
    co_await talk.say(answer);
  } else if (verb == "STAR") {
    co_await talk.say("220 go ahead\r\n");
    const auto [refused] = co_await talk.tls.async_handshake(asio::ssl::stream_base::server, as_code);
    if (refused) co_return false;
    talk.is_secure = true;
  } else if (verb == "AUTH") {
    const std::string wanted = std::string("\0bot\0", 5) + password;
    talk.has_logged_in = line == "AUTH PLAIN " + crypto::to_base64(as_bytes(wanted)) + "\r\n";
    const std::string answer = talk.has_logged_in ? "235 2.7.0 welcome\r\n" : "535 5.7.8 wrong: " + line;
    co_await talk.say(answer);
  } else if (verb == "MAIL") {
    talk.mail = Taken{line.substr(5, line.size() - 7), {}, {}};
    const std::string answer = talk.has_logged_in ? "250 2.1.0 ok\r\n" : "530 5.7.0 log in first\r\n";
    co_await talk.say(answer);
  } else if (verb == "RCPT") {
    talk.mail.to.push_back(address_in(line));
    co_await talk.say("250 2.1.5 ok\r\n");
  } else if (verb == "DATA") {
    co_await talk.say("354 go on\r\n");
    const bool goes_on = co_await content(talk);
    co_return goes_on;
  } else if (verb == "QUIT") {
    co_await talk.say("221 bye\r\n");
    co_return false;
  } else {
    co_await talk.say("500 what?\r\n");
  }
  co_return true;
}

asio::awaitable<bool> MailServer::content(Talk& talk) {
  const std::weak_ptr<const bool> here = here_;
  if (!refuses_content.empty()) {
    co_await talk.say(refuses_content);
    co_return false;
  }
  for (;;) {
    auto line = co_await talk.line();
    if (!line || here.expired()) co_return false;
    heard += *line;
    if (*line == ".\r\n") break;
    talk.mail.content += line->starts_with('.') ? line->substr(1) : *line;
  }
  const std::string instead = interfere ? interfere(".", talk.mail.content) : std::string();
  if (instead == "cut") co_return false;
  if (instead.empty()) taken.push_back(talk.mail);
  const std::string answer = instead.empty() ? "250 2.0.0 queued\r\n" : instead;
  co_await talk.say(answer);
  co_return instead.empty() || instead.substr(0, 3) != "421";
}

}  // namespace omegate::flow
