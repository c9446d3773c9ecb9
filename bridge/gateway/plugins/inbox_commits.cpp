#include "bridge/gateway/plugins/inbox_commits.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

template <class Kind>
bool wants(const std::vector<plugin::Effect>& effects) {
  return std::ranges::any_of(effects, [](const plugin::Effect& effect) { return std::holds_alternative<Kind>(effect); });
}

}  // namespace

std::vector<plugin::Effect> answer_to(const plugin::Event& event, const std::string& text) {
  const auto origin = plugin::origin(event);
  if (!origin || origin->from.empty() || text.empty()) return {};
  return {plugin::Send{origin->account, origin->from, text, std::nullopt}};
}

bool sets_timers(const std::vector<plugin::Effect>& effects) { return wants<plugin::SetTimer>(effects) || wants<plugin::Ask>(effects); }

void InboxCommits::begin() {
  next_.reset();
  staged_.clear();
  trouble_ = nullptr;
  is_open_ = true;
  committing_ = false;
}

void InboxCommits::end() {
  is_open_ = false;
  staged_signal_.notify();
}

bool InboxCommits::can_be_staged(const Outcome& outcome) const {
  return outcome.kind == Outcome::Kind::done && outcome.reads.empty() &&
         std::ranges::all_of(outcome.effects, [&](const plugin::Effect& effect) {
           return std::holds_alternative<plugin::Send>(effect) && effects_.fault_of(effect).empty();
         });
}

asio::awaitable<void> InboxCommits::stage(Staged staged) {
  while (staged_.size() >= staged_rows && !trouble_)
    co_await committed_signal_.wait_until(std::chrono::steady_clock::time_point::max());
  if (trouble_) co_return;  // its row comes back
  staged_.push_back(std::move(staged));
  staged_signal_.notify();
}

asio::awaitable<void> InboxCommits::all_committed() {
  while ((!staged_.empty() || committing_) && !trouble_)
    co_await committed_signal_.wait_until(std::chrono::steady_clock::time_point::max());
  if (trouble_) std::rethrow_exception(trouble_);
}

asio::awaitable<void> InboxCommits::run() {
  for (;;) {
    while (staged_.empty()) {
      if (!is_open_) co_return;
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
asio::awaitable<void> InboxCommits::commit_group(std::vector<Staged> group) {
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

asio::awaitable<void> InboxCommits::come_again(store::InboxId row, const plugin::Event& event, const Outcome& outcome) {
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

asio::awaitable<void> InboxCommits::fail(store::InboxId row, std::string error, int park_after_attempts) {
  const bool parked = co_await context_.store.transact([&](store::Tables& tables) {
    return tables.inbox.fail(row, error, park_after_attempts, context_.now());
  });
  if (parked) log_error("inbox.parked", {{"plugin", host_.name()}, {"row", row.value()}, {"error", error}});
}

/// Who typed when the event happened is not typing any more when it is handled late. Who has stopped then has stopped for good.
void InboxCommits::drop_stale(store::Tables& tables, store::InboxId row, std::vector<std::pair<store::AccountId, Passing>>& passing) const {
  const auto found = tables.inbox.find(row);
  if (found && context_.now() - found->created <= typing_life) return;
  std::erase_if(passing, [](const auto& each) { return each.second.state == xmpp::ChatState::composing; });
}

asio::awaitable<bool> InboxCommits::commit(store::InboxId row, const plugin::Event& event, Outcome outcome) {
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
