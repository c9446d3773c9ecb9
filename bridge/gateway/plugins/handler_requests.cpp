#include "bridge/gateway/plugins/handler_requests.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "bridge/core/plugin/grants.hpp"

namespace omegate::gateway {
namespace {

plugin::Fetched without_response(std::string why, bool refused) {
  plugin::Fetched fetched;
  fetched.error = std::move(why);
  fetched.refused = refused;
  return fetched;
}

}  // namespace

asio::awaitable<void> HandlerRequests::wait_for_turn() {
  if (!before_) co_return;
  const BeforeAsking before = std::exchange(before_, nullptr);
  deadline_.pause();
  is_in_turn_ = co_await before();
  deadline_.resume();
}

asio::awaitable<plugin::Fetched> HandlerRequests::make(plugin::Fetch fetch, asio::any_io_executor strand,
                                                       asio::cancellation_signal& cancel) {
  if (auto why = plugin::refusal(fetch, installed_)) co_return without_response(std::move(*why), true);
  // Ends the handler: one that went on would remember a request that failed.
  if (!is_in_turn_) co_return without_response("an event before this one has to come again first", true);
  if (!fetcher_) co_return without_response("there is nobody here who makes requests", true);
  if (++made_ > plugin::max_fetches)
    co_return without_response("a handler makes " + std::to_string(plugin::max_fetches) + " requests at most", true);
  if (left_.count() <= 0)
    co_return without_response("the handler has waited for the network as long as it may", false);
  FetchAsk ask{std::move(fetch), idempotency_key(installed_.manifest.name, event_, made_), left_,
               installed_.manifest.grants.fetch_rate};
  const auto before = std::chrono::steady_clock::now();
  deadline_.pause();
  plugin::Fetched fetched = co_await asio::co_spawn(
      strand, fetcher_(std::move(ask)), asio::bind_cancellation_slot(cancel.slot(), asio::use_awaitable));
  deadline_.resume();
  left_ -= std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
  co_return fetched;
}

}  // namespace omegate::gateway
