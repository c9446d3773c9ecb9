#include "bridge/gateway/plugin_host.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <exception>
#include <utility>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/plugin_sources.hpp"
#include "bridge/gateway/turn.hpp"
#include "bridge/gateway/worker_deadline.hpp"

namespace omegate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = PluginStatus::State;

/// Loads in a row that may die or time out before the plugin is quarantined. A load that reports an error
/// counts for all of them: the same files would say the same again.
constexpr int max_failed_loads = 5;

/// Log frames of one load or event; a worker of ours keeps to less, another one floods nothing.
constexpr int max_log_frames = 1000;

/// Questions of one handler about what it keeps. Why: its deadline alone would let it keep the store busy.
constexpr int max_calls = 10'000;

/// A page of keys costs as much as many values.
constexpr int cost_of_a_page = 50;

struct Loaded {
  std::unique_ptr<workers::WorkerProcess> worker;  // null: it failed
  plugin::Ready ready;
  std::string error;
  bool final = false;  // trying again would not help
};

bool is_call(const plugin::ToGateway& frame) {
  return std::holds_alternative<plugin::KvGet>(frame) || std::holds_alternative<plugin::KvKeys>(frame) ||
         std::holds_alternative<plugin::ZoneAsk>(frame);
}

std::string in_seconds(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

}  // namespace

struct PluginHost::Life {
  Life(const asio::any_io_executor& executor, workers::Spawner& the_spawner, Random& the_random,
       plugin::Installed what, LogSink where, PluginTimes limits, Library answers)
      : strand(asio::make_strand(executor)),
        spawner(the_spawner),
        random(the_random),
        installed(std::move(what)),
        log(std::move(where)),
        times(limits),
        library(std::move(answers)),
        turn(strand),
        pause(strand),
        next_pause(limits.first_pause) {
    status.registrations = std::make_shared<const plugin::Ready>();
    status.roles = std::make_shared<const plugin::Roles>(installed.roles);
  }

  asio::awaitable<PluginStatus> start();
  asio::awaitable<Outcome> handle(plugin::Event event);
  asio::awaitable<PluginStatus> reload(plugin::Installed next);
  asio::awaitable<void> stop();
  asio::awaitable<PluginStatus> look() { co_return seen(); }
  PluginStatus seen() const;

  asio::awaitable<void> bring_up();
  asio::awaitable<Loaded> load(plugin::Installed what);
  asio::awaitable<void> rehearse(Loaded& loaded, const plugin::Installed& what);
  void adopt(Loaded loaded);
  asio::awaitable<void> sleep();
  void lengthen_pause();

  asio::awaitable<Outcome> exchange(plugin::Event event);
  asio::awaitable<plugin::ToGateway> next_answer(workers::WorkerProcess& from);
  asio::awaitable<std::string> bury(workers::WorkerProcess& dead, bool timed_out, milliseconds limit,
                                    boost::system::error_code why);
  Outcome judge(plugin::Done done, const plugin::Event& event) const;

  asio::strand<asio::any_io_executor> strand;
  workers::Spawner& spawner;
  Random& random;
  plugin::Installed installed;
  LogSink log;
  PluginTimes times;
  Library library;
  Turn turn;
  asio::steady_timer pause;
  milliseconds next_pause;
  steady_clock::time_point not_before{};
  bool stopping = false;
  PluginStatus status;
  std::unique_ptr<workers::WorkerProcess> worker;
  workers::WorkerProcess* rehearsing = nullptr;  // while it loads
};

// ---- loading

asio::awaitable<PluginStatus> PluginHost::Life::start() {
  const auto mine = co_await turn.take();
  stopping = false;
  next_pause = times.first_pause;
  not_before = {};
  if (!worker) co_await bring_up();
  co_return seen();
}

/// Loads until it is ready, stopped or quarantined.
asio::awaitable<void> PluginHost::Life::bring_up() {
  for (int attempt = 0; attempt < max_failed_loads; ++attempt) {
    co_await sleep();
    if (stopping) co_return;
    Loaded loaded = co_await load(installed);
    if (loaded.worker) {
      adopt(std::move(loaded));
      co_return;
    }
    status.last_error = loaded.error;
    log({plugin::Log::Level::error, "does not load: " + loaded.error});
    lengthen_pause();
    if (loaded.final) break;
  }
  if (!stopping) status.state = State::quarantined;
}

