#include "bridge/gateway/plugins/inbox_worker.hpp"

#include <algorithm>
#include <utility>

#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/store_trouble.hpp"
#include "bridge/gateway/trust/judging.hpp"

namespace omegate::gateway {

/// A full disk stops the work, not the worker: rows that were taken come back after their pause.
asio::awaitable<void> InboxWorker::run() {
  return work_despite_trouble(signal_, context_.pace.store_trouble, [this] { return work(); },
                              [this](const store::StoreError& failure) {
                                if (dynamic_cast<const store::DiskFull*>(&failure))
                                  log_error("store.full", {{"plugin", host_.name()}, {"reason", failure.what()}});
                                else
                                  log_error("inbox.stalled", {{"plugin", host_.name()}, {"reason", failure.what()}});
                              });
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
  under_way_.begin();
  waiting_.clear();
  too_late_.clear();
  in_conflict_.clear();
  latest_answer_ = {};
  co_await net::all(hand_out(std::move(taken)), decide_all(), commits_.run());
}

/// A conversation in which a row has to be tried again, or waits for an answer, is left alone. After a while all are: what
/// was known of senders and questions when the rows were taken gets old.
asio::awaitable<void> InboxWorker::hand_out(std::vector<Taken> taken) {
  std::exception_ptr failure;
  try {
    const auto end = std::chrono::steady_clock::now() + inbox_window_life;
    for (Taken& each : taken) {
      if (has_failed()) break;
      if (!in_conflict_.empty()) co_await run_again();
      co_await hand_out(std::move(each), end);
    }
    co_await under_way_.room(1);
    if (!in_conflict_.empty()) co_await run_again();
    co_await put_back_late();
  } catch (...) {
    failure = std::current_exception();
  }
  under_way_.end();
  if (failure) std::rethrow_exception(failure);
}

/// Ahead of its turn, if all it takes is the plugin. What needs more than that is done when nothing is before it, and so is
/// what failed before: it may take the worker with it.
asio::awaitable<void> InboxWorker::hand_out(Taken taken, std::chrono::steady_clock::time_point end) {
  const PluginStatus status = co_await host_.status();
  const bool alone = taken.question || taken.row.attempts > 1;
  const std::size_t most = alone || !is_quick_ ? 1 : status.window;
  co_await under_way_.room(most);
  if (has_failed() || has_to_wait(taken) || is_late(taken, end)) co_return;
  Heard heard = event_for(taken, status);
  if (heard.in_its_turn) {
    waiting_.insert(taken.row.conversation);
    co_return;
  }
  if (!heard.event && !heard.approval) {
    plugin::Event unheard{event_id(taken.row.id), plugin::EventKind::message, std::string(as_text(taken.row.payload))};
    Outcome outcome{Outcome::Kind::done, answer_to(unheard, heard.reply), {}, {}};
    under_way_.add(row_of(taken, end), std::move(unheard), std::move(outcome));
    co_return;
  }
  const bool names_files = heard.event && outgoing_.files != nullptr && heard.event->payload.find("\"files\"") != std::string::npos;
  if (heard.approval || names_files) {
    co_await under_way_.room(1);
    if (has_failed() || has_to_wait(taken)) co_return;
  }
  if (heard.approval) {
    waiting_.insert(taken.row.conversation);
    co_await ask_others(std::move(taken.row), std::move(*heard.approval));
    co_return;
  }
  if (names_files) {
    const bool ready = co_await fetch_files(taken.row.id, *heard.event);
    if (!ready) {
      waiting_.insert(taken.row.conversation);
      co_return;
    }
  }
  if (!alone) {
    under_way_.send(host_, row_of(taken, end), std::move(*heard.event));
    co_return;
  }
  const bool asked = taken.question.has_value();
  const Next next = co_await attempt(taken.row.id, *heard.event, !asked);
  if (asked || next != Next::follows) waiting_.insert(taken.row.conversation);
}

bool InboxWorker::has_failed() const { return commits_.has_failed() || under_way_.is_over(); }

bool InboxWorker::has_to_wait(const Taken& taken) const { return taken.is_behind && waiting_.contains(taken.row.conversation); }

bool InboxWorker::is_late(const Taken& taken, std::chrono::steady_clock::time_point end) {
  if (std::chrono::steady_clock::now() <= end) return false;
  if (!taken.is_behind) too_late_.push_back(taken.row.id);
  return true;
}

RowUnderWay InboxWorker::row_of(const Taken& taken, std::chrono::steady_clock::time_point end) {
  return {taken.row.id, taken.row.conversation, taken.is_behind, end};
}

asio::awaitable<void> InboxWorker::put_back_late() {
  if (too_late_.empty() || has_failed()) co_return;
  co_await context_.store.transact([&](store::Tables& tables) {
    for (const store::InboxId row : too_late_) tables.inbox.put_back(row, context_.now());
  });
  commits_.forget_next();
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

}  // namespace omegate::gateway
