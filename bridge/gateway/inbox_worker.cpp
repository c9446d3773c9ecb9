#include "bridge/gateway/inbox_worker.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/plugin/command.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log.hpp"
#include "bridge/gateway/trust_words.hpp"

namespace omegate::gateway {
namespace {

std::string event_id(store::InboxId id) { return "in-" + std::to_string(id.value()); }

bool subscribes(const plugin::Ready& registrations, plugin::EventKind kind) {
  const auto& kinds = registrations.subscriptions;
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

/// The least trust a message needs to be heard at all when no command asks for more.
constexpr plugin::TrustLevel heard_from = plugin::TrustLevel::tofu;

/// P.fail: the plugin's words are for whoever caused the event.
std::vector<plugin::Effect> answer_to(const plugin::Event& event, const std::string& text) {
  const auto origin = plugin::origin(event);
  if (!origin || origin->from.empty() || text.empty()) return {};
  return {plugin::Send{origin->account, origin->from, text, std::nullopt}};
}

}  // namespace

/// A full disk stops the work, not the worker: rows that were taken come back after their pause.
asio::awaitable<void> InboxWorker::run() {
  for (;;) {
    std::string event = "inbox.stalled", trouble;
    try {
      co_await work();
    } catch (const store::DiskFull& failure) {
      event = "store.full";
      trouble = failure.what();
    } catch (const store::StoreError& failure) {
      trouble = failure.what();
    }
    log_error(event, {{"plugin", host_.name()}, {"reason", trouble}});
    co_await signal_.wait_for(context_.pace.store_trouble);
  }
}

asio::awaitable<void> InboxWorker::work() {
  for (;;) {
    while (!co_await can_work()) co_await signal_.wait_for(context_.pace.unavailable_plugin);
    auto due = co_await context_.store.transact([&](store::Tables& tables) {
      auto rows = tables.inbox.take_due(context_.now(), inbox_window, host_.name());
      for (store::DueEvent& row : rows) judge_again(tables, row);
      return rows;
    });
    for (store::DueEvent& row : due) co_await handle(std::move(row));
    if (!due.empty()) continue;
    const auto next = co_await context_.store.transact(
        [&](store::Tables& tables) { return tables.inbox.next_due(host_.name()); });
    const std::chrono::milliseconds longest = held_retry;
    const auto pause = next ? std::clamp(std::chrono::milliseconds(*next - context_.now()), 10ms, longest) : longest;
    co_await signal_.wait_for(pause);
  }
}

asio::awaitable<bool> InboxWorker::can_work() const {
  const PluginStatus status = co_await host_.status();
  co_return status.state != PluginStatus::State::quarantined&& status.state != PluginStatus::State::stopped;
}

/// The trust that counts is that of the moment the plugin hears of it: a key that was revoked meanwhile is not
/// heard, one that was approved is.
void InboxWorker::judge_again(store::Tables& tables, store::DueEvent& row) const {
  if (row.kind != "message") return;
  auto message = plugin::parse_message(as_text(row.payload));
  const auto key = message ? omemo::parse_fingerprint(message->fingerprint) : omemo::Error::bad_fingerprint;
  const auto account = message ? outgoing_.account(message->account) : std::nullopt;
  if (!key || !account) return;
  message->trust = to_plugin(effective_level(tables.ledger.view(), account->jid, message->from, *key));
  row.payload = to_bytes(plugin::payload(*message));
}

/// Nothing: the plugin does not listen to this.
std::optional<plugin::Event> InboxWorker::event_for(const store::DueEvent& row,
                                                    const plugin::Ready& registrations) const {
  if (row.kind == "message") return message_event(row, registrations);
  const auto kind = plugin::event_kind(row.kind);
  if (!kind) return std::nullopt;
  return plugin::Event{event_id(row.id), *kind, std::string(as_text(row.payload))};
}

/// Commands are found here and not in the plugin, so that `min_trust` holds whatever its code does.
std::optional<plugin::Event> InboxWorker::message_event(const store::DueEvent& row,
                                                        const plugin::Ready& registrations) const {
  auto message = plugin::parse_message(as_text(row.payload));
  if (!message) return std::nullopt;
  if (const auto match = plugin::match_command(message->text, registrations.commands)) {
    const plugin::Command& command = registrations.commands[match->index];
    if (!plugin::reaches(message->trust, std::max(command.min_trust, heard_from))) {
      log_warning("command.refused", {{"plugin", host_.name()}, {"command", command.name}, {"from", message->from},
                                      {"trust", plugin::to_text(message->trust)},
                                      {"needs", plugin::to_text(command.min_trust)}});
      return std::nullopt;
    }
    plugin::CommandCall call{std::move(*message), command.name, match->args};
    return plugin::Event{event_id(row.id), plugin::EventKind::command, plugin::payload(call)};
  }
  if (!subscribes(registrations, plugin::EventKind::message) || !plugin::reaches(message->trust, heard_from)) {
    return std::nullopt;
  }
  return plugin::Event{event_id(row.id), plugin::EventKind::message, std::string(as_text(row.payload))};
}

asio::awaitable<void> InboxWorker::handle(store::DueEvent row) {
  const PluginStatus status = co_await host_.status();
  auto event = event_for(row, *status.registrations);
  if (!event) {
    co_await context_.store.transact([&](store::Tables& tables) { tables.inbox.finish(row.id, context_.now()); });
    co_return;
  }
  for (int run = 1; !co_await attempt(row.id, *event, run == conflicting_runs);) ++run;
}

/// False: what it had read was changed meanwhile by somebody else, so it has to run again.
asio::awaitable<bool> InboxWorker::attempt(store::InboxId row, const plugin::Event& event, bool last) {
  plugin::Event sent = event;
  Outcome outcome = co_await host_.handle(std::move(sent));
  switch (outcome.kind) {
    case Outcome::Kind::done:
      if (co_await commit(row, event.id, std::move(outcome))) co_return true;
      if (last) co_await fail(row, "what it reads changes faster than it runs", park_event_after);
      co_return last;
    case Outcome::Kind::refused:
      log_info("plugin.refused", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
      outcome.effects = answer_to(event, outcome.error);
      co_return co_await commit(row, event.id, std::move(outcome));
    case Outcome::Kind::failed:
    case Outcome::Kind::killed:
      log_error("plugin.failed", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error},
                                  {"traceback", outcome.traceback}});
      co_await fail(row, outcome.error + "\n" + outcome.traceback, park_event_after);
      co_return true;
    case Outcome::Kind::unavailable:
      log_warning("plugin.unavailable",
                  {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
      co_await context_.store.transact(
          [&](store::Tables& tables) { tables.inbox.put_back(row, context_.now()); });
      co_return true;
  }
  co_return true;
}

asio::awaitable<void> InboxWorker::fail(store::InboxId row, std::string error, int park_after_attempts) {
  const bool parked = co_await context_.store.transact([&](store::Tables& tables) {
    return tables.inbox.fail(row, error, park_after_attempts, context_.now());
  });
  if (parked) log_error("inbox.parked", {{"plugin", host_.name()}, {"row", row.value()}, {"error", error}});
}

/// All effects and the end of the row, or neither. False: not committed, what the handler read does not hold any more.
asio::awaitable<bool> InboxWorker::commit(store::InboxId row, std::string event, Outcome outcome) {
  for (const plugin::Effect& effect : outcome.effects) {
    std::string fault = effects_.fault_of(effect);
    if (fault.empty()) continue;
    log_error("plugin.bad_effect", {{"plugin", host_.name()}, {"event", event}, {"error", fault}});
    co_await fail(row, std::move(fault), 0);  // the next attempt would want the same
    co_return true;
  }
  std::vector<store::AccountId> touched;
  std::string refused;
  bool holds = true;
  try {
    holds = co_await context_.store.transact([&](store::Tables& tables) {
      if (!effects_.still_holds(tables, outcome.reads)) return false;
      touched = effects_.write(tables, event, outcome.effects, outcome.kv_quota);
      tables.inbox.finish(row, context_.now());
      return true;
    });
  } catch (const EffectRefused& refusal) {
    refused = refusal.what();
  }
  if (!refused.empty()) {
    log_error("plugin.bad_effect", {{"plugin", host_.name()}, {"event", event}, {"error", refused}});
    co_await fail(row, std::move(refused), park_event_after);
    co_return true;
  }
  for (const store::AccountId account : touched) outgoing_.kick(account);
  co_return holds;
}

}  // namespace omegate::gateway
