#include "bridge/gateway/plugins/inbox_worker.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/trust/judging.hpp"

namespace omegate::gateway {

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
    if (files_changed_.exchange(false)) co_await look_at_waiting();
    auto due = co_await context_.store.transact_without_sync([&](store::Tables& tables) {
      auto taken = take_due(tables);
      if (taken.empty()) commits_.look_for_next(tables);
      return taken;
    });
    if (!due.empty()) co_await handle_all(std::move(due));
    if (commits_.next()) co_await signal_.wait_until(std::chrono::steady_clock::now() + pause_until(*commits_.next()));
  }
}

std::chrono::milliseconds InboxWorker::pause_until(const InboxCommits::NextRow& next) const {
  const std::chrono::milliseconds longest = held_retry;
  if (!next.due) return longest;
  return std::clamp(std::chrono::milliseconds(*next.due - context_.now()), std::chrono::milliseconds(0), longest);
}

asio::awaitable<bool> InboxWorker::can_work() const {
  const PluginStatus status = co_await host_.status();
  co_return status.state != PluginStatus::State::quarantined&& status.state != PluginStatus::State::stopped;
}

/// The oldest row of each conversation, and what waits behind it: in order.
std::vector<InboxWorker::Taken> InboxWorker::take_due(store::Tables& tables) const {
  auto rows = tables.inbox.take_due(context_.now(), inbox_window, host_.name());
  const std::size_t heads = rows.size();
  for (std::size_t i = 0; i < heads && rows.size() < inbox_window; ++i)
    for (store::DueEvent& row : tables.inbox.behind(rows[i], inbox_window - rows.size())) rows.push_back(std::move(row));
  std::vector<Taken> taken;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    taken.push_back(take(tables, std::move(rows[i])));
    taken.back().is_behind = i >= heads;
  }
  std::ranges::sort(taken, {}, [](const Taken& each) { return each.row.id; });
  return taken;
}

asio::awaitable<void> InboxWorker::handle_all(std::vector<Taken> taken) {
  commits_.begin();
  co_await net::all(hand_out(std::move(taken)), commits_.run());
}

/// A conversation in which a row has to be tried again, or waits for an answer, is left alone. After a while all are: what
/// was known of senders and questions when the rows were taken gets old.
asio::awaitable<void> InboxWorker::hand_out(std::vector<Taken> taken) {
  std::exception_ptr failure;
  try {
    const auto end = std::chrono::steady_clock::now() + inbox_window_life;
    std::set<std::string> waiting;
    std::vector<store::InboxId> too_late;
    for (Taken& each : taken) {
      if (commits_.has_failed()) break;
      const std::string conversation = each.row.conversation;
      if (std::chrono::steady_clock::now() > end) {
        if (!each.is_behind) too_late.push_back(each.row.id);
        continue;
      }
      if (each.is_behind && waiting.contains(conversation)) continue;
      const Next next = co_await handle(std::move(each));
      if (next == Next::waits) waiting.insert(conversation);
    }
    if (!too_late.empty() && !commits_.has_failed()) {
      co_await context_.store.transact([&](store::Tables& tables) {
        for (const store::InboxId row : too_late) tables.inbox.put_back(row, context_.now());
      });
      commits_.forget_next();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  commits_.end();
  if (failure) std::rethrow_exception(failure);
}

asio::awaitable<InboxWorker::Next> InboxWorker::handle(Taken taken) {
  const store::DueEvent& row = taken.row;
  const PluginStatus status = co_await host_.status();
  Heard heard = event_for(taken, status);
  if (heard.in_its_turn) co_return Next::waits;
  if (heard.approval) {
    store::DueEvent asked = row;
    co_await ask_others(std::move(asked), std::move(*heard.approval));
    co_return Next::waits;
  }
  if (heard.event && outgoing_.files != nullptr) {
    const bool ready = co_await fetch_files(row.id, *heard.event);
    if (!ready) co_return Next::waits;
  }
  if (!heard.event) {
    plugin::Event unheard{event_id(row.id), plugin::EventKind::message, std::string(as_text(row.payload))};
    Outcome outcome{Outcome::Kind::done, answer_to(unheard, heard.reply), {}, {}};
    Staged staged{row.id, std::move(unheard), std::move(outcome)};
    co_await commits_.stage(std::move(staged));
    co_return Next::follows;
  }
  const Next next = co_await attempt(row.id, *heard.event, !taken.question);
  co_return taken.question ? Next::waits : next;
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

asio::awaitable<void> InboxWorker::look_at_waiting() {
  const auto rows = std::exchange(awaiting_files_, {});
  if (rows.empty()) co_return;
  co_await context_.store.transact_without_sync([&](store::Tables& tables) {
    for (const store::InboxId row : rows) tables.inbox.put_back(row, context_.now());
  });
}

/// Files come before the event that names them, if they may and if they do in time. False: the row comes back.
asio::awaitable<bool> InboxWorker::fetch_files(store::InboxId row, plugin::Event& event) {
  if (event.payload.find("\"files\"") == event.payload.npos) co_return true;
  auto files = co_await context_.store.transact([&](store::Tables& tables) {
    auto found = look_at_files(tables, event.payload, outgoing_.files->settings(), context_.now());
    if (found && found->look_again) tables.inbox.put_back(row, *found->look_again);
    return found;
  });
  if (!files) co_return true;
  if (files->wanted) outgoing_.kick_files();
  if (files->look_again) {
    awaiting_files_.insert(row);
    commits_.forget_next();
    co_return false;
  }
  event.payload = std::move(files->payload);
  co_return true;
}

asio::awaitable<InboxWorker::Next> InboxWorker::attempt(store::InboxId row, const plugin::Event& event, bool may_stage) {
  for (int run = 1;; ++run) {
    plugin::Event sent = event;
    Outcome outcome = co_await host_.handle(std::move(sent));
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
        if (holds) co_return asks ? Next::waits : Next::follows;
        if (run < conflicting_runs) continue;  // what it had read was changed meanwhile by somebody else
        co_await commits_.fail(row, "what it reads changes faster than it runs", park_event_after);
        co_return Next::waits;
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
        log_warning("plugin.unavailable",
                    {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
        co_await context_.store.transact(
            [&](store::Tables& tables) { tables.inbox.put_back(row, context_.now()); });
        co_return Next::waits;
    }
  }
}

}  // namespace omegate::gateway
