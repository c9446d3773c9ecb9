// What several awaitables are to each other: a race, a bound in time, parts of one work.
//
// Not here: deadlines that move while an operation runs (watchdog.hpp).
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <concepts>
#include <exception>
#include <tuple>
#include <utility>

namespace omegate::net {

namespace asio = boost::asio;

/// Runs all; the first to return *or throw* cancels the others and decides the outcome, once the others
/// have ended too. (Asio's `||` waits for the first *success*: a failed read would wait for its time limit.)
/// The racers run on the caller's executor, which must be one thread or a strand.
template <std::same_as<asio::awaitable<void>>... Racers>
asio::awaitable<void> race(Racers... racers) {
  const auto executor = co_await asio::this_coro::executor;
  const auto outcome = co_await asio::experimental::make_parallel_group(
                           asio::co_spawn(executor, std::move(racers), asio::deferred)...)
                           .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  std::apply(
      [](const auto& finish_order, const auto&... failures) {
        const std::exception_ptr in_order[] = {failures...};
        if (const auto& first = in_order[finish_order[0]]) std::rethrow_exception(first);
      },
      outcome);
}

/// Runs all to their ends, then throws what the first of them that failed threw. The same executor as for `race`.
template <std::same_as<asio::awaitable<void>>... Parts>
asio::awaitable<void> all(Parts... parts) {
  const auto executor = co_await asio::this_coro::executor;
  const auto outcome = co_await asio::experimental::make_parallel_group(
                           asio::co_spawn(executor, std::move(parts), asio::deferred)...)
                           .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  std::apply(
      [](const auto& finish_order, const auto&... failures) {
        const std::exception_ptr in_order[] = {failures...};
        for (const std::size_t index : finish_order)
          if (in_order[index]) std::rethrow_exception(in_order[index]);
      },
      outcome);
}

/// Sleeps for `limit`, then throws `asio::error::timed_out`.
asio::awaitable<void> expire(std::chrono::steady_clock::duration limit);

/// Throws `asio::error::timed_out` if `operation` takes longer than `limit`; it is then cancelled, and what
/// it worked on is to be thrown away.
asio::awaitable<void> within(std::chrono::steady_clock::duration limit, asio::awaitable<void> operation);

}  // namespace omegate::net
