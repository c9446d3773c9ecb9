// A message that a room took back for its writer, told to plugins.
//
// Only a message that we know from this very room, by the number that the room gave it; once. It is the server's word, so it
// comes as something that nobody encrypted. Runs inside a transaction. Not here: whose word it is (core/xmpp/moderation.hpp,
// room_keeper.hpp), what a writer takes back (message_events.hpp). Source: XEP-0425.
#pragma once

#include "bridge/core/xmpp/moderation.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/receive.hpp"

namespace omegate::gateway {

/// True: inbox rows were added.
bool take_moderation(store::Tables& tables, const Reader& reader, const xmpp::Moderation& moderation, WallTime now);

/// A room said so of this message, as it was first said or as it is now.
bool was_taken_out(store::Tables& tables, const store::KnownMessage& message);

}  // namespace omegate::gateway
