// Commits what a plugin's handlers want done, each with the end of its row.
//
// What only sends messages is staged: committed together with what else is ready by then, while the next handlers run.
// Not here: which event a plugin hears of, and when (inbox_worker.hpp); what an effect is (plugin_effects.hpp).
// Source: flow 5.1 of the architecture, step 6.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugins/plugin_effects.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// P.fail: the plugin's words are for whoever caused the event.
std::vector<plugin::Effect> answer_to(const plugin::Event& event, const std::string& text);

/// What follows in the conversation may be the answer to a question that these ask.
bool sets_timers(const std::vector<plugin::Effect>& effects);

/// What a handler wants done, and nobody else's handler can notice.
struct Staged {
  store::InboxId row;
  plugin::Event event;
  Outcome outcome;
};

/// Of one plugin, on its inbox's strand.
class InboxCommits {
 public:
  struct NextRow {
    std::optional<WallTime> due = {};  // nothing: no row waits for its time
  };

  /// What is referenced outlives it.
  InboxCommits(const asio::any_io_executor& strand, Context& context, PluginHost& host, const OutgoingSide& outgoing)
      : context_(context), host_(host), outgoing_(outgoing), effects_(context, outgoing, host.name()), staged_signal_(strand), committed_signal_(strand) {}

  /// Nothing is staged and nothing has failed; what is staged from now on is committed by `run`.
  void begin();

  /// Commits what is staged until `end`, and what is left by then. Throws what a commit throws.
  asio::awaitable<void> run();

  /// Nothing more will be staged.
  void end();

  /// A commit failed: `run` throws why, and the rows come back.
  bool has_failed() const { return trouble_ != nullptr; }

  /// Messages only: the next handler would not see them either if they were committed.
  bool can_be_staged(const Outcome& outcome) const;

  /// Waits for room. Does nothing if a commit has failed.
  asio::awaitable<void> stage(Staged staged);

  /// Until nothing is staged. Throws what a commit threw.
  asio::awaitable<void> all_committed();

  /// All effects and the end of the row, or neither. False: not committed, what the handler read does not hold any more.
  asio::awaitable<bool> commit(store::InboxId row, const plugin::Event& event, Outcome outcome);

  /// P.retry: not sooner than the plugin asks, less often the longer it takes, and not for ever.
  asio::awaitable<void> come_again(store::InboxId row, const plugin::Event& event, const Outcome& outcome);

  asio::awaitable<void> fail(store::InboxId row, std::string error, int park_after_attempts);

  /// When a row is due next, as the last transaction left it; nothing: look.
  const std::optional<NextRow>& next() const { return next_; }
  /// Inside a transaction.
  void look_for_next(store::Tables& tables) { next_ = next_row(tables); }
  void forget_next() { next_.reset(); }

 private:
  NextRow next_row(store::Tables& tables) const { return {tables.inbox.next_due(host_.name())}; }
  asio::awaitable<void> commit_group(std::vector<Staged> group);
  void drop_stale(store::Tables& tables, store::InboxId row, std::vector<std::pair<store::AccountId, Passing>>& passing) const;

  Context& context_;
  PluginHost& host_;
  const OutgoingSide& outgoing_;
  PluginEffects effects_;
  std::optional<NextRow> next_;
  std::vector<Staged> staged_;
  bool is_open_ = false, committing_ = false;
  std::exception_ptr trouble_;
  Signal staged_signal_, committed_signal_;
};

}  // namespace omegate::gateway