asio::awaitable<Loaded> PluginHost::Life::load(plugin::Installed what) {
  Loaded loaded;
  try {
    workers::WorkerProcess started = co_await spawner.spawn();
    loaded.worker = std::make_unique<workers::WorkerProcess>(std::move(started));
  } catch (const boost::system::system_error& failure) {
    loaded.error = failure.what();
    co_return loaded;
  }
  rehearsing = loaded.worker.get();
  co_await rehearse(loaded, what);
  rehearsing = nullptr;
  if (loaded.error.empty()) co_return loaded;
  loaded.worker.reset();
  co_return loaded;
}

asio::awaitable<void> PluginHost::Life::rehearse(Loaded& loaded, const plugin::Installed& what) {
  plugin::Load load{what.manifest.name, what.manifest.api, {}, what.config.json, what.secrets, what.accounts};
  try {
    load.sources = read_plugin_sources(what.folder);
  } catch (const std::exception& failure) {
    loaded.error = failure.what();
    loaded.final = true;
    co_return;
  }
  const WorkerDeadline deadline(*loaded.worker, strand, times.load);
  boost::system::error_code failed;
  try {
    co_await loaded.worker->write(std::move(load));
    const auto answer = co_await next_answer(*loaded.worker);
    if (const auto* const ready = std::get_if<plugin::Ready>(&answer)) {
      loaded.ready = *ready;
      loaded.error = refusal(*ready, what).value_or("");
    } else if (const auto* const bad = std::get_if<plugin::LoadFailed>(&answer)) {
      loaded.error = bad->error + (bad->traceback.empty() ? "" : "\n" + bad->traceback);
    } else {
      loaded.error = "its worker answered with a frame that was not due";
    }
    loaded.final = true;
  } catch (const boost::system::system_error& failure) {
    failed = failure.code();
  }
  if (failed) loaded.error = co_await bury(*loaded.worker, deadline.passed(), times.load, failed);
}

void PluginHost::Life::adopt(Loaded loaded) {
  if (status.state == State::restarting) ++status.restarts;
  worker = std::move(loaded.worker);
  status.registrations = std::make_shared<const plugin::Ready>(std::move(loaded.ready));
  status.state = State::ready;
}

asio::awaitable<PluginStatus> PluginHost::Life::reload(plugin::Installed next) {
  const auto mine = co_await turn.take();
  Loaded loaded = co_await load(next);
  if (!loaded.worker) {
    status.last_error = loaded.error;
    co_return seen();
  }
  installed = std::move(next);
  status.roles = std::make_shared<const plugin::Roles>(installed.roles);
  next_pause = times.first_pause;
  stopping = false;
  status.last_error.clear();
  adopt(std::move(loaded));
  co_return seen();
}

asio::awaitable<void> PluginHost::Life::stop() {
  stopping = true;
  pause.cancel();
  if (worker) worker->kill();
  if (rehearsing != nullptr) rehearsing->kill();
  const auto mine = co_await turn.take();
  worker.reset();
  status.state = State::stopped;
}

