#include "bridge/edge/store/failpoint.hpp"

#ifdef OMEGATE_TEST

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace omegate::store {

namespace {

/// What other threads have shown or queued by now reaches the outside: a fault that needs luck to be seen is seen.
constexpr std::chrono::milliseconds last_breath{50};

struct Order {
  std::string name;
  long count = 0;  // 0: never
};

Order read_order() {
  const char* const text = std::getenv("OMEGATE_FAILPOINT");
  if (!text) return {};
  const std::string order = text;
  const auto first = order.find(':');
  const auto second = order.find(':', first + 1);
  if (second == std::string::npos || order.substr(second + 1) != "kill") std::abort();  // a test's mistake
  return {order.substr(0, first), std::stol(order.substr(first + 1, second - first - 1))};
}

}  // namespace

void failpoint(const char* name) {
  static const Order order = read_order();
  static std::atomic<long> passed = 0;
  if (order.name != name) return;
  if (++passed != order.count) return;
  std::this_thread::sleep_for(last_breath);
  kill(getpid(), SIGKILL);
}

}  // namespace omegate::store

#endif
