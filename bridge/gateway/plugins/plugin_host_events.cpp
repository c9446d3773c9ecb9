// The part of PluginHost that hands events to its worker, and takes its answers.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/gateway/plugins/handler_requests.hpp"
#include "bridge/gateway/plugins/plugin_host_life.hpp"
#include "bridge/gateway/plugins/plugin_questions.hpp"
#include "bridge/gateway/plugins/worker_deadline.hpp"

namespace omegate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using State = PluginStatus::State;

/// Log frames of one load or event; a worker of ours keeps to less, another one floods nothing.
constexpr int max_log_frames = 1000;

/// A page of keys costs as much as many values.
constexpr int cost_of_a_page = 50;

std::string in_seconds(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                  : std::to_string(time.count()) + " ms";
}

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
      if (requests.is_in_turn())
        remember(std::move(recent), outcome);
      else
        outcome.kind = Outcome::Kind::unavailable;  // no fault of its own: it runs again in its turn
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
      plugin::ToWorker answer = co_await look_up(installed, library, std::move(frame));
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

}  // namespace omegate::gateway
