// What one run of a handler asks: its first question waits for what was before the event; its HTTP requests are judged,
// numbered and counted. Neither wait is held against its deadline.
//
// The inside of plugin_host.hpp; nobody else uses it. Not here: making them (plugin_fetch.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "bridge/core/plugin/installed.hpp"
#include "bridge/gateway/plugins/fetch_ask.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"
#include "bridge/gateway/plugins/worker_deadline.hpp"

namespace omegate::gateway {

/// Lives on the plugin's strand, as long as the event is handled. What is referenced outlives it.
class HandlerRequests {
 public:
  HandlerRequests(const plugin::Installed& installed, const plugin::Event& event, const Fetcher& fetcher,
                  WorkerDeadline& deadline, std::chrono::milliseconds limit, BeforeAsking before)
      : installed_(installed), event_(event), fetcher_(fetcher), deadline_(deadline), left_(limit), before_(std::move(before)) {}

  /// Before any question is answered; the first one waits.
  asio::awaitable<void> wait_for_turn();

  /// False: the event comes again, and nothing of this run will be done.
  bool is_in_turn() const { return is_in_turn_; }

  /// Throws `boost::system::system_error` when `cancel` is emitted.
  asio::awaitable<plugin::Fetched> make(plugin::Fetch fetch, asio::any_io_executor strand,
                                        asio::cancellation_signal& cancel);

  bool has_made_any() const { return made_ > 0; }

 private:
  const plugin::Installed& installed_;
  const plugin::Event& event_;
  const Fetcher& fetcher_;
  WorkerDeadline& deadline_;
  std::chrono::milliseconds left_;  // that it may still wait
  BeforeAsking before_;  // until it was asked
  bool is_in_turn_ = true;
  int made_ = 0;
};

}  // namespace omegate::gateway
