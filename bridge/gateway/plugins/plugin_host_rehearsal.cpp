// The part of PluginHost that shows old events to a new version.
#include "bridge/core/plugin/error.hpp"
#include "bridge/gateway/plugins/plugin_host_life.hpp"
#include "bridge/gateway/plugins/plugin_questions.hpp"
#include "bridge/gateway/plugins/worker_deadline.hpp"

namespace omegate::gateway {
namespace {

std::string shown(const Outcome& outcome) {
  return outcome_text(outcome.effects, outcome.kind == Outcome::Kind::done ? std::string() : outcome.error);
}

}  // namespace

void PluginHost::Life::remember(RecentEvent event, const Outcome& outcome) {
  event.effects = outcome.effects;
  if (outcome.kind != Outcome::Kind::done) event.trouble = outcome.error;
  recent_events.add(std::move(event));
}

asio::awaitable<Rehearsal> PluginHost::Life::rehearse(plugin::Installed next, std::size_t count) {
  const auto my_reload = co_await reload_turn.take();
  Rehearsal rehearsal;
  LoadedWorker loaded = co_await load(next);
  if (!loaded.worker) {
    rehearsal.error = loaded.error;
    co_return rehearsal;
  }
  const std::vector<RecentEvent> recent = recent_events.last(count);
  rehearsal.too_large = recent_events.too_large();
  const Rehearsed listed(rehearsing, *loaded.worker);
  for (const RecentEvent& each : recent) {
    if (stopping || loaded.worker->has_ended()) break;
    ++rehearsal.events;
    std::string now = co_await replay(loaded, next, each);
    std::string before = outcome_text(each.effects, each.trouble);
    if (now == before) continue;
    rehearsal.differences.push_back({each.event.id, std::string(plugin::to_text(each.event.kind)), std::move(before), std::move(now)});
  }
  co_return rehearsal;
}

/// What this version makes of the event, told again what was answered then.
asio::awaitable<std::string> PluginHost::Life::replay(LoadedWorker& loaded, const plugin::Installed& version, RecentEvent recent) {
  workers::WorkerProcess& on = *loaded.worker;
  const WorkerDeadline deadline(on, strand, times.handler);
  boost::system::error_code failed;
  try {
    co_await on.write(recent.event);
    for (int frames = 0; frames < max_plugin_calls; ++frames) {
      plugin::ToGateway frame = co_await on.read();
      if (auto* const done = std::get_if<plugin::Done>(&frame)) co_return shown(judge(std::move(*done), recent.event, version, loaded.ready.metrics));
      if (const auto* const bad = std::get_if<plugin::Failed>(&frame)) co_return outcome_text({}, bad->error);
      if (std::holds_alternative<plugin::Log>(frame)) continue;
      std::optional<plugin::ToWorker> answer = recent.take(frame);
      if (!answer && std::holds_alternative<plugin::Fetch>(frame)) {
        plugin::Fetched none;
        none.error = "a rehearsal makes no requests";
        answer = std::move(none);
      }
      if (!answer && std::holds_alternative<plugin::AvatarAsk>(frame)) {
        plugin::AvatarSeen none;
        none.reason = "a rehearsal asks nobody";
        answer = std::move(none);
      }
      if (!answer && library && is_plugin_call(frame)) {
        plugin::ToWorker known = co_await library(std::move(frame));
        answer = std::move(known);
      }
      if (!answer) break;
      co_await on.write(std::move(*answer));
    }
    failed = plugin::Error::unknown_frame;
  } catch (const boost::system::system_error& failure) {
    failed = failure.code();
  }
  std::string why = co_await bury(on, deadline.passed(), times.handler, failed);
  co_return outcome_text({}, why);
}

}  // namespace omegate::gateway
