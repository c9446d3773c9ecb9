#include "bridge/edge/net/race.hpp"

namespace omegate::net {

asio::awaitable<void> expire(std::chrono::steady_clock::duration limit) {
  asio::steady_timer timer(co_await asio::this_coro::executor, limit);
  co_await timer.async_wait(asio::use_awaitable);
  throw boost::system::system_error(asio::error::timed_out);
}

asio::awaitable<void> within(std::chrono::steady_clock::duration limit, asio::awaitable<void> operation) {
  return race(std::move(operation), expire(limit));
}

}  // namespace omegate::net
