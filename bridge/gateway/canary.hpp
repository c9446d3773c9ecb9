// Whether it really works: one of our accounts writes to another one through the server, encrypted as for anybody, and the receipt
// tells that it could be read. A gateway that is online and cannot do that is not ready.
//
// Not here: that such a message goes to no plugin (receive.cpp), who asks (gateway.cpp, metrics.cpp).
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/context.hpp"

namespace omegate::gateway {

class Canary {
 public:
  Canary(Context& context, const CurrentActors& actors, config::CanarySettings settings);

  /// Writes once in each period, until cancelled.
  asio::awaitable<void> run();

  // From any thread:
  std::chrono::seconds every() const { return settings_.every; }
  std::chrono::milliseconds last_roundtrip() const { return std::chrono::milliseconds(roundtrip_ms_.load()); }
  /// Since the last one that came back, or since the start.
  std::chrono::milliseconds age() const;
  /// Nothing has come back for so many periods that it is no accident.
  bool is_silent() const { return age() > canary_patience * settings_.every; }

 private:
  asio::awaitable<void> try_once();
  asio::awaitable<std::optional<store::OutboxId>> write();

  Context& context_;
  const CurrentActors& actors_;
  config::CanarySettings settings_;
  std::atomic<std::int64_t> roundtrip_ms_{0};
  std::atomic<std::int64_t> last_ms_;
};

}  // namespace omegate::gateway
