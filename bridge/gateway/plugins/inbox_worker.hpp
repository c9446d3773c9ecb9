// Takes what happened to the plugin that is to hear of it.
//
// One per plugin, coroutines on its own strand: one hands events out, one decides in their order what becomes of those that
// were answered, one commits. While what a handler wants is on its way to the disk, the next handlers run. Not here: what
// is under way (events_under_way.hpp), how it is committed (inbox_commits.hpp), the plugin's process (plugin_host.hpp).
// Source: flow 5.1 of the architecture, step 5.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugins/command_gate.hpp"
#include "bridge/gateway/plugins/events_under_way.hpp"
#include "bridge/gateway/plugins/inbox_commits.hpp"
#include "bridge/gateway/plugins/plugin_effects.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/plugins/timer_data.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/trust/approvals.hpp"

namespace omegate::gateway {

class InboxWorker {
 public:
  InboxWorker(asio::any_io_executor strand, Context& context, PluginHost& host, OutgoingSide outgoing)
      : context_(context),
        host_(host),
        outgoing_(std::move(outgoing)),
        executor_(std::move(strand)),
        commits_(executor_, context_, host_, outgoing_),
        under_way_(executor_),
        signal_(executor_) {}

  const asio::any_io_executor& executor() const { return executor_; }

  /// Works until cancelled, on its executor. The plugin has been started.
  asio::awaitable<void> run();

  /// From any thread: there are new rows.
  void kick() const { signal_.notify(); }

  /// From any thread: a file is here now, or will not come. Whoever waits for it looks at once.
  void files_changed() {
    files_changed_ = true;
    signal_.notify();
  }

 private:
  /// A row under way, and the question that the plugin has asked its sender.
  struct Taken {
    store::DueEvent row;
    std::optional<TimerData> question;
    bool is_behind = false;  // another row of its conversation, which has to end first
  };

  /// What becomes of a row: an event for the plugin, or words to its sender, or nothing.
  struct Heard {
    std::optional<plugin::Event> event = {};
    std::string reply = {};
    std::optional<ApprovalWanted> approval = {};  // others have to agree first
    bool in_its_turn = false;  // to be judged when nothing is before it any more
  };

  /// Whether the row behind it in its conversation may follow at once; `runs_again`: not, what it had read does not hold any
  /// more.
  enum class Next { follows, waits, runs_again };

  asio::awaitable<void> work();
  std::chrono::milliseconds pause_until(const InboxCommits::NextRow& next) const;
  asio::awaitable<bool> can_work() const;
  std::vector<Taken> take_due(store::Tables& tables) const;
  asio::awaitable<void> handle_all(std::vector<Taken> taken);
  asio::awaitable<void> hand_out(std::vector<Taken> taken);
  asio::awaitable<void> hand_out(Taken taken, std::chrono::steady_clock::time_point end);
  bool has_failed() const;
  bool has_to_wait(const Taken& taken) const;
  bool is_late(const Taken& taken, std::chrono::steady_clock::time_point end);
  static RowUnderWay row_of(const Taken& taken, std::chrono::steady_clock::time_point end);
  asio::awaitable<void> put_back_late();
  asio::awaitable<void> decide_all();
  asio::awaitable<void> decide(EventsUnderWay::One& one);
  bool has_to_come_again(const RowUnderWay& row) const;
  asio::awaitable<void> run_again();
  asio::awaitable<void> ask_others(store::DueEvent row, ApprovalWanted wanted);
  asio::awaitable<void> look_at_waiting();
  asio::awaitable<bool> fetch_files(store::InboxId row, plugin::Event& event);
  asio::awaitable<Next> attempt(store::InboxId row, const plugin::Event& event, bool may_stage);
  asio::awaitable<Next> conclude(store::InboxId row, const plugin::Event& event, Outcome outcome, bool may_stage);
  Heard event_for(const Taken& taken, const PluginStatus& status);
  Heard message_event(const Taken& taken, const PluginStatus& status);
  Heard answer_event(const Taken& taken, plugin::Message message) const;
  Heard command_event(const Taken& taken, const PluginStatus& status, const plugin::CommandMatch& match,
                      plugin::Message message);
  Taken take(store::Tables& tables, store::DueEvent row) const;
  bool is_heard(const store::DueEvent& row, plugin::EventKind kind, const plugin::Ready& registrations) const;
  void judge_again(store::Tables& tables, store::DueEvent& row) const;

  Context& context_;
  PluginHost& host_;
  OutgoingSide outgoing_;
  asio::any_io_executor executor_;
  InboxCommits commits_;
  EventsUnderWay under_way_;
  CommandGate gate_;
  Signal signal_;
  std::atomic<bool> files_changed_ = false;
  std::set<store::InboxId> awaiting_files_;
  bool is_quick_ = false;  // the last handler was

  // Of one `handle_all`:
  std::set<std::string> waiting_;          // conversations of which nothing more is handed out, or counts
  std::vector<store::InboxId> too_late_;   // taken, and not begun while what was known of them held
  std::vector<std::pair<store::InboxId, plugin::Event>> in_conflict_;
  std::chrono::steady_clock::time_point latest_answer_;
};

}  // namespace omegate::gateway
