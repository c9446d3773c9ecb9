// Who wrote something that nobody here could read is told so, once.
//
// Not here: remembering it for the operator (unread.hpp), the words (phrases.hpp).
#pragma once

#include "bridge/core/base/language.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Once per device and cause in `told_again`, and only to devices that may read it: what cannot be said
/// encrypted is not said. Never to an own device, or about a revoked one. True if a message was added.
/// Runs inside the transaction that received it.
bool tell_sender(store::Tables& tables, const Sender& self, Language language, store::UnreadId row,
                 Random& random, WallTime now);

}  // namespace omegate::gateway
