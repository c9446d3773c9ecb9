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
#include <exception>
#include <set>
#include <utility>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/plugins/handler_requests.hpp"
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

/// Log frames of one load or event; a worker of ours keeps to less, another one floods nothing.
constexpr int max_log_frames = 1000;

/// A page of keys costs as much as many values.
constexpr int cost_of_a_page = 50;

std::string in_seconds(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

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
    loaded.worker->show_errors_to([this](const std::string& line) { log({plugin::Log::Level::info, "stderr: " + line}); });
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

// ---- events

namespace {

Outcome told(plugin::Failed bad) {
  Outcome outcome{bad.expected ? Outcome::Kind::refused : Outcome::Kind::failed, {}, std::move(bad.error), std::move(bad.traceback)};
  if (!bad.again_in) return outcome;
  outcome.kind = Outcome::Kind::later;
  outcome.again_in = *bad.again_in;
  return outcome;
}

}  // namespace

asio::awaitable<Outcome> PluginHost::Life::handle(plugin::Event event, BeforeAsking before) {
  Waiting waiting{std::move(event), std::move(before)};
  line.push_back(&waiting);
  const auto mine = co_await turn.take();
  line.pop_front();
  if (waiting.size == 0 && worker && worker->has_ended()) {  // while nothing was asked of it: nobody's event is to blame
    const workers::Exit exit = co_await worker->wait();
    status.last_error = "the worker " + exit.reason;
    lose_worker();
  }
  if (!worker && status.state == State::restarting) co_await bring_up();
  if (!worker || stopping) co_return Outcome{Outcome::Kind::unavailable, {}, status.last_error, {}};
  const auto begun = steady_clock::now();
  Outcome outcome = co_await exchange(waiting);
  outcome.took = steady_clock::now() - begun;
  ++status.handled;
  if (outcome.kind == Outcome::Kind::failed || outcome.kind == Outcome::Kind::killed) {
    ++status.failures;
    status.last_error = outcome.error;
  }
  co_return outcome;
}

/// For what changes the worker: all events that are with it have been answered, and no other one is sent before it is done.
asio::awaitable<Turn::Mine> PluginHost::Life::turn_alone() {
  line.push_back(nullptr);
  auto mine = co_await turn.take();
  line.pop_front();
  co_return mine;
}

/// The next one gets what this one had not begun.
void PluginHost::Life::lose_worker() {
  worker.reset();
  status.state = State::restarting;
  for (Waiting* const each : line)
    if (each != nullptr) each->size = 0;
}

/// Its time begins when the worker may be at it: now, or, if it was sent ahead, when the one before it was answered, which is
/// now, too.
asio::awaitable<Outcome> PluginHost::Life::exchange(Waiting& waiting) {
  const plugin::Event& event = waiting.event;
  WorkerDeadline deadline(*worker, strand, times.handler);
  HandlerRequests requests(installed, event, fetcher, deadline, times.network, std::move(waiting.before));
  RecentEvent recent{event};
  boost::system::error_code failed;
  try {
    co_await send(waiting);
    auto answer = co_await next_answer(*worker, &requests, &recent);
    next_pause = times.first_pause;
    if (auto* const done = std::get_if<plugin::Done>(&answer); done && done->id == event.id) {
      Outcome outcome = judge(std::move(*done), event, installed, status.registrations->metrics);
      outcome.was_seen = requests.has_made_any();
      if (requests.is_in_turn()) remember(std::move(recent), outcome);
      co_return outcome;
    }
    if (auto* const bad = std::get_if<plugin::Failed>(&answer); bad && bad->id == event.id) {
      Outcome outcome = told(std::move(*bad));
      if (requests.is_in_turn()) remember(std::move(recent), outcome);
      co_return outcome;
    }
    failed = plugin::Error::unknown_frame;
  } catch (const boost::system::system_error& failure) {
    failed = failure.code();
  } catch (...) {  // not of its doing, like a store that does not answer: it still waits, and the next event is no answer
    lose_worker();
    throw;
  }
  Outcome outcome;  // assigned member by member: GCC 12 frees twice what is awaited inside of braces
  outcome.error = co_await bury(*worker, deadline.passed(), times.handler, failed);
  outcome.kind = stopping ? Outcome::Kind::unavailable : Outcome::Kind::killed;  // we ended it ourselves
  lose_worker();
  lengthen_pause();
  co_return outcome;
}

/// Its event, unless that went ahead, and events behind it: one write for all of them.
asio::awaitable<void> PluginHost::Life::send(Waiting& first) {
  const bool went_ahead = first.size > 0;
  std::string frames;
  if (!went_ahead) {
    auto frame = plugin::encode(first.event);
    if (!frame) throw boost::system::system_error(frame.error());
    first.size = frame->size();
    frames = std::move(*frame);
  }
  const std::vector<Waiting*> ahead = add_ahead(frames);
  if (frames.empty()) co_return;
  boost::system::error_code failed;
  try {
    co_await worker->write_frames(std::move(frames));
  } catch (const boost::system::system_error& failure) {
    failed = failure.code();
  }
  if (!failed) co_return;
  for (Waiting* const each : ahead) each->size = 0;
  if (!went_ahead) throw boost::system::system_error(failed);  // else it may have answered before it ended
}

/// Not one by one: while half of the window is with the worker it has enough to do. One that cannot be encoded is found out
/// in its turn.
std::vector<PluginHost::Life::Waiting*> PluginHost::Life::add_ahead(std::string& frames) {
  std::vector<Waiting*> added;
  auto next = line.begin();
  std::size_t size = 0, with_it = 1;  // the one whose turn it is
  for (; next != line.end() && *next != nullptr && (*next)->size > 0; ++next, ++with_it) size += (*next)->size;
  if (frames.empty() && with_it > window() / 2) return added;
  for (; next != line.end() && *next != nullptr && with_it < window(); ++next, ++with_it) {
    const auto frame = plugin::encode((*next)->event);
    if (!frame || size + frame->size() > max_bytes_ahead) break;
    (*next)->size = frame->size();
    size += frame->size();
    frames += *frame;
    added.push_back(*next);
  }
  return added;
}

/// Passes log frames on and answers calls until another frame comes.
asio::awaitable<plugin::ToGateway> PluginHost::Life::next_answer(workers::WorkerProcess& from,
                                                                     HandlerRequests* requests, RecentEvent* recent) {
  for (int logged = 0, calls = 0; logged < max_log_frames && calls < max_plugin_calls;) {
    plugin::ToGateway frame = co_await from.read();
    if (const auto* const said = std::get_if<plugin::Log>(&frame)) {
      ++logged;
      log(*said);
    } else if (auto* const fetch = std::get_if<plugin::Fetch>(&frame); fetch && requests != nullptr) {
      ++calls;
      co_await requests->wait_for_turn();
      const plugin::ToGateway question = frame;
      plugin::ToWorker answer = co_await requests->make(std::move(*fetch), strand, cancel_requests);
      if (recent != nullptr) recent->note(question, answer);
      co_await from.write(std::move(answer));
    } else if (library && is_plugin_call(frame)) {
      calls += std::holds_alternative<plugin::KvKeys>(frame) ? cost_of_a_page : 1;
      if (requests != nullptr) co_await requests->wait_for_turn();
      const plugin::ToGateway question = frame;
      plugin::ToWorker answer = co_await library(std::move(frame));
      if (recent != nullptr) recent->note(question, answer);
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

namespace {

std::optional<std::string> fault_of_samples(const std::vector<plugin::Sample>& samples, const std::vector<plugin::Metric>& metrics) {
  if (samples.size() > plugin::max_samples) return "the handler counts more than 1000 times";
  for (const plugin::Sample& sample : samples)
    if (auto why = fault_of(sample, metrics)) return why;
  return std::nullopt;
}

}  // namespace

Outcome PluginHost::Life::judge(plugin::Done done, const plugin::Event& event, const plugin::Installed& version,
                                const std::vector<plugin::Metric>& metrics) {
  const auto origin = plugin::origin(event);
  auto why = origin ? settle(done.effects, version, *origin)
                    : std::optional("the event is damaged: " + origin.error().message());
  if (!why) why = fault_of_samples(done.samples, metrics);
  if (why) return {Outcome::Kind::failed, {}, std::move(*why), {}};
  Outcome outcome{Outcome::Kind::done, std::move(done.effects), {}, {}};
  outcome.reads = std::move(done.reads);
  outcome.samples = std::move(done.samples);
  outcome.kv_quota = version.manifest.grants.kv_mib << 20;
  outcome.bridges = version.manifest.grants.bridge;
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
