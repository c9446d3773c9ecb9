// The last messages of a conversation, once more, for a device that came to be trusted after they were said.
//
// Only where the settings of the account say so: then the contents of what was sent stay in the outbox, sealed, for the time
// and the number that they name, and this is what they cost (docs/trust.md). What is sent again is an outbox row of its own for
// one key alone, and the notes of each message say for which devices that was done: nothing goes to one twice. What was said in a
// room goes to the member alone, not into the room: there everybody would see a stanza that they cannot read. Law: only to whom it
// was said then, which the notes have, and who is not known to be out of the room now. Everything here runs inside a transaction.
// Not here: what keeps the contents (Outbox::keep), sealing (seal.hpp), who tells of the decision (key_news.hpp).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Who belongs to each room that is private and known now: bare JIDs.
using RoomMembers = std::map<std::string, std::vector<std::string>, std::less<>>;

/// A device that came to be trusted.
struct LateKey {
  std::string peer;
  crypto::PublicKey key;
};

/// Messages to others that are looked through for those to rooms of one contact. Why: an approval is not to read a whole database;
/// those beyond are the oldest.
inline constexpr std::size_t max_kept_looked_at = 1000;

/// Keeps what was just sealed, if it is something to be said again.
void keep_for_later(store::Tables& tables, const config::RedeliverySettings& settings, store::OutboxId row,
                    const Outgoing& content, WallTime now);

/// Of what is kept: all that this key had no copy of, oldest first, in as few messages as they fit into; what was said to its owner,
/// then room by room. How many are said again.
std::size_t redeliver(store::Tables& tables, const Sender& self, const config::AccountSettings& settings, const LateKey& late,
                      const RoomMembers& rooms, Random& random, WallTime now);

}  // namespace omegate::gateway
