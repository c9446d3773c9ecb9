// A plugin's request on its way from its host (plugin_host.hpp) to whoever makes it (plugin_fetch.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/fetch.hpp"

namespace omegate::gateway {

struct FetchAsk {
  plugin::Fetch fetch;             // granted
  std::string key;                 // the same at each attempt of the handler, see `idempotency_key`
  std::chrono::milliseconds left;  // that the handler may still wait for the network
  std::size_t rate = plugin::default_fetch_rate;  // requests of the plugin within a minute
};

/// Makes the request. Runs on the plugin's strand; cancelled when the plugin is stopped.
using Fetcher = std::function<boost::asio::awaitable<plugin::Fetched>(FetchAsk)>;

/// What a server can tell a repetition by: made of the plugin, the event (its id and time) and the number of the request
/// in its handler, 32 hexadecimal digits.
std::string idempotency_key(const std::string& plugin, const plugin::Event& event, int number);

}  // namespace omegate::gateway
