#include "bridge/gateway/stream/stream_backoff.hpp"

#include <algorithm>
#include <cstdint>

namespace omegate::gateway {

std::optional<std::chrono::milliseconds> Backoff::after(FailureKind kind, std::chrono::milliseconds stood) {
  if (stood >= healthy_after) {
    failures_ = conflicts_ = 0;
    if (kind != FailureKind::policy) policy_ends_ = 0;  // a big stanza may come only now and then
  }
  if (stood > 0ms) refusals_ = 0;
  switch (kind) {
    case FailureKind::credentials:
    case FailureKind::configuration:
      if (++refusals_ >= max_refusals) return std::nullopt;
      return pause(first_pause, longest_pause);
    case FailureKind::policy:
      if (++policy_ends_ >= max_policy_ends) return std::nullopt;
      return pause(objection_pause, longest_calm_pause);
    case FailureKind::conflict:
      failures_ = conflicts_++;  // losses before it do not lengthen its pause: `copy_wait` counts on the first one
      return pause(calm_pause, longest_calm_pause);
    case FailureKind::tls:
    case FailureKind::downgrade:
      return pause(calm_pause, longest_calm_pause);
    case FailureKind::redirected:
      if (failures_ > 0) return pause(first_pause, longest_pause);  // two servers must not play ball with us
      ++failures_;
      return 0ms;
    case FailureKind::closed:
    case FailureKind::network:
    case FailureKind::server:
    case FailureKind::protocol:
    case FailureKind::rejected:
      break;
  }
  return pause(first_pause, longest_pause);
}

std::chrono::milliseconds Backoff::pause(std::chrono::milliseconds first, std::chrono::milliseconds longest) {
  const int doublings = std::min(failures_++, 16);
  const auto base = std::min<std::int64_t>(first.count() << doublings, longest.count());
  std::uint32_t drawn = 0;
  random_.get().fill({reinterpret_cast<std::uint8_t*>(&drawn), sizeof drawn});
  return std::chrono::milliseconds(base * 3 / 4 + base * (drawn % 1001) / 2000);
}

}  // namespace omegate::gateway
