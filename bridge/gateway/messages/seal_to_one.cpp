// The part of seal.hpp for messages that no person reads: empty ones, receipts, what is said of now.
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

/// For these of its devices that have a session; nothing if none has. Stores their next states.
std::optional<xmpp::EncryptedMessage> encrypt_to(store::Tables& tables, const Sender& sender, Version version,
                                                 const std::vector<store::DeviceRef>& devices,
                                                 const omemo::EncryptedPayload& payload, WallTime now) {
  xmpp::EncryptedMessage message{version, sender.device, {}, payload.iv, std::nullopt};
  if (!payload.payload.empty()) message.payload = payload.payload;
  for (const store::DeviceRef& device : devices) {
    const auto session = tables.ratchets.current(device);
    if (!session) continue;
    const auto sealed = omemo::seal(*session, payload.key_material, sender.device.value());
    if (!sealed) continue;
    tables.ratchets.save(device, session->needs_heartbeat() ? sealed->next.after_heartbeat() : sealed->next, now);
    message.keys.push_back({own_word(device.peer), device.device, sealed->key_exchange, sealed->wire});
  }
  if (message.keys.empty()) return std::nullopt;
  return message;
}

}  // namespace

std::optional<std::string> seal_empty(store::Tables& tables, const Sender& sender,
                                      const store::DeviceRef& device, Random& random, WallTime now) {
  const auto message =
      encrypt_to(tables, sender, device.version, {device}, omemo::empty_message(device.version, random), now);
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

bool is_allowed(store::Tables& tables, const Sender& sender, const store::DeviceRef& device) {
  const auto known = tables.devices.find(device);
  return known && known->identity &&
         tables.ledger.view().decide(sender.jid, device.peer, *known->identity) == trust::Decision::allow;
}

/// For the devices of `peer` whose keys are allowed and that have a session; nothing if there are none.
std::optional<xmpp::EncryptedMessage> encrypt_elements(store::Tables& tables, const Sender& sender, const std::string& peer,
                                                       std::vector<store::DeviceRef> devices, std::vector<xml::Element> content,
                                                       Random& random, WallTime now) {
  std::erase_if(devices, [&](const store::DeviceRef& device) { return !is_allowed(tables, sender, device); });
  if (devices.empty()) return std::nullopt;
  const xmpp::EnvelopeHead head{own_word(sender.jid), own_word(peer), now};
  const std::string envelope = xmpp::build_envelope(head, content, random);
  const auto payload = omemo::encrypt_payload(Version::omemo2, as_bytes(envelope), random);
  return encrypt_to(tables, sender, Version::omemo2, devices, payload, now);
}

}  // namespace

/// What an empty message has around it is what a marker needs: a store hint, and nothing that clients show or count.
std::optional<std::string> seal_passing_elements(store::Tables& tables, const Sender& sender, const std::string& peer,
                                                 const std::vector<store::DeviceRef>& devices, std::vector<xml::Element> content,
                                                 bool kept, Random& random, WallTime now) {
  const auto message = encrypt_elements(tables, sender, peer, devices, std::move(content), random, now);
  if (!message) return std::nullopt;
  const xmpp::Jid to = own_word(peer);
  const std::string id = random_id(random);
  const xml::Element stanza = kept ? xmpp::empty_message_with(*message, to, id) : xmpp::passing_message_with(*message, to, id);
  return stanza.to_string("jabber:client");
}

std::optional<std::string> seal_element(store::Tables& tables, const Sender& sender,
                                        const store::DeviceRef& device, xml::Element content, Random& random,
                                        WallTime now) {
  const auto message = encrypt_elements(tables, sender, device.peer, {device}, {std::move(content)}, random, now);
  if (!message) return std::nullopt;
  const xmpp::OutgoingMessage outgoing{own_word(device.peer), random_id(random), false};
  return xmpp::message_with(*message, outgoing).to_string("jabber:client");
}

}  // namespace omegate::gateway
