// `<encrypted/>` of both OMEMO versions, and the message around it.
//
// Not here: encryption (core/omemo), what is inside OMEMO 2's payload (sce.hpp).
// Source: XEP-0384 §5.4, XEP-0384 0.3 §4.5, XEP-0380, XEP-0334.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/version.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

/// The message key for one device.
struct KeyElement {
  std::optional<Jid> jid;  // whose device: OMEMO 2 only; legacy has one flat list
  omemo::DeviceId rid;
  bool key_exchange = false;  // as the sender claims; the bytes decide
  Bytes bytes;                // one ratchet message
};

struct EncryptedMessage {
  omemo::Version version = omemo::Version::legacy;
  omemo::DeviceId sid;
  std::vector<KeyElement> keys;
  Bytes iv;                      // legacy: 12 or 16 bytes
  std::optional<Bytes> payload;  // nothing: an empty message (key transport, heartbeat)
};

/// `encrypted` itself. Broken keys for other devices do not spoil the message: a key with an unreadable `rid`
/// is skipped. Errors: `malformed`, `bad_encoding`, `too_many_keys`, `blob_too_large` (more than
/// `omemo::max_wire_size`), `ambiguous` (two headers or payloads).
Result<EncryptedMessage> parse_encrypted(const xml::Element& encrypted);

/// Which version's `<encrypted/>` this is; nothing if it is none.
std::optional<omemo::Version> encrypted_version(const xml::Element& element);

xml::Element build_encrypted(const EncryptedMessage& message);

/// The keys meant for our device: `rid` is ours and, in OMEMO 2, so is the JID. Legacy may have several: try
/// each, the first that decrypts wins.
std::vector<const KeyElement*> keys_for(const EncryptedMessage& message, const Jid& own,
                                        omemo::DeviceId device);

struct OutgoingMessage {
  Jid to;  // bare
  std::string id;
  bool request_receipt = false;
  bool to_room = false;
  std::vector<xml::Element> beside = {};  // ids and marks, no content: whoever carries it reads them
};

/// The whole stanza of a message with content: `<encrypted/>`, EME, store hint, origin-id, a fallback body, and
/// in legacy, if asked for, the receipt request (in OMEMO 2 that belongs into the envelope).
///
/// OMEMO 2 has a fallback body too, marked as one (XEP-0428). XEP-0420 wants none; but there are client libraries
/// that take a message without body for none at all, and every reader of OMEMO ignores it.
xml::Element message_with(const EncryptedMessage& encrypted, const OutgoingMessage& outgoing);

/// The whole stanza of what says something of now: no body, and whoever is away does not get it later.
xml::Element passing_message_with(const EncryptedMessage& encrypted, const Jid& to, const std::string& id);

/// The whole stanza of an empty message: nothing a client could show, answer or count.
xml::Element empty_message_with(const EncryptedMessage& encrypted, const Jid& to, const std::string& id);

}  // namespace omegate::xmpp
