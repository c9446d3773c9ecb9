// The envelope inside an OMEMO 2 payload: content plus what binds it to sender and conversation.
//
// Source: XEP-0420 0.5 with the OMEMO profile of XEP-0384 §4.5.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

struct EnvelopeHead {
  Jid from;  // bare JID of the sender
  Jid to;    // bare JID of the recipient or room
  WallTime time{};
};

/// The XML text to encrypt: filled up to `min_envelope` bytes, then 0 to `max_padding` random characters.
std::string build_envelope(const EnvelopeHead& head, const std::vector<xml::Element>& content,
                           Random& random);

/// `<body xmlns='jabber:client'>`
xml::Element body_element(std::string_view text);

struct Envelope {
  std::vector<xml::Element> content;  // without what must stay outside (hints, stanza-id, addresses, EME, …)
  std::optional<WallTime> time;
  bool padded = false;  // the profile wants it; libraries differ
  bool names_sender = false, names_recipient = false;

  /// The text of `<body/>`; also of one in a wrong namespace, as young libraries write it.
  std::optional<std::string> body() const;
  const xml::Element* child(std::string_view local, std::string_view space) const;
};

/// What an envelope must agree with.
struct EnvelopeContext {
  Jid sender;         // bare, real
  Jid recipient;      // bare: our account; the peer for a carbon of our own message; the room
  bool room = false;  // then `to` is mandatory
};

/// Parses decrypted bytes as a new, untrusted document. Errors: `xml::Error`, `malformed` (not an envelope,
/// not exactly one content, an affix twice), `wrong_sender`, `wrong_recipient`.
Result<Envelope> open_envelope(std::string_view text, const EnvelopeContext& context);

}  // namespace omegate::xmpp
