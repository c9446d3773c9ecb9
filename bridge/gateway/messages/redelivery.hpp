// The last messages of a conversation, once more, for a device that came to be trusted after they were said.
//
// Only where the settings of the account say so: then the contents of what was sent stay in the outbox, sealed, for the time
// and the number that they name, and this is what they cost (docs/trust.md). What is sent again is an outbox row of its own for
// one key alone, and the notes of each message say for which devices that was done: nothing goes to one twice. Everything here runs inside a transaction. Not here: what
// keeps the contents (Outbox::keep), sealing (seal.hpp), who tells of the decision (key_news.hpp).
#pragma once

#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Keeps what was just sealed, if it is something to be said again.
void keep_for_later(store::Tables& tables, const config::RedeliverySettings& settings, store::OutboxId row,
                    const Outgoing& content, WallTime now);

/// Of what is kept: all that this key of `peer` had no copy of, oldest first, in as few messages as they fit into.
/// How many are said again.
std::size_t redeliver(store::Tables& tables, const Sender& self, const config::AccountSettings& settings,
                      const std::string& peer, const crypto::PublicKey& key, Random& random, WallTime now);

}  // namespace omegate::gateway
