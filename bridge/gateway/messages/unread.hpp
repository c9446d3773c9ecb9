// Messages that reached us and that nobody could read: why, in one word and in a sentence.
//
// Not here: opening (receive.hpp), the table (edge/store/unread.hpp), telling people (why_words.hpp).
#pragma once

#include <optional>
#include <string_view>

#include "bridge/core/xmpp/message.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/receive.hpp"

namespace omegate::gateway {

/// Why a message could not be read or shown. Their names are stored and part of the API.
enum class UnreadCause {
  not_for_us,   // encrypted, but not for our device
  no_session,   // we have no session with the device, or no longer the keys it used
  other_key,    // the device shows another identity key, which nobody allowed
  undecided,    // readable, and kept: nobody decided about its key
  revoked,      // readable, and dropped: somebody decided against its key
  unreadable,   // damaged, forged, or of an unknown format
  outdated,     // of a client so old that its format is no longer read
  unencrypted,  // it was not encrypted at all
};

std::string_view name(UnreadCause cause);
std::optional<UnreadCause> unread_cause_named(std::string_view text);

/// Nothing if `received` is no loss. Runs inside the transaction that received it.
std::optional<store::UnreadId> note_unread(store::Tables& tables, const Sender& self,
                                           const xmpp::ChatMessage& message, const Received& received,
                                           WallTime now);

/// A message without any encryption: it is not looked at.
store::UnreadId note_unencrypted(store::Tables& tables, const Sender& self, const xmpp::ChatMessage& message,
                      WallTime now);

}  // namespace omegate::gateway
