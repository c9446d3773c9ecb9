#include "bridge/edge/store/failpoint.hpp"

#ifdef OMEGATE_TEST

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace omegate::store {

namespace {

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
  if (++passed == order.count) kill(getpid(), SIGKILL);
}

}  // namespace omegate::store

#endif
