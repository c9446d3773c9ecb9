#include "bridge/gateway/store_trouble.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;

/// Work that the database refuses `refusals` times, and that ends over something else then.
struct Trouble : testing::Test {
  std::future<void> begin(std::chrono::milliseconds pause, int refusals) {
    auto work = [this, refusals]() -> asio::awaitable<void> {
      if (++attempts <= refusals) throw store::DiskFull("the disk is full");
      throw std::logic_error("no database");
      co_return;
    };
    auto stalled = [this](const store::StoreError& failure) { said.emplace_back(failure.what()); };
    return asio::co_spawn(context, work_despite_trouble(signal, pause, std::move(work), std::move(stalled)), asio::use_future);
  }

  asio::io_context context;
  Signal signal{context.get_executor()};
  int attempts = 0;
  std::vector<std::string> said;
};

TEST_F(Trouble, OfTheDatabaseIsSaidEachTimeAndTheWorkBeginsAnew) {
  auto ended = begin(1ms, 3);
  context.run();
  EXPECT_THROW(ended.get(), std::logic_error) << "what is no trouble of the database is not swallowed";
  EXPECT_EQ(attempts, 4);
  EXPECT_EQ(said, std::vector<std::string>(3, "the disk is full"));
}

TEST_F(Trouble, DoesNotKeepWhoIsWokenWaiting) {
  auto ended = begin(1h, 1);
  signal.notify();
  context.run();
  EXPECT_THROW(ended.get(), std::logic_error);
  EXPECT_EQ(attempts, 2);
}

}  // namespace
}  // namespace omegate::gateway
