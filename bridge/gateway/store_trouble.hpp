// What an actor does when the database refuses: it says so, waits, and begins anew.
//
// Not here: what was under way. It is in the database as the last commit left it, and comes back from there.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>

#include "bridge/edge/store/error.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

/// Does `work`, which goes on until it is cancelled or the database refuses; then calls `stalled`, and does it again after
/// `pause`, or sooner if `signal` is raised. Ends only when cancelled, or by what else `work` throws.
asio::awaitable<void> work_despite_trouble(Signal& signal, std::chrono::milliseconds pause, std::function<asio::awaitable<void>()> work,
                                           std::function<void(const store::StoreError& failure)> stalled);

}  // namespace omegate::gateway
