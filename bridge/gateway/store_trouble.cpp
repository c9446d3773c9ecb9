#include "bridge/gateway/store_trouble.hpp"

namespace omegate::gateway {

asio::awaitable<void> work_despite_trouble(Signal& signal, std::chrono::milliseconds pause, std::function<asio::awaitable<void>()> work,
                                           std::function<void(const store::StoreError& failure)> stalled) {
  for (;;) {
    try {
      co_await work();
    } catch (const store::StoreError& failure) {
      stalled(failure);
    }
    co_await signal.wait_for(pause);
  }
}

}  // namespace omegate::gateway
