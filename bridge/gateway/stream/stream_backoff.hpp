// How long to wait before the next stream, or whether to stop trying.
//
// Pure: the caller owns clock and timer.
// Source: XMPP fact sheet of the project, reconnecting; RFC 6120 §3.3.
#pragma once

#include <chrono>
#include <optional>

#include "bridge/core/base/random.hpp"
#include "bridge/gateway/stream/stream_failure.hpp"

namespace omegate::gateway {

using namespace std::chrono_literals;

inline constexpr std::chrono::milliseconds first_pause = 1s;     // doubles with every failure in a row
inline constexpr std::chrono::milliseconds longest_pause = 60s;  // network and server trouble
inline constexpr std::chrono::milliseconds calm_pause = 60s;     // first pause where haste makes it worse
inline constexpr std::chrono::milliseconds longest_calm_pause = 300s;
inline constexpr std::chrono::milliseconds objection_pause = 5s;  // then what the server objected to is looked for
inline constexpr std::chrono::milliseconds healthy_after =
    60s;                                // a stream that stood so long forgets the past
inline constexpr int max_refusals = 3;  // credentials or configuration: more tries only lock the account
inline constexpr int max_policy_ends = 5;  // whose cause nobody found: two find one

/// One per account, kept over all its streams.
class Backoff {
 public:
  explicit Backoff(Random& random) : random_(random) {}

  /// How long to wait before the next try; nothing: stop, a human has to look.
  /// `stood`: how long the stream was open (0 if it never opened). Pauses carry ±25 % jitter, so that the
  /// clients of a restarted server do not come back in one wave.
  std::optional<std::chrono::milliseconds> after(FailureKind kind, std::chrono::milliseconds stood);

  /// What the server objected to will not be sent again.
  void found_cause() { policy_ends_ = 0; }

  /// The operator changed something, or the network did: the next failure is the first again.
  void reset() { *this = Backoff(random_.get()); }

 private:
  std::chrono::milliseconds pause(std::chrono::milliseconds first, std::chrono::milliseconds longest);

  std::reference_wrapper<Random> random_;
  int failures_ = 0, refusals_ = 0, policy_ends_ = 0, conflicts_ = 0;
};

}  // namespace omegate::gateway
