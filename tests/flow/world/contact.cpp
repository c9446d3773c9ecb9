#include "tests/flow/world/contact.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "bridge/gateway/files/file_record.hpp"

namespace omegate::flow {

namespace ns = xmpp::ns;
using gateway::Received;
using gateway::test::noon;
using omemo::Version;
using xml::Element;

namespace {

/// Stanzas are sealed as they stand in a stream, where the namespace is the stream's.
Element stanza_of(std::string bytes) {
  bytes.insert(bytes.find(' '), " xmlns='jabber:client'");
  return xml::parse_document(bytes, xml::Limits{}).value();
}

}  // namespace

Contact::Contact(XmppWorld& world, std::string jid, std::vector<Version> versions)
    : world_(world), versions_(std::move(versions)), party_(std::move(jid)) {
  publish_list();
  publish_bundle();
  world_.listen(this, this->jid(), [this](const Element& message) { hear(message); });
}

omemo::PublicKey Contact::key() { return party_.device().identity.curve(); }

omemo::Bundle Contact::bundle() { return party_.device().bundle(version()); }

void Contact::publish_list() {
  for (const Version version : versions_) {
    auto list = listed(version);
    std::erase_if(list, [&](const auto& each) { return each.id == device(); });
    list.push_back({device(), {}, {}});
    publish_list(version, list);
  }
}

void Contact::publish_list(Version version, const std::vector<xmpp::ListedDevice>& devices) {
  world_.put(jid(), xmpp::device_list_node(version), std::string(xmpp::device_list_item),
             xmpp::build_device_list(version, devices));
}

std::vector<xmpp::ListedDevice> Contact::listed(Version version) const {
  const auto node = world_.nodes.find({jid(), xmpp::device_list_node(version)});
  if (node == world_.nodes.end() || node->second.items.empty()) return {};
  return xmpp::parse_device_list(version, node->second.items.back().second).value();
}

void Contact::take_device_id(omemo::DeviceId id) {
  party_.run([&](store::Tables& tables) { tables.identities.set_device(party_.self.account, id); });
  party_.self.device = id;
}

void Contact::publish_bundle() {
  for (const Version version : versions_) {
    world_.put(jid(), xmpp::bundle_node(version, device()), xmpp::bundle_item(version, device()),
               xmpp::build_bundle(party_.device().bundle(version)));
  }
}

/// What is new in the inbox of our own receiving half.
void Contact::hear(const Element& message) {
  const bool claims_text = message.child("body", ns::client) != nullptr;
  const bool encrypted =
      message.child("encrypted", ns::omemo_legacy) || message.child("encrypted", ns::omemo2);
  if (claims_text && !encrypted) ++in_the_clear_;
  if (!encrypted) return;
  const Received received = party_.hear(message.to_string(), bot_jid);
  if (received.kind == Received::Kind::duplicate) ++repetitions_;
  if (received.kind == Received::Kind::undecryptable) unreadable_.push_back(received.error.message());
  for (const store::InboxRow& row : party_.inbox()) {
    take(row.event.kind, std::string(as_text(row.event.payload)));
    party_.run([&](store::Tables& tables) { return tables.inbox.drop(row.event.id, noon); });
  }
  acknowledge(message, received);
}

void Contact::take(const std::string& kind, const std::string& payload) {
  const boost::json::object event = boost::json::parse(payload).as_object();
  const std::string text(event.at("text").as_string());
  if (const auto* files = event.if_contains("files")) {
    for (const auto& file : files->as_array()) {
      const std::string handle(file.at("handle").as_string());
      files_.push_back(party_.run([&](store::Tables& t) { return gateway::decode_file(t.files.find(handle)->details).file; }));
    }
    if (text.empty()) return;
  }
  if (kind == "message") {
    heard_.push_back(text);
    last_heard_id_ = event.at("message_id").as_string();
    const auto* answered = event.if_contains("reply_to");
    if (answered) news_.push_back("reply " + std::string(answered->at("id").as_string()) + ": " + text);
    return;
  }
  std::string line = kind;
  if (const auto* about = event.if_contains("about")) line += " " + std::string(about->at("id").as_string());
  for (const auto& emoji : event.at("reactions").as_array()) line += " " + std::string(emoji.as_string());
  if (!text.empty()) line += ": " + text;
  news_.push_back(std::move(line));
}

/// A new session is completed, a message with content confirmed.
void Contact::acknowledge(const Element& message, const Received& received) {
  if (received.built_session) {
    const auto empty = party_.run([&](store::Tables& tables) {
      return gateway::seal_empty(tables, party_.self, *received.device, party_.random, noon);
    });
    world_.deliver(full_jid(), stanza_of(*empty));
  }
  if (!sends_receipts || received.kind != Received::Kind::message || !received.wants_receipt) return;
  const std::string id(message.attr("id").value_or(""));
  if (received.device->version == Version::omemo2) {
    const auto receipt = party_.run([&](store::Tables& tables) {
      return gateway::seal_receipt(tables, party_.self, *received.device, id, party_.random, noon);
    });
    world_.deliver(full_jid(), stanza_of(*receipt));
  } else {
    Element receipt =
        Element("message", ns::client).set("type", "chat").set("id", "r" + std::to_string(++receipts_));
    world_.deliver(full_jid(), std::move(receipt).with(xmpp::receipt_received(id)));
  }
}

std::size_t Contact::times_heard(const std::string& text) const {
  return static_cast<std::size_t>(std::count(heard_.begin(), heard_.end(), text));
}

/// The bot's published list and bundle, as a client fetches them before it writes.
void Contact::get_to_know_the_bot() {
  const auto& list = world_.nodes.at({bot_jid, xmpp::device_list_node(version())}).items.back().second;
  const auto bot = xmpp::parse_device_list(version(), list).value().back().id;
  const Node& node = world_.nodes.at({bot_jid, xmpp::bundle_node(version(), bot)});
  const omemo::Bundle bundle = xmpp::parse_bundle(version(), node.items.back().second).value();
  party_.run([&](store::Tables& tables) {
    const store::DeviceRef ref{party_.self.account, bot_jid, version(), bot};
    const std::vector<omemo::DeviceId> ids{bot};
    tables.devices.replace_list(party_.self.account, bot_jid, version(), ids, noon);
    tables.devices.set_identity(ref, bundle.identity.curve, noon);
    const std::vector<trust::DeviceKey> listed{{bot.value(), bundle.identity.curve}};
    tables.ledger.append(trust::on_first_send(tables.ledger.view(), party_.self.jid, bot_jid, listed), noon);
    if (tables.ratchets.current(ref)) return;
    const auto prekey = omemo::choose_prekey(bundle, party_.random).value();
    const auto own = tables.identities.load(party_.self.account);
    tables.ratchets.start(ref, omemo::start_session(own->keys, bundle, prekey, party_.random).value(), noon);
  });
}

Element Contact::encrypt(const std::string& text) {
  get_to_know_the_bot();
  const auto sealed = party_.send(bot_jid, text);
  return stanza_of(sealed.stanzas.at(0));
}

void Contact::tell(Element content, WallTime now) {
  get_to_know_the_bot();
  const auto bot = xmpp::parse_device_list(
                       version(), world_.nodes.at({bot_jid, xmpp::device_list_node(version())}).items.back().second)
                       .value()
                       .back()
                       .id;
  const auto stanza = party_.run([&](store::Tables& tables) {
    const store::DeviceRef ref{party_.self.account, bot_jid, version(), bot};
    return gateway::seal_element(tables, party_.self, ref, std::move(content), party_.random, now);
  });
  world_.deliver(full_jid(), stanza_of(*stanza));
}

std::string Contact::say(const std::string& text) {
  world_.deliver(full_jid(), encrypt(text));
  return party_.last_id();
}

void Contact::say_about(bool own, const std::string& id, gateway::Outgoing content) {
  get_to_know_the_bot();
  const auto sealed = party_.send_about(bot_jid, own, id, std::move(content));
  world_.deliver(full_jid(), stanza_of(sealed.stanzas.at(0)));
}

}  // namespace omegate::flow
