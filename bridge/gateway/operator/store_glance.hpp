// Asks the database for what is shown to people, and does not wait for a disk that hangs.
//
// Who looks whether all is well must not be kept by what is not. Not here: what is asked.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

class StoreGlance {
 public:
  StoreGlance(store::Store& store, std::chrono::milliseconds patience) : store_(store), patience_(patience) {}

  /// What `work(tables)` returns, or nothing: the database has not answered in time, or owes too many answers already. `work`
  /// reads only, and may be done when nobody waits for it any more: it holds all it needs by value, and so does what it returns.
  template <class Work, class Value = std::invoke_result_t<Work&, store::Tables&>>
  asio::awaitable<std::optional<Value>> ask(Work work) {
    if (*owed_ >= max_owed_answers) co_return std::nullopt;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    const auto asked = std::make_shared<Asked<Value>>(executor);
    ++*owed_;
    asio::co_spawn(executor, store_.transact_without_sync(std::move(work)),
                   [asked, owed = owed_](std::exception_ptr failure, Value value) {
                     --*owed;
                     asked->failure = failure;
                     if (!failure) asked->answer = std::move(value);
                     asked->over.notify();
                   });
    co_await asked->over.wait_for(patience_);
    if (asked->failure) std::rethrow_exception(asked->failure);
    co_return std::move(asked->answer);
  }

  std::chrono::milliseconds patience() const { return patience_; }

 private:
  template <class Value>
  struct Asked {
    explicit Asked(asio::any_io_executor executor) : over(std::move(executor)) {}
    Signal over;
    std::optional<Value> answer;
    std::exception_ptr failure;
  };

  store::Store& store_;
  std::chrono::milliseconds patience_;
  std::shared_ptr<std::atomic<int>> owed_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace omegate::gateway
