#include "bridge/edge/net/race.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace omegate::net;

asio::awaitable<void> fail_now() {
  throw boost::system::system_error(asio::error::connection_reset);
  co_return;
}

asio::awaitable<void> nap(std::chrono::milliseconds length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

boost::system::error_code outcome(asio::awaitable<void> work) {
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  try {
    result.get();
  } catch (const boost::system::system_error& failure) {
    return failure.code();
  }
  return {};
}

// The naps of an hour would show: a race that waits for its losers never ends here.
TEST(Within, PassesOnAFailureAtOnce) {
  EXPECT_EQ(outcome(within(1h, fail_now())), asio::error::connection_reset);
}
TEST(Within, EndsAnOperationThatTakesTooLong) {
  EXPECT_EQ(outcome(within(5ms, nap(1h))), asio::error::timed_out);
}
TEST(Within, ReturnsWithItsOperation) { EXPECT_FALSE(outcome(within(1h, nap(1ms)))); }
TEST(Race, IsDecidedByTheFirst) { EXPECT_FALSE(outcome(race(nap(1h), nap(1ms), expire(1h)))); }

TEST(Within, WorksOnStrandsOfAPool) {
  asio::thread_pool pool(4);
  std::vector<std::future<void>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(asio::co_spawn(asio::make_strand(pool), within(1h, nap(2ms)), asio::use_future));
  }
  for (auto& each : all) each.get();
}

}  // namespace
