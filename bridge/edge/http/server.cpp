#include "bridge/edge/http/server.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <set>
#include <stdexcept>

#include "bridge/edge/http/conversation.hpp"

namespace omegate::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

/// Out of descriptors, say: trying again at once would only burn CPU.
constexpr std::chrono::milliseconds pause_after_failed_accept{100};

/// Whoever was asked to make room may have got the rest of its request just then, and stays.
constexpr std::chrono::milliseconds look_again{20};

tcp::acceptor listen(const asio::any_io_executor& executor, const Settings& settings) {
  try {
    return tcp::acceptor(executor, {asio::ip::make_address(settings.address), settings.port});
  } catch (const boost::system::system_error& failure) {
    throw std::runtime_error("cannot listen on " + settings.address + ":" + std::to_string(settings.port) +
                             ": " + failure.code().message());
  }
}

}  // namespace

std::string_view Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
    return boost::beast::iequals({header.first.data(), header.first.size()}, {name.data(), name.size()});
  });
  return found == headers.end() ? std::string_view() : found->second;
}

Response error_response(unsigned status, std::string_view text) {
  const boost::json::value body{{"error", boost::json::string_view(text.data(), text.size())}};
  return {.status = status, .body = boost::json::serialize(body) + "\n"};
}

class Server::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::any_io_executor executor, Settings settings, Handler handler)
      : settings_(std::move(settings)),
        handler_(std::move(handler)),
        acceptor_(listen(executor, settings_)),
        changed_(executor, asio::steady_timer::time_point::max()) {}

  std::uint16_t port() const { return port_; }

  static asio::awaitable<void> run(std::shared_ptr<Listener> self) {
    while (!self->stopped_) co_await self->accept_one();
    self->changed_.expires_at(asio::steady_timer::time_point::max());
    while (!self->open_.empty()) co_await self->changed_.async_wait(as_code);
  }

  void stop() {
    stopped_ = true;
    close_acceptor();
    for (const auto& conversation : open_) conversation->stop();
    changed_.cancel();
  }

  void drop() {
    stop();
    for (const auto& conversation : open_) conversation->close();
  }

 private:
  asio::awaitable<void> accept_one() {
    const auto [gone] = co_await acceptor_.async_wait(tcp::acceptor::wait_read, as_code);
    if (stopped_ || (!gone && !has_place())) {
      changed_.expires_after(look_again);
      if (!stopped_) co_await changed_.async_wait(as_code);
      co_return;
    }
    auto [failure, socket] = co_await acceptor_.async_accept(as_code);
    if (stopped_) co_return;
    if (failure) {
      co_await asio::steady_timer(acceptor_.get_executor(), pause_after_failed_accept).async_wait(as_code);
      co_return;
    }
    const auto conversation = std::make_shared<Conversation>(std::move(socket), settings_, handler_);
    open_.insert(conversation);
    asio::co_spawn(acceptor_.get_executor(), Conversation::run(conversation),
                   [self = shared_from_this(), conversation](std::exception_ptr failed) {
                     if (failed && self->settings_.on_failure) self->settings_.on_failure(failed);
                     conversation->close();
                     self->open_.erase(conversation);
                     self->changed_.cancel();
                   });
  }

  /// For one more connection. If there is none, whoever waits longest for a request is asked to make it.
  bool has_place() {
    std::shared_ptr<Conversation> longest;
    std::size_t waiting = 0;
    for (const auto& each : open_) {
      if (each->is_handling()) continue;
      ++waiting;
      if (!longest || each->waits_since() < longest->waits_since()) longest = each;
    }
    if (waiting < settings_.max_connections && open_.size() < settings_.max_connections * handled_share) return true;
    if (longest) longest->give_way();
    return false;
  }

  void close_acceptor() {
    error_code ignored;
    acceptor_.close(ignored);
  }

  Settings settings_;
  Handler handler_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::set<std::shared_ptr<Conversation>> open_;
  asio::steady_timer changed_;  // cancelled when a connection has ended
  bool stopped_ = false;
};

Server::Server(asio::any_io_executor executor, Settings settings, Handler handler)
    : listener_(std::make_shared<Listener>(std::move(executor), std::move(settings), std::move(handler))) {}

Server::~Server() { listener_->drop(); }

std::uint16_t Server::port() const { return listener_->port(); }
asio::awaitable<void> Server::run() { return Listener::run(listener_); }
void Server::stop() { listener_->stop(); }

}  // namespace omegate::http
