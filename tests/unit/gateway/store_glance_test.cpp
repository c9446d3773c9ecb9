#include "bridge/gateway/operator/store_glance.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

struct Glance : testing::Test {
  /// Runs until it is answered, or given up.
  std::optional<int> ask() {
    std::optional<int> answer;
    bool is_over = false;
    auto work = [](store::Tables&) { return 42; };
    asio::co_spawn(loop, glance.ask(std::move(work)), [&](std::exception_ptr failure, std::optional<int> heard) {
      EXPECT_FALSE(failure);
      answer = heard;
      is_over = true;
    });
    loop.restart();
    while (!is_over) loop.run_one();
    return answer;
  }

  asio::io_context loop;
  test::TempDir dir;
  store::Store store{dir / "glance.db", test::some_file_key()};
  StoreGlance glance{store, std::chrono::milliseconds(20)};
};

TEST_F(Glance, DoesNotWaitForADatabaseThatHangsAndAsksNoMoreOfItThanItMayOwe) {
  std::promise<void> hangs, mended;
  auto work = std::async(std::launch::async, [&] {
    store.run([&](store::Tables&) {
      hangs.set_value();
      mended.get_future().wait();
    });
  });
  hangs.get_future().wait();
  for (int i = 0; i < max_owed_answers; ++i) EXPECT_EQ(ask(), std::nullopt) << i;
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ask(), std::nullopt) << "nobody asks, and nobody waits";
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(15));
  mended.set_value();
  work.wait();
  std::optional<int> answer;
  for (int i = 0; i < 1000 && !answer; ++i) answer = ask();
  EXPECT_EQ(answer, 42);
}

TEST_F(Glance, ThrowsWhatTheWorkThrows) {
  StoreGlance patient(store, std::chrono::minutes(10));
  auto work = [](store::Tables&) -> int { throw std::runtime_error("unreadable"); };
  std::exception_ptr thrown;
  asio::co_spawn(loop, patient.ask(std::move(work)), [&](std::exception_ptr failure, std::optional<int>) { thrown = failure; });
  loop.run();
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), std::runtime_error);
}

}  // namespace
}  // namespace omegate::gateway
