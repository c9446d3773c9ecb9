#include "bridge/core/xmpp/receipts.hpp"

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {

xml::Element receipt_request() { return xml::Element("request", ns::receipts); }

xml::Element receipt_received(const std::string& id) {
  return xml::Element("received", ns::receipts).set("id", id);
}

xml::Element receipt_for(const ChatMessage& message, const std::string& own_id) {
  xml::Element receipt("message", ns::client);
  receipt.set("to", message.from.to_string()).set("id", own_id);
  if (message.type == MessageType::chat) receipt.set("type", "chat");
  return std::move(receipt).with(receipt_received(message.id)).with(xml::Element("store", ns::hints));
}

bool deserves_receipt(const ChatMessage& message) {
  const bool personal = message.type == MessageType::chat || message.type == MessageType::normal;
  return personal && message.requests_receipt && message.receipt_for.empty() && !message.id.empty() &&
         (message.route == Route::direct || message.route == Route::archived);
}

bool confirms(const ChatMessage& receipt, const Jid& recipient) {
  return !receipt.receipt_for.empty() && receipt.route != Route::sent_copy &&
         receipt.from.same_bare(recipient);
}

}  // namespace omegate::xmpp
