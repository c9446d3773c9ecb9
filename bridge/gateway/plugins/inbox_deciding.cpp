// The part of InboxWorker that decides what becomes of a row when its plugin has answered.
#include <algorithm>
#include <utility>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/plugins/inbox_worker.hpp"

namespace omegate::gateway {

/// In their order, whatever is ready meanwhile. A handler that asks something is the oldest by then, so that what was before
/// it is decided: it is answered when that is stored, too.
asio::awaitable<void> InboxWorker::decide_all() {
  std::exception_ptr failure;
  try {
    for (;;) {
      const std::shared_ptr<EventsUnderWay::One> one = co_await under_way_.next();
      if (!one) break;
      if (EventsUnderWay::asks(*one)) {
        co_await commits_.all_committed();
        EventsUnderWay::answer(*one, !has_to_come_again(one->row));
        continue;
      }
      co_await decide(*one);
      under_way_.pop();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  under_way_.give_up();
  commits_.end();
  if (failure) std::rethrow_exception(failure);
}

/// Its outcome counts for nothing if one before it in its conversation has to be tried again, for then it comes after that
/// one; nor if what was known of it had become old when it began.
asio::awaitable<void> InboxWorker::decide(EventsUnderWay::One& one) {
  if (one.failure) std::rethrow_exception(one.failure);
  const bool comes_again = has_to_come_again(one.row);
  latest_answer_ = std::max(latest_answer_, one.answered);
  if (comes_again) {
    waiting_.insert(one.row.conversation);
    if (!one.row.is_behind) too_late_.push_back(one.row.id);
    co_return;
  }
  if (one.answered != std::chrono::steady_clock::time_point()) is_quick_ = one.outcome->took < quick_handler;
  const Next next = co_await conclude(one.row.id, one.event, std::move(*one.outcome), true);
  if (next != Next::follows) waiting_.insert(one.row.conversation);
  if (next == Next::runs_again) in_conflict_.emplace_back(one.row.id, std::move(one.event));
}

bool InboxWorker::has_to_come_again(const RowUnderWay& row) const {
  return (row.is_behind && waiting_.contains(row.conversation)) || latest_answer_ > row.end;
}

/// What had read something that was changed meanwhile runs again when nothing else is with the plugin.
asio::awaitable<void> InboxWorker::run_again() {
  co_await under_way_.room(1);
  const auto again = std::exchange(in_conflict_, {});
  for (const auto& [row, event] : again) {
    if (has_failed()) co_return;
    co_await attempt(row, event, true);
  }
}

asio::awaitable<InboxWorker::Next> InboxWorker::attempt(store::InboxId row, const plugin::Event& event, bool may_stage) {
  for (int run = 0; run < conflicting_runs; ++run) {
    plugin::Event sent = event;
    Outcome outcome = co_await host_.handle(std::move(sent));
    const Next next = co_await conclude(row, event, std::move(outcome), may_stage);
    if (next != Next::runs_again) co_return next;
  }
  co_await commits_.fail(row, "what it reads changes faster than it runs", park_event_after);
  co_return Next::waits;
}

/// Nothing else is decided meanwhile.
asio::awaitable<InboxWorker::Next> InboxWorker::conclude(store::InboxId row, const plugin::Event& event, Outcome outcome, bool may_stage) {
  if (may_stage && commits_.can_be_staged(outcome)) {
    Staged staged{row, event, std::move(outcome)};
    co_await commits_.stage(std::move(staged));
    co_return Next::follows;
  }
  co_await commits_.all_committed();
  commits_.forget_next();
  switch (outcome.kind) {
    case Outcome::Kind::done: {
      const bool asks = sets_timers(outcome.effects);
      const bool holds = co_await commits_.commit(row, event, std::move(outcome));
      if (!holds) co_return Next::runs_again;
      co_return asks ? Next::waits : Next::follows;
    }
    case Outcome::Kind::refused:
      log_info("plugin.refused", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
      outcome.effects = answer_to(event, outcome.error);
      co_await commits_.commit(row, event, std::move(outcome));
      co_return Next::follows;
    case Outcome::Kind::later:
      co_await commits_.come_again(row, event, outcome);
      co_return Next::waits;
    case Outcome::Kind::failed:
    case Outcome::Kind::killed:
      log_error("plugin.failed", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error},
                                  {"traceback", outcome.traceback}});
      co_await commits_.fail(row, outcome.error + "\n" + outcome.traceback, park_event_after);
      co_return Next::waits;
    case Outcome::Kind::unavailable:
      log_warning("plugin.unavailable", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
      co_await context_.store.transact([&](store::Tables& tables) { tables.inbox.put_back(row, context_.now()); });
      co_return Next::waits;
  }
  co_return Next::waits;
}

/// The command leaves the inbox, and comes back as a row of its own when enough have agreed.
asio::awaitable<void> InboxWorker::ask_others(store::DueEvent row, ApprovalWanted wanted) {
  const auto account = outgoing_.account(wanted.message.account);
  co_await commits_.all_committed();
  commits_.forget_next();
  co_await context_.store.transact([&](store::Tables& tables) {
    if (!tables.inbox.is_in_turn(row.id)) return;  // the one before it comes back, and then this one
    const Sender self{row.account, account ? account->jid : std::string(), omemo::DeviceId(0), wanted.message.account};
    if (account) ask_for_approval(tables, self, account->language, host_.name(), row, wanted, context_.random, context_.now());
    tables.inbox.finish(row.id, context_.now());
  });
  outgoing_.kick(row.account);
}

}  // namespace omegate::gateway
