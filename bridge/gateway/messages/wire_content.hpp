// What a message becomes in each OMEMO version: what is encrypted, and what stands beside it.
//
// In OMEMO 2 everything is inside. The legacy version encrypts a text and nothing else: ids of earlier
// messages stand beside it as deployed clients write them, and what would show more than an id becomes text
// or is not said. Not here: encrypting (seal.hpp). Source: XEP-0308, XEP-0424, XEP-0444, XEP-0461, XEP-0428;
// XEP-0384 §4.5, XEP-0420.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/omemo/version.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/edge/store/messages.hpp"
#include "bridge/gateway/messages/outgoing.hpp"

namespace omegate::gateway {

struct WireContent {
  std::string text;                   // legacy: what is encrypted
  std::vector<xml::Element> content;  // OMEMO 2: what is in the envelope
  std::vector<xml::Element> beside;   // legacy: what is not encrypted, ids and marks only
};

/// `about`: the message that `message` has to do with; null if it is not known any more, then a correction or
/// reply is a message like others. Nothing: this version cannot say it.
std::optional<WireContent> wire_content(omemo::Version version, const Outgoing& message,
                                        const store::KnownMessage* about, const xmpp::Jid& self, bool to_room = false);

/// The id under which readers of this version know the message.
std::string id_in(omemo::Version version, const store::KnownMessage& message);

}  // namespace omegate::gateway
