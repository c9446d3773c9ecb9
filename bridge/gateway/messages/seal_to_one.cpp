// The part of seal.hpp for messages that no person reads, each to one device: empty ones and receipts.
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/gateway/messages/seal.hpp"

namespace omegate::gateway {
namespace {

using omemo::Version;

xmpp::Jid own_word(const std::string& bare) { return xmpp::Jid::parse(bare).value(); }

std::string random_id(Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  return crypto::to_hex(id);
}

/// For one device with a session. Stores its next state.
std::optional<xmpp::EncryptedMessage> encrypt_to_one(store::Tables& tables, const Sender& sender,
                                                     const store::DeviceRef& device,
                                                     const omemo::EncryptedPayload& payload, WallTime now) {
  const auto session = tables.ratchets.current(device);
  if (!session) return std::nullopt;
  const auto sealed = omemo::seal(*session, payload.key_material, sender.device.value());
  if (!sealed) return std::nullopt;
  tables.ratchets.save(device, session->needs_heartbeat() ? sealed->next.after_heartbeat() : sealed->next,
                       now);
  xmpp::EncryptedMessage message{device.version, sender.device, {}, payload.iv, std::nullopt};
  if (!payload.payload.empty()) message.payload = payload.payload;
  message.keys.push_back({own_word(device.peer), device.device, sealed->key_exchange, sealed->wire});
  return message;
}

}  // namespace

std::optional<std::string> seal_empty(store::Tables& tables, const Sender& sender,
                                      const store::DeviceRef& device, Random& random, WallTime now) {
  const auto message =
      encrypt_to_one(tables, sender, device, omemo::empty_message(device.version, random), now);
  if (!message) return std::nullopt;
  return xmpp::empty_message_with(*message, own_word(device.peer), random_id(random))
      .to_string("jabber:client");
}

std::optional<std::string> seal_receipt(store::Tables& tables, const Sender& sender,
                                        const store::DeviceRef& device, const std::string& message_id,
                                        Random& random, WallTime now) {
  return seal_element(tables, sender, device, xmpp::receipt_received(message_id), random, now);
}

namespace {

/// Nothing if there is no session with the device or its key is not allowed.
std::optional<xmpp::EncryptedMessage> encrypt_elements(store::Tables& tables, const Sender& sender, const store::DeviceRef& device,
                                                       std::vector<xml::Element> content, Random& random, WallTime now) {
  const auto known = tables.devices.find(device);
  if (!known || !known->identity) return std::nullopt;
  const trust::Decision decision = tables.ledger.view().decide(sender.jid, device.peer, *known->identity);
  if (decision != trust::Decision::allow) return std::nullopt;
  const xmpp::EnvelopeHead head{own_word(sender.jid), own_word(device.peer), now};
  const std::string envelope = xmpp::build_envelope(head, content, random);
  const auto payload = omemo::encrypt_payload(Version::omemo2, as_bytes(envelope), random);
  return encrypt_to_one(tables, sender, device, payload, now);
}

}  // namespace

std::optional<std::string> seal_passing_elements(store::Tables& tables, const Sender& sender, const store::DeviceRef& device,
                                                 std::vector<xml::Element> content, bool kept, Random& random, WallTime now) {
  const auto message = encrypt_elements(tables, sender, device, std::move(content), random, now);
  if (!message) return std::nullopt;
  const xmpp::Jid to = own_word(device.peer);
  const std::string id = random_id(random);
  const xml::Element stanza = kept ? xmpp::message_with(*message, {to, id, false}) : xmpp::passing_message_with(*message, to, id);
  return stanza.to_string("jabber:client");
}

std::optional<std::string> seal_element(store::Tables& tables, const Sender& sender,
                                        const store::DeviceRef& device, xml::Element content, Random& random,
                                        WallTime now) {
  const auto message = encrypt_elements(tables, sender, device, {std::move(content)}, random, now);
  if (!message) return std::nullopt;
  const xmpp::OutgoingMessage outgoing{own_word(device.peer), random_id(random), false};
  return xmpp::message_with(*message, outgoing).to_string("jabber:client");
}

}  // namespace omegate::gateway
