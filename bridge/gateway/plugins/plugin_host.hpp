// One plugin's life: load its folder, start its worker, hand it events in their order, end it when it hangs, start it
// again. It handles one after the other; the next ones are on their way to it meanwhile.
//
// Not here: which events a plugin gets and what becomes of its effects (inbox_worker), the process
// (edge/workers).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/installed.hpp"
#include "bridge/edge/workers/usage.hpp"
#include "bridge/gateway/plugins/fetch_ask.hpp"
#include "bridge/gateway/plugins/plugin_numbers.hpp"
#include "bridge/gateway/plugins/plugin_rehearsal.hpp"

namespace omegate::workers {
class Spawner;
class WorkerProcess;
}  // namespace omegate::workers

namespace omegate::gateway {

namespace asio = boost::asio;

/// How long a plugin may take, and what happens when it does not keep to it.
struct PluginTimes {
  std::chrono::milliseconds load{10'000};           // from start to `ready`
  std::chrono::milliseconds handler{10'000};        // per event; then SIGKILL
  std::chrono::milliseconds network{60'000};        // per event, besides: waiting for its requests
  std::chrono::milliseconds first_pause{1'000};     // before a restart; doubles …
  std::chrono::milliseconds longest_pause{60'000};  // … up to here, with up to a quarter of jitter
};

/// What became of one event.
struct Outcome {
  enum class Kind {
    done,         // commit `effects` together with the removal of the inbox row
    refused,      // P.fail: expected, `error` is for the user; nothing is committed, do not retry
    later,        // P.retry: nothing is committed; the event comes again after `again_in`, not counted as an attempt
    failed,       // an error in the plugin; retry after a pause, park after N
    killed,       // the worker died over it: deadline, memory, crash; like `failed`
    unavailable,  // the event was not tried, or cut short by `stop`: the plugin is quarantined or stopped;
                  // does not count as an attempt
  };
  Kind kind = Kind::unavailable;
  std::vector<plugin::Effect>
      effects;  // granted; `account` filled in from the event where the plugin left it out
  std::string error;
  std::string traceback;
  std::vector<plugin::KvRead> reads{};  // commit only while these still hold, else run the event again
  std::size_t kv_quota = 0;             // bytes it may keep
  bool bridges = false;                 // what it sends comes from elsewhere
  std::chrono::seconds again_in{0};     // of `later`
  std::vector<plugin::Sample> samples{};  // to count when the effects are committed
  std::chrono::steady_clock::duration took{};  // from its turn to its answer
  bool was_seen = false;                // it asked a server: that it ended should survive a power cut, or it asks again
};

/// Called once, on the plugin's strand, before the first question of a handler is answered: waits until what happened before
/// its event is committed. False: something before it has to come again first, and this event after it. The handler ends
/// then as it likes, but makes no requests to anybody.
using BeforeAsking = std::function<asio::awaitable<bool>()>;

struct PluginStatus {
  enum class State { stopped, ready, restarting, quarantined };
  State state = State::stopped;
  std::shared_ptr<const plugin::Ready> registrations;  // of the last successful load; never null
  std::shared_ptr<const plugin::Roles> roles;          // who has which; never null
  bool bridges = false;                                // it brings messages from elsewhere, as it was granted
  std::size_t window = 1;                              // events that may be with it at once
  std::uint64_t handled = 0, failures = 0, restarts = 0;
  int pid = 0;             // of its worker; 0: it has none
  std::string last_error;  // why it is quarantined, or what went wrong last
};

/// What it costs, and what it counts.
struct PluginReport {
  std::optional<workers::Usage> usage;  // of its worker; nothing: it has none
  PluginNumbers numbers;
};

/// An actor: every method may be called from anywhere and runs on the plugin's own strand. It must outlive
/// its calls.
class PluginHost {
 public:
  using LogSink = std::function<void(const plugin::Log&)>;
  /// Answers what a handler asks while it runs: `KvGet` with `KvValue`, `KvKeys` with `KvPage`, `ZoneAsk` with
  /// `ZoneTime`, `FileAsk` with `FileText`, `AvatarAsk` (granted, with an account) with `AvatarSeen`.
  using Library = std::function<asio::awaitable<plugin::ToWorker>(plugin::ToGateway)>;

  PluginHost(const asio::any_io_executor& executor, workers::Spawner& spawner, Random& random,
             plugin::Installed installed, LogSink log, PluginTimes times = {}, Library library = {},
             Fetcher fetcher = {});
  ~PluginHost();

  /// Loads it. Returns when it is ready or quarantined; calling it again gives a quarantined plugin another
  /// chance.
  asio::awaitable<PluginStatus> start();

  /// Runs one event. Waits for events before it and, after a crash, for the pause. Does not throw for what a
  /// plugin does; cancelling the caller does not cancel it. May be called again before it returns: up to
  /// `PluginStatus::window` events are with the worker then. If it dies, those that it had not begun go to the next one.
  asio::awaitable<Outcome> handle(plugin::Event event, BeforeAsking before = {});

  /// Builds and rehearses the new version; it takes over only if it loads. Else `last_error` says why it did not.
  asio::awaitable<PluginStatus> reload(plugin::Installed next);

  /// Builds a version and shows it the last `count` events with what was answered then; nothing that it wants happens, and
  /// the version that runs goes on. A request that was not made then is not made now either.
  asio::awaitable<Rehearsal> rehearse(plugin::Installed next, std::size_t count);

  /// Ends the worker; events that wait come back `unavailable`.
  asio::awaitable<void> stop();

  asio::awaitable<PluginStatus> status();

  /// Samples of an outcome that was committed.
  asio::awaitable<void> count(std::vector<plugin::Sample> samples);

  /// Costs two system calls and a copy of the numbers: for people and monitoring.
  asio::awaitable<PluginReport> report();

  const std::string& name() const { return name_; }

 private:
  struct Life;

  const std::string name_;
  std::unique_ptr<Life> life_;  // touched on its strand only
};

}  // namespace omegate::gateway
