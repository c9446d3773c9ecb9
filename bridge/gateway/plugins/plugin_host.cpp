#include "bridge/gateway/plugins/plugin_host_life.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/plugins/plugin_sources.hpp"
#include "bridge/gateway/plugins/worker_deadline.hpp"
#include "bridge/gateway/turn.hpp"

namespace omegate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = PluginStatus::State;

/// Loads in a row that may die or time out before the plugin is quarantined. A load that reports an error
/// counts for all of them: the same files would say the same again.
constexpr int max_failed_loads = 5;

}  // namespace

// ---- loading

asio::awaitable<PluginStatus> PluginHost::Life::start() {
  const auto mine = co_await turn_alone();
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
    LoadedWorker loaded = co_await load(installed);
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

asio::awaitable<LoadedWorker> PluginHost::Life::load(plugin::Installed what) {
  LoadedWorker loaded;
  try {
    std::vector<std::string> arguments = program_arguments(what.folder, what.manifest.program);
    workers::WorkerProcess started = co_await spawner.spawn(std::move(arguments));
    loaded.worker = std::make_unique<workers::WorkerProcess>(std::move(started));
    loaded.worker->show_errors_to([this](const std::string& said) { log({plugin::Log::Level::info, "stderr: " + said}); });
  } catch (const boost::system::system_error& failure) {
    loaded.error = failure.what();
    co_return loaded;
  } catch (const std::runtime_error& failure) {
    loaded.error = failure.what();
    loaded.final = true;
    co_return loaded;
  }
  {
    const Rehearsed listed(rehearsing, *loaded.worker);
    co_await rehearse_load(loaded, what);
  }
  if (loaded.error.empty()) co_return loaded;
  loaded.worker.reset();
  co_return loaded;
}

asio::awaitable<void> PluginHost::Life::rehearse_load(LoadedWorker& loaded, const plugin::Installed& what) {
  plugin::Load load{what.manifest.name, what.manifest.api, {},        what.config.json,
                    what.secrets,       what.accounts,     what.hosts};
  for (const plugin::Program& program : what.programs) load.programs.push_back(plugin::usage_of(program));
  if (!what.mail_from.empty()) {
    load.mail_domain = what.mail_from.substr(what.mail_from.rfind('@') + 1);
    std::array<Byte, 16> seed{};
    random.fill(seed);
    load.mail_seed = crypto::to_hex(seed);
  }
  try {
    if (what.manifest.program.command.empty()) load.sources = read_plugin_sources(what.folder);
  } catch (const std::exception& failure) {
    loaded.error = failure.what();
    loaded.final = true;
    co_return;
  }
  const WorkerDeadline deadline(*loaded.worker, strand, times.load);
  boost::system::error_code failed;
  try {
    try {
      co_await loaded.worker->write(std::move(load));
    } catch (const boost::system::system_error&) {
      // It has ended, and may have said why before.
    }
    const auto answer = co_await next_answer(*loaded.worker, nullptr);
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

void PluginHost::Life::adopt(LoadedWorker loaded) {
  if (status.state == State::restarting) ++status.restarts;
  worker = std::move(loaded.worker);
  numbers.declare(loaded.ready.metrics);
  status.registrations = std::make_shared<const plugin::Ready>(std::move(loaded.ready));
  status.state = State::ready;
}

/// Built and rehearsed while events go to the version that runs; they wait for the change of hands only.
asio::awaitable<PluginStatus> PluginHost::Life::reload(plugin::Installed next) {
  const auto my_reload = co_await reload_turn.take();
  LoadedWorker loaded = co_await load(next);
  const auto mine = co_await turn_alone();
  if (!loaded.worker) {
    status.last_error = loaded.error;
    co_return seen();
  }
  installed = std::move(next);
  status.roles = std::make_shared<const plugin::Roles>(installed.roles);
  status.bridges = installed.manifest.grants.bridge;
  status.window = window();
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
  cancel_requests.emit(asio::cancellation_type::terminal);
  for (workers::WorkerProcess* const loading : rehearsing) loading->kill();
  const auto mine = co_await turn_alone();
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

asio::awaitable<void> PluginHost::Life::count(std::vector<plugin::Sample> samples) {
  for (const plugin::Sample& sample : samples) numbers.add(sample);
  co_return;
}

asio::awaitable<PluginReport> PluginHost::Life::report() {
  PluginReport now{std::nullopt, numbers};
  if (worker) now.usage = worker->usage();
  co_return now;
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
                       plugin::Installed installed, LogSink log, PluginTimes times, Library library,
                       Fetcher fetcher)
    : name_(installed.manifest.name),
      life_(std::make_unique<Life>(executor, spawner, random, std::move(installed), std::move(log), times,
                                   std::move(library), std::move(fetcher))) {}

PluginHost::~PluginHost() = default;

asio::awaitable<PluginStatus> PluginHost::start() { return on(life_->strand, life_->start()); }
asio::awaitable<Outcome> PluginHost::handle(plugin::Event event, BeforeAsking before) {
  return on(life_->strand, life_->handle(std::move(event), std::move(before)));
}
asio::awaitable<PluginStatus> PluginHost::reload(plugin::Installed next) {
  return on(life_->strand, life_->reload(std::move(next)));
}
asio::awaitable<Rehearsal> PluginHost::rehearse(plugin::Installed next, std::size_t count) {
  return on(life_->strand, life_->rehearse(std::move(next), count));
}
asio::awaitable<void> PluginHost::stop() { return on(life_->strand, life_->stop()); }
asio::awaitable<PluginStatus> PluginHost::status() { return on(life_->strand, life_->look()); }
asio::awaitable<PluginReport> PluginHost::report() { return on(life_->strand, life_->report()); }
asio::awaitable<void> PluginHost::count(std::vector<plugin::Sample> samples) {
  return on(life_->strand, life_->count(std::move(samples)));
}

}  // namespace omegate::gateway