asio::awaitable<void> PluginHost::Life::sleep() {
  pause.expires_at(not_before);
  boost::system::error_code cancelled;
  if (!stopping) co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void PluginHost::Life::lengthen_pause() {
  std::array<std::uint8_t, 1> dice{};
  random.fill(dice);
  const auto jitter = next_pause * dice[0] / 1024;  // below a quarter
  not_before = steady_clock::now() + next_pause + jitter;
  next_pause = std::min(next_pause * 2, times.longest_pause);
}

PluginStatus PluginHost::Life::seen() const {
  PluginStatus now = status;
  now.pid = worker ? worker->pid() : 0;
  return now;
}

// ---- events

asio::awaitable<Outcome> PluginHost::Life::handle(plugin::Event event) {
  const auto mine = co_await turn.take();
  if (worker && worker->has_ended()) {  // while nothing was asked of it: nobody's event is to blame
    const workers::Exit exit = co_await worker->wait();
    status.last_error = "the worker " + exit.reason;
    worker.reset();
    status.state = State::restarting;
  }
  if (!worker && status.state == State::restarting) co_await bring_up();
  if (!worker || stopping) co_return Outcome{Outcome::Kind::unavailable, {}, status.last_error, {}};
  Outcome outcome = co_await exchange(std::move(event));
  ++status.handled;
  if (outcome.kind == Outcome::Kind::failed || outcome.kind == Outcome::Kind::killed) {
    ++status.failures;
    status.last_error = outcome.error;
  }
  co_return outcome;
}

asio::awaitable<Outcome> PluginHost::Life::exchange(plugin::Event event) {
  const WorkerDeadline deadline(*worker, strand, times.handler);
  boost::system::error_code failed;
  try {
    co_await worker->write(event);
    auto answer = co_await next_answer(*worker);
    next_pause = times.first_pause;
    if (auto* const done = std::get_if<plugin::Done>(&answer); done && done->id == event.id) {
      co_return judge(std::move(*done), event);
    }
    if (auto* const bad = std::get_if<plugin::Failed>(&answer); bad && bad->id == event.id) {
      co_return Outcome{
          bad->expected ? Outcome::Kind::refused : Outcome::Kind::failed, {}, bad->error, bad->traceback};
    }
    failed = plugin::Error::unknown_frame;
  } catch (const boost::system::system_error& failure) {
    failed = failure.code();
  }
  Outcome outcome;  // assigned member by member: GCC 12 frees twice what is awaited inside of braces
  outcome.error = co_await bury(*worker, deadline.passed(), times.handler, failed);
  outcome.kind = stopping ? Outcome::Kind::unavailable : Outcome::Kind::killed;  // we ended it ourselves
  worker.reset();
  status.state = State::restarting;
  lengthen_pause();
  co_return outcome;
}

/// Passes log frames on and answers calls until another frame comes.
asio::awaitable<plugin::ToGateway> PluginHost::Life::next_answer(workers::WorkerProcess& from) {
  for (int logged = 0, calls = 0; logged < max_log_frames && calls < max_calls;) {
    plugin::ToGateway frame = co_await from.read();
    if (const auto* const line = std::get_if<plugin::Log>(&frame)) {
      ++logged;
      log(*line);
    } else if (library && is_call(frame)) {
      calls += std::holds_alternative<plugin::KvKeys>(frame) ? cost_of_a_page : 1;
      plugin::ToWorker answer = co_await library(std::move(frame));
      co_await from.write(std::move(answer));
    } else {
      co_return frame;
    }
  }
  throw boost::system::system_error(plugin::make_error_code(plugin::Error::unknown_frame),
                                    "flood of log lines or calls");
}

/// Makes sure that it is dead, and says why it is.
asio::awaitable<std::string> PluginHost::Life::bury(workers::WorkerProcess& dead, bool timed_out,
                                                    milliseconds limit, boost::system::error_code why) {
  const bool broke_the_rules =
      why.category() == plugin::make_error_code(plugin::Error::unknown_frame).category();
  if (!dead.has_ended() && broke_the_rules) dead.kill();
  const workers::Exit exit = co_await dead.wait();
  if (timed_out) co_return "was killed: no answer within " + in_seconds(limit);
  if (broke_the_rules) co_return "was killed: " + why.message();
  co_return "the worker " + exit.reason;
}

Outcome PluginHost::Life::judge(plugin::Done done, const plugin::Event& event) const {
  const auto origin = plugin::origin(event);
  auto why = origin ? settle(done.effects, installed, *origin)
                    : std::optional("the event is damaged: " + origin.error().message());
  if (why) return {Outcome::Kind::failed, {}, std::move(*why), {}};
  Outcome outcome{Outcome::Kind::done, std::move(done.effects), {}, {}};
  outcome.reads = std::move(done.reads);
  outcome.kv_quota = installed.manifest.grants.kv_mib << 20;
  return outcome;
}

// ---- the actor's doors: each runs on its strand, and to its end even if the caller is cancelled

namespace {

template <class Value, class Strand>
asio::awaitable<Value> on(Strand strand, asio::awaitable<Value> body) {
  co_return co_await asio::co_spawn(
      strand, std::move(body), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

}  // namespace

PluginHost::PluginHost(const asio::any_io_executor& executor, workers::Spawner& spawner, Random& random,
                       plugin::Installed installed, LogSink log, PluginTimes times, Library library)
    : name_(installed.manifest.name),
      life_(std::make_unique<Life>(executor, spawner, random, std::move(installed), std::move(log), times,
                                   std::move(library))) {}

PluginHost::~PluginHost() = default;

asio::awaitable<PluginStatus> PluginHost::start() { return on(life_->strand, life_->start()); }
asio::awaitable<Outcome> PluginHost::handle(plugin::Event event) {
  return on(life_->strand, life_->handle(std::move(event)));
}
asio::awaitable<PluginStatus> PluginHost::reload(plugin::Installed next) {
  return on(life_->strand, life_->reload(std::move(next)));
}
asio::awaitable<void> PluginHost::stop() { return on(life_->strand, life_->stop()); }
asio::awaitable<PluginStatus> PluginHost::status() { return on(life_->strand, life_->look()); }

}  // namespace omegate::gateway
