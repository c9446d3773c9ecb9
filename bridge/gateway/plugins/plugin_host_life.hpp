// What a PluginHost is inside: the state of its actor, on one strand.
//
// The inside of plugin_host.hpp; only its own files use it.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bridge/edge/workers/worker_process.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/plugins/plugin_rehearsal.hpp"
#include "bridge/gateway/turn.hpp"

namespace omegate::gateway {

class HandlerRequests;

/// Questions of one handler about what it keeps. Why: its deadline alone would let it keep the store busy.
inline constexpr int max_plugin_calls = 10'000;

/// Events that are with a worker in Lua and not answered yet, the one it is at included: how many, and bytes of their frames.
///
/// Why: it never waits for the next one, and each costs a wake-up of two processes only where nothing is to be done. So many
/// bytes lie in the socket (net.core.wmem_default has 208 KiB): we never wait for room in it while the worker waits for us.
inline constexpr std::size_t max_events_ahead = 16;
inline constexpr std::size_t max_bytes_ahead = std::size_t{64} << 10;

/// A worker that has loaded, or not.
struct LoadedWorker {
  std::unique_ptr<workers::WorkerProcess> worker;  // null: it failed
  plugin::Ready ready;
  std::string error;
  bool final = false;  // trying again would not help
};

/// A worker that is not in charge, where `stop` finds it. Goes before the worker does.
class Rehearsed {
 public:
  Rehearsed(std::set<workers::WorkerProcess*>& all, workers::WorkerProcess& one) : all_(all), one_(&one) { all_.insert(one_); }
  Rehearsed(const Rehearsed&) = delete;
  ~Rehearsed() { all_.erase(one_); }

 private:
  std::set<workers::WorkerProcess*>& all_;
  workers::WorkerProcess* const one_;
};

struct PluginHost::Life {
  Life(const asio::any_io_executor& executor, workers::Spawner& the_spawner, Random& the_random,
       plugin::Installed what, LogSink where, PluginTimes limits, Library answers, Fetcher fetches)
      : strand(asio::make_strand(executor)),
        spawner(the_spawner),
        random(the_random),
        installed(std::move(what)),
        log(std::move(where)),
        times(limits),
        library(std::move(answers)),
        fetcher(std::move(fetches)),
        turn(strand),
        pause(strand),
        next_pause(limits.first_pause),
        reload_turn(strand) {
    status.registrations = std::make_shared<const plugin::Ready>();
    status.roles = std::make_shared<const plugin::Roles>(installed.roles);
    status.bridges = installed.manifest.grants.bridge;
    status.window = window();
  }

  /// An event in line.
  struct Waiting {
    plugin::Event event;
    BeforeAsking before;
    std::size_t size = 0;  // bytes of its frame, which is with the worker; 0: it is not
  };

  asio::awaitable<PluginStatus> start();
  asio::awaitable<Outcome> handle(plugin::Event event, BeforeAsking before);
  asio::awaitable<PluginStatus> reload(plugin::Installed next);
  asio::awaitable<Rehearsal> rehearse(plugin::Installed next, std::size_t count);
  asio::awaitable<std::string> replay(LoadedWorker& loaded, const plugin::Installed& version, RecentEvent recent);
  asio::awaitable<void> stop();
  asio::awaitable<PluginStatus> look() { co_return seen(); }
  asio::awaitable<void> count(std::vector<plugin::Sample> samples);
  asio::awaitable<PluginReport> report();
  PluginStatus seen() const;

  asio::awaitable<void> bring_up();
  asio::awaitable<LoadedWorker> load(plugin::Installed what);
  asio::awaitable<void> rehearse_load(LoadedWorker& loaded, const plugin::Installed& what);
  void adopt(LoadedWorker loaded);
  asio::awaitable<void> sleep();
  void lengthen_pause();

  asio::awaitable<Turn::Mine> turn_alone();
  std::size_t window() const { return installed.manifest.program.command.empty() ? max_events_ahead : 1; }
  asio::awaitable<Outcome> exchange(Waiting& waiting);
  asio::awaitable<void> send(Waiting& first);
  std::vector<Waiting*> add_ahead(std::string& frames);
  void lose_worker();
  asio::awaitable<plugin::ToGateway> next_answer(workers::WorkerProcess& from, HandlerRequests* requests, RecentEvent* recent = nullptr);
  void remember(RecentEvent event, const Outcome& outcome);
  asio::awaitable<std::string> bury(workers::WorkerProcess& dead, bool timed_out, std::chrono::milliseconds limit,
                                    boost::system::error_code why);
  static Outcome judge(plugin::Done done, const plugin::Event& event, const plugin::Installed& version,
                       const std::vector<plugin::Metric>& metrics);

  asio::strand<asio::any_io_executor> strand;
  workers::Spawner& spawner;
  Random& random;
  plugin::Installed installed;
  LogSink log;
  PluginTimes times;
  Library library;
  Fetcher fetcher;
  asio::cancellation_signal cancel_requests;
  Turn turn;
  std::deque<Waiting*> line;  // who waits for `turn`, in that order; null: nothing behind it goes ahead of it
  asio::steady_timer pause;
  std::chrono::milliseconds next_pause;
  std::chrono::steady_clock::time_point not_before{};
  bool stopping = false;
  PluginStatus status;
  PluginNumbers numbers;  // over restarts of the worker
  RecentEvents recent_events;
  std::unique_ptr<workers::WorkerProcess> worker;
  Turn reload_turn;                                // versions are built one after the other, beside the one that runs
  std::set<workers::WorkerProcess*> rehearsing;  // while they load
};

}  // namespace omegate::gateway
