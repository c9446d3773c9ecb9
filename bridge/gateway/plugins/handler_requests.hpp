// The HTTP requests of one run of a handler: judged, numbered, counted, and not held against its deadline.
//
// The inside of plugin_host.hpp; nobody else uses it. Not here: making them (plugin_fetch.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "bridge/core/plugin/installed.hpp"
#include "bridge/gateway/plugins/fetch_ask.hpp"
#include "bridge/gateway/plugins/worker_deadline.hpp"

namespace omegate::gateway {

/// Lives on the plugin's strand, as long as the event is handled. What is referenced outlives it.
class HandlerRequests {
 public:
  HandlerRequests(const plugin::Installed& installed, const plugin::Event& event, const Fetcher& fetcher,
                  WorkerDeadline& deadline, std::chrono::milliseconds limit)
      : installed_(installed), event_(event), fetcher_(fetcher), deadline_(deadline), left_(limit) {}

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
  int made_ = 0;
};

}  // namespace omegate::gateway
