#include "bridge/edge/net/connect.hpp"

#include <netinet/tcp.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bridge/edge/net/limits.hpp"

namespace omegate::net {
namespace {

using asio::ip::tcp;

/// What one attempt works with. `start` is when it begins; an attempt that fails starts the next one.
struct Attempt {
  Attempt(const asio::any_io_executor& executor, tcp::endpoint to, std::chrono::milliseconds after)
      : endpoint(std::move(to)), socket(executor), start(executor, after) {}
  tcp::endpoint endpoint;
  tcp::socket socket;
  asio::steady_timer start;
  boost::system::error_code failure = {};
};

template <class Level, class Name>
void set_option(tcp::socket& socket, Level level, Name option, int value) {
  // A kernel that does not know the option is no reason not to connect.
  setsockopt(socket.native_handle(), level, option, &value, sizeof value);
}

void tune(tcp::socket& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(tcp_user_timeout_ms));
}

/// Throws when it did not connect, so that the group waits for the others.
asio::awaitable<void> attempt(Attempt& mine, Attempt* next) {
  constexpr auto as_code = asio::as_tuple(asio::use_awaitable);
  co_await mine.start.async_wait(as_code);  // its time has come, or the one before has failed
  const auto [failure] = co_await mine.socket.async_connect(mine.endpoint, as_code);
  mine.failure = failure;
  if (!failure) co_return tune(mine.socket);
  mine.socket.close();
  if (next) next->start.cancel();
  throw boost::system::system_error(failure);
}

}  // namespace

asio::awaitable<tcp::socket> connect_any(std::vector<tcp::endpoint> endpoints) {
  if (endpoints.empty()) throw boost::system::system_error(asio::error::host_not_found);
  const auto executor = co_await asio::this_coro::executor;
  std::vector<Attempt> attempts;
  attempts.reserve(endpoints.size());
  for (const tcp::endpoint& endpoint : endpoints) {
    attempts.emplace_back(executor, endpoint, attempt_delay * attempts.size());
  }
  using Operation = decltype(asio::co_spawn(executor, attempt(attempts[0], nullptr), asio::deferred));
  std::vector<Operation> operations;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    Attempt* const next = i + 1 < attempts.size() ? &attempts[i + 1] : nullptr;
    operations.push_back(asio::co_spawn(executor, attempt(attempts[i], next), asio::deferred));
  }
  co_await asio::experimental::make_parallel_group(std::move(operations))
      .async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);
  for (Attempt& each : attempts) {
    if (!each.failure && each.socket.is_open()) co_return std::move(each.socket);
  }
  throw boost::system::system_error(attempts.front().failure);
}

}  // namespace omegate::net
