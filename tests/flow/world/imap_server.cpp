#include "tests/flow/world/imap_server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/scripted_server.hpp"

namespace omegate::flow {

using asio::ip::tcp;

namespace {

constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct ImapServer::Talk {
  Talk(tcp::socket plain_socket, asio::ssl::context& context) : plain(std::move(plain_socket)), tls(plain, context) {}

  static asio::awaitable<void> say(std::shared_ptr<Talk> self, std::string text) { co_await asio::async_write(self->tls, asio::buffer(text), as_code); }

  tcp::socket plain;
  asio::ssl::stream<tcp::socket&> tls;
  std::string buffer, idle_tag;
};

ImapServer::ImapServer(asio::any_io_executor executor)
    : executor_(executor),
      context_(asio::ssl::context::tls_server),
      acceptor_(executor, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  const auto certificate = test::ScriptedServer::certificate_for("DNS:" + imap_host);
  const std::string chain = certificate.pem(), key = certificate.key_pem();
  context_.use_certificate_chain(asio::buffer(chain));
  context_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  asio::co_spawn(executor_, serve(), asio::detached);
}

void ImapServer::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  drop();
}

void ImapServer::drop() {
  boost::system::error_code ignored;
  for (const auto& talk : open_) talk->plain.close(ignored);
}

void ImapServer::deliver(const std::string& text) {
  folder.push_back({next_uid++, text});
  for (const auto& talk : open_) {
    if (talk->idle_tag.empty()) continue;
    asio::co_spawn(executor_, Talk::say(talk, "* " + std::to_string(folder.size()) + " EXISTS\r\n"), asio::detached);
  }
}

void ImapServer::renumber() {
  ++validity;
  next_uid = 1;
  for (Mail& mail : folder) mail.uid = next_uid++;
}

asio::awaitable<void> ImapServer::serve() {
  for (;;) {
    auto [failure, socket] = co_await acceptor_.async_accept(as_code);
    if (failure) co_return;
    ++connections;
    asio::co_spawn(executor_, converse(std::make_shared<Talk>(std::move(socket), context_)), asio::detached);
  }
}

asio::awaitable<void> ImapServer::converse(std::shared_ptr<Talk> talk) {
  const std::weak_ptr<const bool> here = here_;
  const auto [refused] = co_await talk->tls.async_handshake(asio::ssl::stream_base::server, as_code);
  if (refused || here.expired()) co_return;
  open_.insert(talk);
  co_await Talk::say(talk, "* OK ready\r\n");
  for (;;) {
    const auto [failure, size] = co_await asio::async_read_until(talk->tls, asio::dynamic_buffer(talk->buffer), "\r\n", as_code);
    if (here.expired()) co_return;
    if (failure) break;
    std::string line = talk->buffer.substr(0, size - 2);
    talk->buffer.erase(0, size);
    heard += line + "\n";
    const bool goes_on = co_await command(talk, std::move(line));
    if (here.expired()) co_return;
    if (!goes_on) break;
  }
  if (!talk->idle_tag.empty()) --idling;
  open_.erase(talk);
}

std::string ImapServer::list_line(std::size_t place) const {
  const Mail& mail = folder[place];
  return "* " + std::to_string(place + 1) + " FETCH (UID " + std::to_string(mail.uid) + " RFC822.SIZE " + std::to_string(mail.text.size()) +
         " INTERNALDATE \"" + mail.date + "\")\r\n";
}

/// "12 (UID BODY.PEEK[])", "12:* (UID RFC822.SIZE INTERNALDATE)", "* (UID INTERNALDATE)"
std::string ImapServer::fetch(const std::string& arguments) {
  std::string answer;
  if (folder.empty()) return answer;
  if (arguments.starts_with("*")) return list_line(folder.size() - 1);
  const auto uid = static_cast<std::uint32_t>(std::stoul(arguments));
  const bool is_range = arguments.find(":*") != arguments.npos;
  for (std::size_t i = 0; i < folder.size(); ++i) {
    const Mail& mail = folder[i];
    if (is_range && (mail.uid >= uid || i + 1 == folder.size())) answer += list_line(i);
    if (!is_range && mail.uid == uid)
      answer += "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(uid) + " BODY[] {" + std::to_string(mail.text.size()) + "}\r\n" + mail.text + ")\r\n";
  }
  return answer;
}

asio::awaitable<bool> ImapServer::command(std::shared_ptr<Talk> talk, std::string line) {
  if (line == "DONE") {
    const std::string tag = std::exchange(talk->idle_tag, {});
    --idling;
    co_await Talk::say(talk, tag + " OK done\r\n");
    co_return true;
  }
  const std::string tag = line.substr(0, line.find(' ')), rest = line.substr(std::min(line.size(), tag.size() + 1));
  std::string instead = interfere ? interfere(rest) : std::string();
  if (instead == "cut") co_return false;
  if (!instead.empty()) {
    for (auto at = instead.find("{tag}"); at != instead.npos; at = instead.find("{tag}")) instead.replace(at, 5, tag);
    co_await Talk::say(talk, instead);
    co_return true;
  }
  const auto is = [&](std::string_view verb) { return rest.starts_with(verb); };
  std::string answer;
  if (is("CAPABILITY")) answer = "* CAPABILITY " + capabilities + "\r\n";
  if (is("SELECT") || is("EXAMINE"))
    answer = "* " + std::to_string(folder.size()) + " EXISTS\r\n* OK [UIDVALIDITY " + std::to_string(validity) + "] valid\r\n* OK [UIDNEXT " +
             std::to_string(next_uid) + "] next\r\n";
  if (is("NOOP")) answer = "* " + std::to_string(folder.size()) + " EXISTS\r\n";
  if (is("UID FETCH ")) answer = fetch(rest.substr(10));
  if (is("UID STORE ") || is("UID MOVE ")) {
    const auto uid = static_cast<std::uint32_t>(std::stoul(rest.substr(is("UID STORE ") ? 10 : 9)));
    const auto mail = std::ranges::find(folder, uid, &Mail::uid);
    if (mail != folder.end() && is("UID STORE ")) mail->seen = true;
    if (mail != folder.end() && is("UID MOVE ")) {
      answer = "* " + std::to_string(mail - folder.begin() + 1) + " EXPUNGE\r\n";
      moved.push_back(mail->text);
      folder.erase(mail);
    }
  }
  if (is("IDLE")) {
    talk->idle_tag = tag;
    ++idling;
    co_await Talk::say(talk, "+ idling\r\n");
    co_return true;
  }
  answer += tag + " OK done\r\n";
  co_await Talk::say(talk, answer);
  co_return true;
}

}  // namespace omegate::flow
