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

/// P.fail: the plugin's words are for whoever caused the event.
std::vector<plugin::Effect> answer_to(const plugin::Event& event, const std::string& text) {
  const auto origin = plugin::origin(event);
  if (!origin || origin->from.empty() || text.empty()) return {};
  return {plugin::Send{origin->account, origin->from, text, std::nullopt}};
}

bool sets_timers(const std::vector<plugin::Effect>& effects) {
  return std::ranges::any_of(effects, [](const plugin::Effect& effect) {
    return std::holds_alternative<plugin::SetTimer>(effect) || std::holds_alternative<plugin::Ask>(effect);
  });
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
      std::vector<Taken> rows;
      for (store::DueEvent& row : tables.inbox.take_due(context_.now(), inbox_window, host_.name()))
        rows.push_back(take(tables, std::move(row)));
      return rows;
    });
    for (Taken& taken : due) co_await handle(std::move(taken));
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

/// Of one conversation there is one row under way, so a question that stands now stands until this row is done.
InboxWorker::Taken InboxWorker::take(store::Tables& tables, store::DueEvent row) const {
  judge_again(tables, row);
  Taken taken{std::move(row), std::nullopt};
  if (taken.row.kind != "message") return taken;
  const auto question = tables.timers.find(host_.name(), store::TimerKind::question, taken.row.conversation);
  if (question) taken.question = parse_timer(question->data);
  return taken;
}

/// The trust that counts is that of the moment the plugin hears of it: a key that was revoked meanwhile is not
/// heard, one that was approved is.
void InboxWorker::judge_again(store::Tables& tables, store::DueEvent& row) const {
  const auto kind = plugin::event_kind(row.kind);
  if (!kind || !plugin::is_said(*kind)) return;
  const auto message = plugin::parse_message(as_text(row.payload));
  const auto key = message ? omemo::parse_fingerprint(message->fingerprint) : omemo::Error::bad_fingerprint;
  const auto account = message ? outgoing_.account(message->account) : std::nullopt;
  if (!key || !account) return;
  const auto level = to_plugin(effective_level(tables.ledger.view(), account->jid, message->from, *key));
  row.payload = to_bytes(plugin::with_trust(as_text(row.payload), level).value());
}

InboxWorker::Heard InboxWorker::event_for(const Taken& taken, const PluginStatus& status) {
  const store::DueEvent& row = taken.row;
  if (row.kind == "message") return message_event(taken, status);
  const auto kind = plugin::event_kind(row.kind);
  if (!kind || (*kind == plugin::EventKind::key && !subscribes(*status.registrations, *kind))) return {};
  // Whoever knows no corrections hears the new text as it would without them.
  if (*kind == plugin::EventKind::edit && !subscribes(*status.registrations, *kind)) return message_event(taken, status);
  if (plugin::is_said(*kind) && !is_heard(row, *kind, *status.registrations)) return {};
  return {plugin::Event{event_id(row.id), *kind, std::string(as_text(row.payload))}};
}

/// Reactions, markers and typing come in the clear, too: as nobody's word, which a plugin takes only if it says so.
bool InboxWorker::is_heard(const store::DueEvent& row, plugin::EventKind kind, const plugin::Ready& registrations) const {
  const auto message = plugin::parse_message(as_text(row.payload));
  if (!message || !subscribes(registrations, kind)) return false;
  return !message->encrypted || plugin::reaches(message->trust, heard_from);
}

/// Commands and answers are found here and not in the plugin, so that `min_trust` holds whatever its code does.
/// Whoever has a question to answer may still give commands, with their sign in front.
InboxWorker::Heard InboxWorker::message_event(const Taken& taken, const PluginStatus& status) {
  const plugin::Ready& registrations = *status.registrations;
  const store::DueEvent& row = taken.row;
  auto message = plugin::parse_message(as_text(row.payload));
  if (!message) return {};
  const auto match = plugin::match_command(message->text, registrations.commands);
  if (taken.question && !(match && plugin::has_command_sign(message->text)))
    return answer_event(taken, std::move(*message));
  if (match) return command_event(taken, status, *match, std::move(*message));
  if (!subscribes(registrations, plugin::EventKind::message) || !plugin::reaches(message->trust, heard_from)) return {};
  return {plugin::Event{event_id(row.id), plugin::EventKind::message, std::string(as_text(row.payload))}};
}

