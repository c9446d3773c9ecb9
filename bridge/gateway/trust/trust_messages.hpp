// Trust messages that came (XEP-0434, XEP-0450): what devices we have authenticated say of other keys.
//
// Works inside a transaction. Not here: the rules (core/trust/atm.hpp), the words on the wire
// (core/xmpp/trust_message.hpp), sending them.
#pragma once

#include "bridge/core/trust/atm.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Who spoke, as the ratchet proved it, and when, by the envelope.
struct TrustSpeaker {
  std::string jid;  // bare
  crypto::PublicKey key{};
  WallTime said{};
};

/// How many decisions it made. What comes from a device that is not authenticated waits.
std::size_t take_trust_message(store::Tables& tables, const Sender& self, const TrustSpeaker& speaker,
                               const xml::Element& message, WallTime now);

/// This device is authenticated now: what it said before counts. How many decisions.
std::size_t apply_waiting_statements(store::Tables& tables, const Sender& self, const std::string& peer,
                                     const crypto::PublicKey& key, WallTime now);

}  // namespace omegate::gateway
