// A message that the gateway writes by itself: to an admin, or to a contact about what it could not do.
//
// It goes to the allowed devices whatever the message rule says: it may be about the very device that the
// rule waits for.
#pragma once

#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Runs inside a transaction. It is not sent any more after `notice_life`.
store::OutboxId add_notice(store::Tables& tables, const Sender& self, const std::string& to, std::string text,
                           Random& random, WallTime now);

/// Whether a message to this contact would reach anybody now. To whom nobody may write nothing is promised.
bool has_allowed_device(store::Tables& tables, const Sender& self, const std::string& peer, WallTime now);

}  // namespace omegate::gateway