InboxWorker::Heard InboxWorker::command_event(const Taken& taken, const PluginStatus& status,
                                              const plugin::CommandMatch& match, plugin::Message message) {
  const plugin::Command& command = status.registrations->commands[match.index];
  const auto verdict = gate_.judge(command, message, *status.roles, context_.now(), taken.row.attempts > 1);
  if (!verdict.passes) {
    log_warning("command.refused", {{"plugin", host_.name()}, {"command", command.name}, {"from", message.from},
                                    {"trust", plugin::to_text(message.trust)}, {"reason", verdict.why}});
    return {std::nullopt, verdict.reply};
  }
  const plugin::CommandCall call{std::move(message), command.name, match.args};
  return {plugin::Event{event_id(taken.row.id), plugin::EventKind::command, plugin::payload(call)}};
}

/// A key that is trusted less than the question wants answers nothing, and the question stays open.
InboxWorker::Heard InboxWorker::answer_event(const Taken& taken, plugin::Message message) const {
  const TimerData& question = *taken.question;
  if (!plugin::reaches(message.trust, std::max(question.min_trust, heard_from))) {
    log_warning("answer.refused", {{"plugin", host_.name()}, {"question", question.name}, {"from", message.from},
                                   {"trust", plugin::to_text(message.trust)},
                                   {"needs", plugin::to_text(question.min_trust)}});
    return {};
  }
  const plugin::Answer answer{question.name, question.state, plugin::Answer::Outcome::answered, std::move(message)};
  return {plugin::Event{event_id(taken.row.id), plugin::EventKind::answer, plugin::payload(answer)}};
}

asio::awaitable<void> InboxWorker::handle(Taken taken) {
  const store::DueEvent& row = taken.row;
  const PluginStatus status = co_await host_.status();
  const Heard heard = event_for(taken, status);
  if (!heard.event) {
    const plugin::Event unheard{event_id(row.id), plugin::EventKind::message, std::string(as_text(row.payload))};
    Outcome outcome{Outcome::Kind::done, answer_to(unheard, heard.reply), {}, {}};
    co_await commit(row.id, unheard, std::move(outcome));
    co_return;
  }
  for (int run = 1;; ++run) {
    const bool done = co_await attempt(row.id, *heard.event, run == conflicting_runs);
    if (done) co_return;
  }
}

/// False: what it had read was changed meanwhile by somebody else, so it has to run again.
asio::awaitable<bool> InboxWorker::attempt(store::InboxId row, const plugin::Event& event, bool last) {
  plugin::Event sent = event;
  Outcome outcome = co_await host_.handle(std::move(sent));
  switch (outcome.kind) {
    case Outcome::Kind::done:
      if (co_await commit(row, event, std::move(outcome))) co_return true;
      if (last) co_await fail(row, "what it reads changes faster than it runs", park_event_after);
      co_return last;
    case Outcome::Kind::refused:
      log_info("plugin.refused", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
      outcome.effects = answer_to(event, outcome.error);
      co_return co_await commit(row, event, std::move(outcome));
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
asio::awaitable<bool> InboxWorker::commit(store::InboxId row, const plugin::Event& event, Outcome outcome) {
  for (const plugin::Effect& effect : outcome.effects) {
    std::string fault = effects_.fault_of(effect);
    if (fault.empty()) continue;
    log_error("plugin.bad_effect", {{"plugin", host_.name()}, {"event", event.id}, {"error", fault}});
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
    log_error("plugin.bad_effect", {{"plugin", host_.name()}, {"event", event.id}, {"error", refused}});
    co_await fail(row, std::move(refused), park_event_after);
    co_return true;
  }
  for (const store::AccountId account : touched) outgoing_.kick(account);
  if (sets_timers(outcome.effects)) outgoing_.kick_timers();
  co_return holds;
}

}  // namespace omegate::gateway
