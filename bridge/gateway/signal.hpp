// A wake-up call from one actor to another.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace omegate::gateway {

namespace asio = boost::asio;

/// Tells one waiting coroutine that there may be something to do. Calls that come while nobody waits are
/// remembered as one. `notify` may be called from any thread; `wait_until` only on the signal's executor.
class Signal {
 public:
  explicit Signal(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

  void notify() const {
    asio::post(state_->timer.get_executor(), [state = state_] {
      state->raised = true;
      state->timer.cancel();
    });
  }

  /// Returns when notified, or when `deadline` has come, whichever is first. Throws `operation_aborted` when
  /// the caller's coroutine is cancelled.
  asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point deadline) {
    const auto state = state_;  // outlives the wait
    if (!state->raised) {
      state->timer.expires_at(deadline);
      co_await state->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
      if (cancelled != asio::cancellation_type::none) throw boost::system::system_error(asio::error::operation_aborted);
    }
    state->raised = false;
  }

  asio::awaitable<void> wait_for(std::chrono::steady_clock::duration limit) {
    return wait_until(std::chrono::steady_clock::now() + limit);
  }

 private:
  struct State {
    explicit State(asio::any_io_executor executor) : timer(std::move(executor)) {}
    asio::steady_timer timer;
    bool raised = false;
  };

  std::shared_ptr<State> state_;
};

}  // namespace omegate::gateway
