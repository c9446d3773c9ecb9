// Delivery receipts.
//
// Source: XEP-0184 1.4.
#pragma once

#include <string>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/message.hpp"

namespace omegate::xmpp {

/// `<request/>`, to be put into a message or an OMEMO 2 envelope.
xml::Element receipt_request();
/// `<received id='…'/>`
xml::Element receipt_received(const std::string& id);

/// The answer to `message`: same type, no body, no request, a store hint. `own_id` is its own message id.
xml::Element receipt_for(const ChatMessage& message, const std::string& own_id);

/// Whether `message` may be answered at all: a request, an id, a person's message to us, live or from the archive; never a
/// receipt, an error, a room or a headline. Whether its sender may learn it, the caller decides.
bool deserves_receipt(const ChatMessage& message);

/// Whether `receipt` may confirm a message that went to `recipient` (bare).
bool confirms(const ChatMessage& receipt, const Jid& recipient);

}  // namespace omegate::xmpp
