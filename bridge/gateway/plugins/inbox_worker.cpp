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
namespace {

/// P.fail: the plugin's words are for whoever caused the event.
std::vector<plugin::Effect> answer_to(const plugin::Event& event, const std::string& text) {
  const auto origin = plugin::origin(event);
  if (!origin || origin->from.empty() || text.empty()) return {};
  return {plugin::Send{origin->account, origin->from, text, std::nullopt}};
}

template <class Kind>
bool wants(const std::vector<plugin::Effect>& effects) {
  return std::ranges::any_of(effects, [](const plugin::Effect& effect) { return std::holds_alternative<Kind>(effect); });
}

bool sets_timers(const std::vector<plugin::Effect>& effects) { return wants<plugin::SetTimer>(effects) || wants<plugin::Ask>(effects); }

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
    if (files_changed_.exchange(false)) co_await look_at_waiting();
    auto due = co_await context_.store.transact_without_sync([&](store::Tables& tables) {
      auto taken = take_due(tables);
      if (taken.empty()) next_ = next_row(tables);
      return taken;
    });
    if (!due.empty()) co_await handle_all(std::move(due));
    if (next_) co_await signal_.wait_until(std::chrono::steady_clock::now() + pause_until(*next_));
  }
}

InboxWorker::NextRow InboxWorker::next_row(store::Tables& tables) const { return {tables.inbox.next_due(host_.name())}; }

std::chrono::milliseconds InboxWorker::pause_until(const NextRow& next) const {
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
  next_.reset();
  staged_.clear();
  trouble_ = nullptr;
  handing_out_ = true;
  committing_ = false;
  co_await net::all(hand_out(std::move(taken)), commit_staged());
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
      if (trouble_) break;
      const std::string conversation = each.row.conversation;
      if (std::chrono::steady_clock::now() > end) {
        if (!each.is_behind) too_late.push_back(each.row.id);
        continue;
      }
      if (each.is_behind && waiting.contains(conversation)) continue;
      const Next next = co_await handle(std::move(each));
      if (next == Next::waits) waiting.insert(conversation);
    }
    if (!too_late.empty() && !trouble_) {
      co_await context_.store.transact([&](store::Tables& tables) {
        for (const store::InboxId row : too_late) tables.inbox.put_back(row, context_.now());
      });
      next_.reset();
    }
  } catch (...) {
    failure = std::current_exception();
  }
  handing_out_ = false;
  staged_signal_.notify();
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
    co_await stage(std::move(staged));
    co_return Next::follows;
  }
  const Next next = co_await attempt(row.id, *heard.event, !taken.question);
  co_return taken.question ? Next::waits : next;
}

/// The command leaves the inbox, and comes back as a row of its own when enough have agreed.
asio::awaitable<void> InboxWorker::ask_others(store::DueEvent row, ApprovalWanted wanted) {
  const auto account = outgoing_.account(wanted.message.account);
  co_await all_committed();
  next_.reset();
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
    next_.reset();
    co_return false;
  }
  event.payload = std::move(files->payload);
  co_return true;
}

