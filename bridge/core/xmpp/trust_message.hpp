// Trust messages: which keys somebody trusts or distrusts, told to other devices.
//
// Only inside an encrypted envelope (sce.hpp). Not here: who may say what, and when it counts
// (core/trust/atm.hpp).
// Source: XEP-0434 0.6, XEP-0450 0.4.
#pragma once

#include <string>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

/// Keys in their Ed25519 form, as OMEMO 2 names them.
struct KeyOwner {
  Jid jid;  // bare
  std::vector<crypto::PublicKey> trusted, distrusted;

  friend bool operator==(const KeyOwner&, const KeyOwner&) = default;
};

/// Automatic Trust Management for OMEMO 2; messages of another usage or encryption are not ours to read.
xml::Element build_trust_message(const std::vector<KeyOwner>& owners);

/// Errors: `malformed` (not such a message, of another usage or encryption, a key of another size, an owner
/// who is no bare JID, an owner twice, a key both trusted and distrusted, more than
/// `max_trust_message_keys`).
Result<std::vector<KeyOwner>> parse_trust_message(const xml::Element& message);

}  // namespace omegate::xmpp
