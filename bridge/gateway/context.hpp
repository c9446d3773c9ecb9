// What every use case of the gateway needs around it.
#pragma once

#include <functional>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// Deadlines and pauses in real time. Tests shorten them; nobody else has a reason to.
struct Pace {
  PluginTimes plugin = {};
  StreamTimes stream = {};
  std::chrono::milliseconds longest_reconnect =
      std::chrono::milliseconds::max();  // the rest: stream_backoff.hpp
  std::chrono::milliseconds bundle = bundle_pause;
  std::chrono::milliseconds store_trouble = store_trouble_pause;
  std::chrono::milliseconds store_glance = store_glance_patience;
  std::chrono::milliseconds unavailable_plugin = unavailable_plugin_pause;
  std::chrono::milliseconds expiry_look = expiry_look_pause;
  std::chrono::milliseconds archive_follow = archive_follow_pause;
  std::chrono::milliseconds archive_doubt = archive_follow_doubt;
  std::chrono::milliseconds archive_retry = gateway::archive_retry;
  std::chrono::milliseconds other_copy = copy_wait;
  std::chrono::milliseconds look_for_copy = copy_look_pause;
};

/// Everything referenced outlives the actors that hold it. A test passes its own clock.
struct Context {
  store::Store& store;
  Random& random;
  std::function<WallTime()> now;
  Pace pace = {};
};

}  // namespace omegate::gateway