asio::awaitable<InboxWorker::Next> InboxWorker::attempt(store::InboxId row, const plugin::Event& event, bool may_stage) {
  for (int run = 1;; ++run) {
    plugin::Event sent = event;
    Outcome outcome = co_await host_.handle(std::move(sent));
    if (may_stage && can_be_staged(outcome)) {
      Staged staged{row, event, std::move(outcome)};
      co_await stage(std::move(staged));
      co_return Next::follows;
    }
    co_await all_committed();
    next_.reset();
    switch (outcome.kind) {
      case Outcome::Kind::done: {
        const bool asks = sets_timers(outcome.effects);
        const bool holds = co_await commit(row, event, std::move(outcome));
        if (holds) co_return asks ? Next::waits : Next::follows;
        if (run < conflicting_runs) continue;  // what it had read was changed meanwhile by somebody else
        co_await fail(row, "what it reads changes faster than it runs", park_event_after);
        co_return Next::waits;
      }
      case Outcome::Kind::refused:
        log_info("plugin.refused", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error}});
        outcome.effects = answer_to(event, outcome.error);
        co_await commit(row, event, std::move(outcome));
        co_return Next::follows;
      case Outcome::Kind::later:
        co_await come_again(row, event, outcome);
        co_return Next::waits;
      case Outcome::Kind::failed:
      case Outcome::Kind::killed:
        log_error("plugin.failed", {{"plugin", host_.name()}, {"event", event.id}, {"error", outcome.error},
                                    {"traceback", outcome.traceback}});
        co_await fail(row, outcome.error + "\n" + outcome.traceback, park_event_after);
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

/// Messages only: the next handler would not see them either if they were committed.
bool InboxWorker::can_be_staged(const Outcome& outcome) const {
  return outcome.kind == Outcome::Kind::done && outcome.reads.empty() &&
         std::ranges::all_of(outcome.effects, [&](const plugin::Effect& effect) {
           return std::holds_alternative<plugin::Send>(effect) && effects_.fault_of(effect).empty();
         });
}

asio::awaitable<void> InboxWorker::stage(Staged staged) {
  while (staged_.size() >= staged_rows && !trouble_)
    co_await committed_signal_.wait_until(std::chrono::steady_clock::time_point::max());
  if (trouble_) co_return;  // its row comes back
  staged_.push_back(std::move(staged));
  staged_signal_.notify();
}

asio::awaitable<void> InboxWorker::all_committed() {
  while ((!staged_.empty() || committing_) && !trouble_)
    co_await committed_signal_.wait_until(std::chrono::steady_clock::time_point::max());
  if (trouble_) std::rethrow_exception(trouble_);
}

asio::awaitable<void> InboxWorker::commit_staged() {
  for (;;) {
    while (staged_.empty()) {
      if (!handing_out_) co_return;
      co_await staged_signal_.wait_until(std::chrono::steady_clock::time_point::max());
    }
    committing_ = true;
    try {
      co_await commit_group(std::exchange(staged_, {}));
    } catch (...) {
      trouble_ = std::current_exception();
    }
    committing_ = false;
    committed_signal_.notify();
    if (trouble_) std::rethrow_exception(trouble_);
  }
}

/// In one transaction; if one of them is refused, each in its own. Messages alone do not wait for the disk: they are shown to nobody
/// before their seal is stored, and that commit is behind this one. A power cut that takes this back took nothing with it that
/// somebody saw, and the events are handled again.
asio::awaitable<void> InboxWorker::commit_group(std::vector<Staged> group) {
  std::set<store::AccountId> touched;
  std::vector<plugin::Sample> counted;
  NextRow next;
  const auto work = [&](store::Tables& tables) {
    counted.clear();
    for (const Staged& each : group) {
      if (!tables.inbox.is_in_turn(each.row)) continue;
      counted.insert(counted.end(), each.outcome.samples.begin(), each.outcome.samples.end());
      const Written written = effects_.write(tables, each.event, each.outcome.effects, each.outcome.kv_quota, each.outcome.bridges);
      touched.insert(written.touched.begin(), written.touched.end());
      tables.inbox.finish(each.row, context_.now());
    }
    next = next_row(tables);
  };
  const bool was_seen = std::ranges::any_of(group, [](const Staged& each) { return each.outcome.was_seen; });
  bool refused = false;
  try {
    if (was_seen) {
      co_await context_.store.transact(work);
    } else {
      co_await context_.store.transact_without_sync(work);
    }
  } catch (const EffectRefused&) {
    refused = true;
  }
  if (refused) {
    next_.reset();
    for (Staged& each : group) co_await commit(each.row, each.event, std::move(each.outcome));
    co_return;
  }
  next_ = next;
  for (const store::AccountId account : touched) outgoing_.kick(account);
  if (!counted.empty()) co_await host_.count(std::move(counted));
}

/// Not sooner than the plugin asks, less often the longer it takes, and not for ever.
asio::awaitable<void> InboxWorker::come_again(store::InboxId row, const plugin::Event& event, const Outcome& outcome) {
  log_info("plugin.later", {{"plugin", host_.name()}, {"event", event.id}, {"reason", outcome.error}});
  const bool too_old = co_await context_.store.transact([&](store::Tables& tables) {
    const auto found = tables.inbox.find(row);
    if (!found) return false;
    const WallTime now = context_.now();
    const WallTime::duration age = std::max(now - found->created, WallTime::duration(0));
    const WallTime::duration slower = std::min<WallTime::duration>(age / retry_share, slowest_retry);
    tables.inbox.put_back(row, now + std::max<WallTime::duration>(outcome.again_in, slower));
    return age > plugin::max_retry_life;
  });
  if (too_old) co_await fail(row, "for 7 days: " + outcome.error, 0);
}

asio::awaitable<void> InboxWorker::fail(store::InboxId row, std::string error, int park_after_attempts) {
  const bool parked = co_await context_.store.transact([&](store::Tables& tables) {
    return tables.inbox.fail(row, error, park_after_attempts, context_.now());
  });
  if (parked) log_error("inbox.parked", {{"plugin", host_.name()}, {"row", row.value()}, {"error", error}});
}

/// Who typed when the event happened is not typing any more when it is handled late. Who has stopped then has stopped for good.
void InboxWorker::drop_stale(store::Tables& tables, store::InboxId row, std::vector<std::pair<store::AccountId, Passing>>& passing) const {
  const auto found = tables.inbox.find(row);
  if (found && context_.now() - found->created <= typing_life) return;
  std::erase_if(passing, [](const auto& each) { return each.second.state == xmpp::ChatState::composing; });
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
  Written written;
  std::string refused;
  bool holds = true, done = false;
  try {
    holds = co_await context_.store.transact([&](store::Tables& tables) {
      if (!tables.inbox.is_in_turn(row)) return true;  // the one before it comes back, and then this one
      if (!effects_.still_holds(tables, outcome.reads)) return false;
      written = effects_.write(tables, event, outcome.effects, outcome.kv_quota, outcome.bridges);
      if (!written.passing.empty()) drop_stale(tables, row, written.passing);
      tables.inbox.finish(row, context_.now());
      done = true;
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
  for (const store::AccountId account : written.touched) outgoing_.kick(account);
  for (auto& [account, passing] : written.passing) outgoing_.pass(account, std::move(passing));
  for (const store::AccountId account : written.moderating) outgoing_.kick_rooms(account);
  if (sets_timers(outcome.effects)) outgoing_.kick_timers();
  if (wants<plugin::WriteMail>(outcome.effects)) outgoing_.kick_mails();
  if (wants<plugin::RunProgram>(outcome.effects)) outgoing_.kick_programs();
  if (wants<plugin::Publish>(outcome.effects)) outgoing_.kick_inboxes();
  if (done && !outcome.samples.empty()) co_await host_.count(std::move(outcome.samples));
  co_return holds;
}

}  // namespace omegate::gateway
