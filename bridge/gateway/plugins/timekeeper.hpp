// Turns what plugins wanted to happen later into inbox rows when its time has come: timers, schedules,
// questions that nobody answered.
//
// Each is one transaction: the timer goes, or is put to its next time, and the row is there. What was missed
// while nobody was here happens once, late. Not here: setting timers (plugin_effects.hpp).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugins/plugin_effects.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// Whose time may come, as they are at the moment: a reload takes some away and brings others. Called from
/// any thread.
struct TimerSide {
  struct Owner {
    PluginHost* host;
    store::AccountId account;  // of rows that belong to nobody's event
    std::function<void()> kick;
  };
  std::function<std::vector<Owner>()> owners;
  std::function<std::optional<OutgoingSide::Account>(std::string_view name)> account;
};

class Timekeeper {
 public:
  Timekeeper(asio::any_io_executor strand, Context& context, TimerSide side)
      : context_(context), side_(std::move(side)), signal_(std::move(strand)) {}

  /// Works until cancelled. The plugins have been started.
  asio::awaitable<void> run();

  /// From any thread: there may be an earlier timer, another schedule, another time.
  void kick() const { signal_.notify(); }

 private:
  using Owner = TimerSide::Owner;
  struct Place {
    store::AccountId account;
    std::string conversation;
  };

  asio::awaitable<void> work();
  asio::awaitable<void> take_over_schedules(const std::vector<Owner>& owners);
  void take_over(store::Tables& tables, const std::string& plugin, const plugin::Ready& registrations) const;
  std::vector<std::string> fire_due(store::Tables& tables, const std::vector<Owner>& owners) const;
  bool fire(store::Tables& tables, const Owner& owner, const store::Timer& timer) const;
  bool fire_once(store::Tables& tables, const Owner& owner, const store::Timer& timer) const;
  bool fire_schedule(store::Tables& tables, const Owner& owner, const store::Timer& timer) const;
  bool give_up_question(store::Tables& tables, const Owner& owner, const store::Timer& timer) const;
  Place locate(const Owner& owner, const std::string& account, const std::string& peer) const;

  Context& context_;
  TimerSide side_;
  std::map<std::string, std::shared_ptr<const plugin::Ready>>
      taken_over_;  // whose schedules stand in the table
  Signal signal_;
};

/// When a schedule's next time comes; nothing: never, or there is no such zone. `last`: when it came last, or
/// now.
std::optional<WallTime> next_time(const plugin::Schedule& schedule, WallTime last, WallTime now);

}  // namespace omegate::gateway
