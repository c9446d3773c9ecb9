// Says in time that the unguessable address of a hook ends: to the log, and to the admins of the hook's account.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/context.hpp"

namespace omegate::gateway {

/// Each address is announced once. To be called now and then.
boost::asio::awaitable<void> tell_of_expiring_urls(Context& context, std::shared_ptr<const Actors> actors);

}  // namespace omegate::gateway
