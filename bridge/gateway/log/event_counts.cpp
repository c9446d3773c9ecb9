#include "bridge/gateway/log/event_counts.hpp"

#include <mutex>

namespace omegate::gateway {
namespace {

/// Unit: pairs of event and kind. Why: memory stays bounded should a kind ever come from outside.
constexpr std::size_t most_counters = 512;

struct Counts {
  std::mutex lock;
  std::map<EventKey, std::uint64_t> values;
};

Counts& counts() {
  static Counts all;
  return all;
}

}  // namespace

std::string_view counted_field(std::string_view event) {
  if (event == "message.unread" || event == "message.dropped") return "reason";
  if (event == "account.lost") return "kind";
  return {};
}

void count_event(std::string_view event, std::string_view kind) {
  Counts& all = counts();
  const std::lock_guard guard(all.lock);
  EventKey key{std::string(event), std::string(kind)};
  const auto found = all.values.find(key);
  if (found != all.values.end()) {
    ++found->second;
  } else if (all.values.size() < most_counters) {
    all.values.emplace(std::move(key), 1);
  }
}

std::map<EventKey, std::uint64_t> event_counts() {
  Counts& all = counts();
  const std::lock_guard guard(all.lock);
  return all.values;
}

}  // namespace omegate::gateway
