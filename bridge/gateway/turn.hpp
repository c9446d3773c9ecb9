// An actor's long steps, one after the other.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace omegate::gateway {

namespace asio = boost::asio;

/// First come, first served. Not shared: its users run on one strand.
class Turn {
 public:
  explicit Turn(const asio::any_io_executor& executor) : taken_(executor, 1) {}

  struct GiveBack {
    void operator()(Turn* turn) const {
      turn->taken_.try_receive([](auto...) {});
    }
  };
  using Mine = std::unique_ptr<Turn, GiveBack>;

  asio::awaitable<Mine> take() {
    if (taken_.try_send(boost::system::error_code())) co_return Mine(this);  // nobody has it, so nobody waits
    co_await taken_.async_send(boost::system::error_code(), asio::use_awaitable);
    co_return Mine(this);
  }

 private:
  asio::experimental::channel<void(boost::system::error_code)> taken_;
};

}  // namespace omegate::gateway
