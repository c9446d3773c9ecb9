#include "bridge/gateway/plugins/timekeeper.hpp"

#include <algorithm>

#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/zones/zone.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/plugins/timer_data.hpp"
#include "bridge/gateway/store_trouble.hpp"

namespace omegate::gateway {
namespace {

std::optional<WallTime> next_by_calendar(const plugin::Schedule& schedule, WallTime now) {
  const auto zone = zones::Zone::named(schedule.zone.empty() ? "UTC" : schedule.zone);
  const auto cron = plugin::Cron::parse(schedule.cron);
  if (!zone || !cron) return std::nullopt;
  // The same minute may stand on the wall twice: the next one is one that is really later.
  auto minute = std::chrono::floor<std::chrono::minutes>(zone->local(now));
  for (int repeated = 0; repeated < 200; ++repeated) {
    const auto next = cron->next(minute);
    if (!next) return std::nullopt;
    const WallTime time = zone->wall(*next);
    if (time > now) return time;
    minute = *next;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WallTime> next_time(const plugin::Schedule& schedule, WallTime last, WallTime now) {
  if (schedule.every.count() <= 0) return next_by_calendar(schedule, now);
  const std::chrono::milliseconds every = schedule.every;
  if (last > now) last = now;  // the clock was set back
  return last + ((now - last) / every + 1) * every;
}

asio::awaitable<void> Timekeeper::run() {
  return work_despite_trouble(signal_, context_.pace.store_trouble, [this] { return work(); },
                              [](const store::StoreError& failure) { log_error("timers.stalled", {{"reason", failure.what()}}); });
}

asio::awaitable<void> Timekeeper::work() {
  for (;;) {
    const std::vector<Owner> owners = side_.owners();
    co_await take_over_schedules(owners);
    const auto fired =
        co_await context_.store.transact([&](store::Tables& tables) { return fire_due(tables, owners); });
    for (const Owner& owner : owners) {
      if (std::ranges::find(fired, owner.host->name()) != fired.end()) owner.kick();
    }
    if (!fired.empty()) continue;
    const auto next =
        co_await context_.store.transact([](store::Tables& tables) { return tables.timers.next_due(); });
    const std::chrono::milliseconds longest = held_retry;
    const auto pause =
        next ? std::clamp(std::chrono::milliseconds(*next - context_.now()), 10ms, longest) : longest;
    co_await signal_.wait_for(pause);
  }
}

/// A plugin that was loaded, again or anew, says which schedules it has.
asio::awaitable<void> Timekeeper::take_over_schedules(const std::vector<Owner>& owners) {
  for (const Owner& owner : owners) {
    const PluginStatus status = co_await owner.host->status();
    auto& taken_over = taken_over_[owner.host->name()];
    if (status.state != PluginStatus::State::ready || status.registrations == taken_over) continue;
    co_await context_.store.transact(
        [&](store::Tables& tables) { take_over(tables, owner.host->name(), *status.registrations); });
    taken_over = status.registrations;
  }
}

/// One that is as it was keeps its next time, so that a restart neither skips nor repeats it.
void Timekeeper::take_over(store::Tables& tables, const std::string& plugin,
                           const plugin::Ready& registrations) const {
  const auto& wanted = registrations.schedules;
  const WallTime now = context_.now();
  for (const store::Timer& timer : tables.timers.list(plugin, store::TimerKind::schedule)) {
    const auto old = parse_schedule(timer.data);
    if (!old || std::ranges::find(wanted, *old) == wanted.end()) tables.timers.erase(timer);
  }
  for (const plugin::Schedule& schedule : wanted) {
    if (tables.timers.find(plugin, store::TimerKind::schedule, schedule.name)) continue;
    if (const auto next = next_time(schedule, now, now)) {
      tables.timers.set(plugin, store::TimerKind::schedule, schedule.name, *next, encode(schedule));
    } else {
      log_error("schedule.bad", {{"plugin", plugin},
                                 {"schedule", schedule.name},
                                 {"cron", schedule.cron},
                                 {"zone", schedule.zone}});
    }
  }
}

/// The names of the plugins that have something to do.
std::vector<std::string> Timekeeper::fire_due(store::Tables& tables, const std::vector<Owner>& owners) const {
  std::vector<std::string> fired;
  for (const store::Timer& timer : tables.timers.due(context_.now(), timers_at_once)) {
    const auto owner =
        std::ranges::find_if(owners, [&](const Owner& each) { return each.host->name() == timer.plugin; });
    if (owner == owners.end()) {  // the plugin is not configured any more; it may be again
      tables.timers.postpone(timer, context_.now() + held_retry);
    } else if (fire(tables, *owner, timer) && std::ranges::find(fired, timer.plugin) == fired.end()) {
      fired.push_back(timer.plugin);
    }
  }
  return fired;
}

Timekeeper::Place Timekeeper::locate(const Owner& owner, const std::string& account,
                                     const std::string& peer) const {
  const auto found = side_.account(account);
  if (!found) return {owner.account, account + "/" + peer};
  return {found->id, found->jid + "/" + peer};
}

bool Timekeeper::fire(store::Tables& tables, const Owner& owner, const store::Timer& timer) const {
  switch (timer.kind) {
    case store::TimerKind::once:
      return fire_once(tables, owner, timer);
    case store::TimerKind::schedule:
      return fire_schedule(tables, owner, timer);
    case store::TimerKind::question:
      return give_up_question(tables, owner, timer);
  }
  return false;
}

bool Timekeeper::fire_once(store::Tables& tables, const Owner& owner, const store::Timer& timer) const {
  tables.timers.erase(timer);
  const auto data = parse_timer(timer.data);
  if (!data) return false;
  const plugin::TimerCall call{data->name,  false,     data->account, data->from,
                               data->state, timer.due, context_.now()};
  const auto account =
      data->account.empty() ? owner.account : locate(owner, data->account, data->from).account;
  tables.inbox.add({account, timer.plugin, {}, "timer", to_bytes(plugin::payload(call))}, context_.now());
  return true;
}

/// While the row of the last time still waits (the plugin is down, or slow) there is no second one.
bool Timekeeper::fire_schedule(store::Tables& tables, const Owner& owner, const store::Timer& timer) const {
  const auto schedule = parse_schedule(timer.data);
  const auto next = schedule ? next_time(*schedule, timer.due, context_.now()) : std::nullopt;
  if (next)
    tables.timers.postpone(timer, *next);
  else
    tables.timers.erase(timer);
  if (!schedule) return false;
  const std::string conversation = "schedule/" + schedule->name;
  if (tables.inbox.has_pending(timer.plugin, conversation)) return false;
  const plugin::TimerCall call{schedule->name, true, {}, {}, "null", timer.due, context_.now()};
  tables.inbox.add({owner.account, timer.plugin, conversation, "timer", to_bytes(plugin::payload(call))},
                   context_.now());
  return true;
}

bool Timekeeper::give_up_question(store::Tables& tables, const Owner& owner,
                                  const store::Timer& timer) const {
  tables.timers.erase(timer);
  const auto data = parse_timer(timer.data);
  if (!data) return false;
  plugin::Answer answer{data->name, data->state, plugin::Answer::Outcome::timeout, {}};
  answer.message.account = data->account;
  answer.message.from = data->from;
  answer.message.time = context_.now();
  const auto [account, conversation] = locate(owner, data->account, data->from);
  tables.inbox.add({account, timer.plugin, conversation, "answer", to_bytes(plugin::payload(answer))},
                   context_.now());
  return true;
}

}  // namespace omegate::gateway
