#include "bridge/gateway/messages/receive.hpp"

#include <algorithm>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "bridge/core/xmpp/sce.hpp"
#include "bridge/gateway/devices/rotation.hpp"
#include "bridge/gateway/files/received_files.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/message_events.hpp"
#include "bridge/gateway/messages/opening.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/messages/unread.hpp"
#include "bridge/gateway/trust/chat_desk.hpp"
#include "bridge/gateway/trust/notice.hpp"
#include "bridge/gateway/trust/tell_sender.hpp"
#include "bridge/gateway/trust/trust_messages.hpp"
#include "bridge/gateway/trust/trust_words.hpp"

namespace omegate::gateway {
namespace {

/// True: an archive has it under this number, and it was read there or came live before.
bool was_archived(store::Tables& tables, store::AccountId account, const xmpp::ChatMessage& message, WallTime now) {
  if (!message.archive_id) return false;
  const std::string room = message.room ? message.room->to_string() + " " : std::string();
  return !tables.seen.add(account, "archive:" + room + *message.archive_id, now);
}

/// The element with a key for us; OMEMO 2 first, because it says more. One stanza is one message.
const xmpp::EncryptedMessage* element_for(const xmpp::ChatMessage& message, const xmpp::Jid& own,
                                          omemo::DeviceId device) {
  for (const auto* element : {&message.omemo2, &message.legacy}) {
    if (*element && !xmpp::keys_for(**element, own, device).empty()) return &**element;
  }
  return nullptr;
}

/// Each plugin may have a command in a text. What is said about messages concerns who sent them, or who hears all.
std::vector<std::string> listeners_of(const Listeners& plugins, const MessageEvent& event) {
  if (!event.plugin.empty()) return plugins.of_message(event.plugin);
  switch (event.kind) {
    case plugin::EventKind::message:
    case plugin::EventKind::edit: return plugins.all;
    case plugin::EventKind::typing: return plugins.typing;
    default: return plugins.messages;
  }
}

/// Of now: whoever has much to do already needs not hear of it. Anybody can say such things, and without end.
bool comes_too_late(store::Tables& tables, const store::NewEvent& row, plugin::EventKind kind) {
  if (kind != plugin::EventKind::typing && kind != plugin::EventKind::marker) return false;
  constexpr std::size_t most = plugin::max_passing_backlog;
  return tables.inbox.count_pending(row.plugin, row.conversation, most) == most;
}

/// Texts of a key that nobody decided about are kept until somebody does. False: nobody listens, or nobody has to hear it.
bool add_rows(store::Tables& tables, const Reader& reader, const std::string& peer, const MessageEvent& event,
              bool allowed, WallTime now) {
  const Bytes payload = to_bytes(event.payload);
  bool added = false;
  for (const std::string& plugin : listeners_of(reader.plugins, event)) {
    const store::NewEvent row{reader.self.account, plugin, reader.self.jid + "/" + peer,
                              std::string(to_text(event.kind)), payload, {}};
    if (comes_too_late(tables, row, event.kind)) continue;
    const auto id = tables.inbox.add(row, now);
    if (!allowed) tables.inbox.fail(*id, not_allowed_reason(), 0, now);
    added = true;
  }
  return added;
}

/// One stanza in one transaction.
class Receiving {
 public:
  Receiving(store::Tables& tables, const Reader& reader, const xmpp::ChatMessage& message, Random& random, WallTime now)
      : tables_(tables),
        reader_(reader),
        message_(message),
        own_(xmpp::Jid::parse(reader.self.jid).value()),
        random_(random),
        now_(now) {}

  Received run();

 private:
  bool is_reflection() const;
  bool is_known();
  Result<OpenedMessage> open(const xmpp::EncryptedMessage& element);
  void note_writer(const OpenedMessage& opened);
  void read_content(const xmpp::EncryptedMessage& element, const OpenedMessage& opened);
  void read_envelope(ByteView plaintext);
  bool answer(const std::string& text);
  void note_arrival(std::string_view stanza_id);
  void deliver(Said said);
  Received fail(boost::system::error_code error);

  store::Tables& tables_;
  const Reader& reader_;
  const xmpp::ChatMessage& message_;
  xmpp::Jid own_;
  Random& random_;
  WallTime now_;
  bool shared_ = false;  // the key of its text
  Received received_;
  std::optional<omemo::PublicKey> key_;  // that wrote it
};

Received Receiving::fail(boost::system::error_code error) {
  received_.error = error;
  received_.kind = Received::Kind::undecryptable;
  if (error == OpeningError::identity_changed) received_.kind = Received::Kind::identity_changed;
  if (error == omemo::Error::message_already_received) received_.kind = Received::Kind::duplicate;
  return received_;
}

bool Receiving::is_reflection() const {
  const auto wrote = [&](const auto& element) {
    return element && (element->sid == reader_.self.device || was_ours(tables_, reader_.self.account, element->sid));
  };
  return message_.from.same_bare(own_) && (wrote(message_.omemo2) || wrote(message_.legacy));
}

bool Receiving::is_known() { return was_archived(tables_, reader_.self.account, message_, now_); }

Received Receiving::run() {
  if (is_reflection()) {
    if (message_.room) {  // the room has it
      const std::string room = message_.room->to_string(), id = message_id_of(message_.id);
      tables_.outbox.mark_delivered(reader_.self.account, room, id, now_);
      const auto known = message_.archive_id ? tables_.messages.find(reader_.self.account, room, true, id) : std::nullopt;
      if (known) tables_.messages.set_room_id(known->id, *message_.archive_id);
    }
    return received_.kind = Received::Kind::own, received_;
  }
  if (is_known()) return received_.kind = Received::Kind::duplicate, received_;
  if (message_.fault) return fail(message_.fault);
  const auto* element = element_for(message_, own_, reader_.self.device);
  if (!element) {
    const auto& any = message_.omemo2 ? message_.omemo2 : message_.legacy;
    const bool silent = any && !any->payload;  // an empty message for others is nobody's loss
    received_.kind = silent ? Received::Kind::empty : Received::Kind::not_for_us;
    if (any) {
      received_.device = {reader_.self.account, message_.from.bare().to_string(), any->version, any->sid};
    }
    return received_;
  }
  received_.device = {reader_.self.account, message_.from.bare().to_string(), element->version, element->sid};
  const auto opened = open(*element);
  if (!opened) return fail(opened.error());
  note_writer(*opened);
  read_content(*element, *opened);
  return received_;
}

/// Several keys may carry our device id: the first that opens wins.
Result<OpenedMessage> Receiving::open(const xmpp::EncryptedMessage& element) {
  boost::system::error_code last;
  for (const xmpp::KeyElement* key : xmpp::keys_for(element, own_, reader_.self.device)) {
    const auto incoming = omemo::parse_incoming(element.version, key->bytes);
    if (!incoming) {
      last = incoming.error();
      continue;
    }
    auto opened = open_in_tables(tables_, reader_.self, *received_.device, *incoming, random_, now_);
    if (opened || opened.error() == omemo::Error::message_already_received) return opened;
    last = opened.error();
  }
  return last;
}

void Receiving::note_writer(const OpenedMessage& opened) {
  const store::DeviceRef& device = *received_.device;
  const auto known = tables_.devices.find(device);
  received_.unknown_device = !known || !known->active;
  tables_.devices.set_identity(device, opened.key, now_);
  tables_.devices.note_message(device, now_);
  const trust::DeviceKey writer{device.device.value(), opened.key};
  const auto entries =
      trust::on_authentic_message(tables_.ledger.view(), reader_.self.jid, device.peer, writer);
  tables_.ledger.append(entries, now_);
  received_.fingerprint = omemo::fingerprint(opened.key);
  received_.level = effective_level(tables_.ledger.view(), reader_.self.jid, device.peer, opened.key);
  key_ = opened.key;
  received_.built_session = received_.used_prekey = opened.built_session;
  received_.heartbeat_due = opened.needs_heartbeat;
}

/// The ratchet message was authentic, so its state is kept whatever the payload turns out to be.
void Receiving::read_content(const xmpp::EncryptedMessage& element, const OpenedMessage& opened) {
  if (!element.payload) {
    received_.kind = Received::Kind::empty;
    return;
  }
  const auto plaintext = omemo::decrypt_payload(element.version, opened.key_material, element.iv, *element.payload);
  if (!plaintext) {
    fail(plaintext.error());
    return;
  }
  shared_ = element.version == omemo::Version::legacy && element.keys.size() > 1;
  if (message_.route == xmpp::Route::sent_copy) {
    received_.kind = Received::Kind::own;
  } else if (element.version == omemo::Version::omemo2) {
    read_envelope(*plaintext);
  } else {
    received_.wants_receipt = message_.requests_receipt;
    deliver(said_in_legacy(as_text(*plaintext), message_.annotations));
  }
}

void Receiving::read_envelope(ByteView plaintext) {
  const auto envelope = xmpp::open_envelope(
      as_text(plaintext), {message_.from.bare(), message_.room.value_or(own_), message_.room.has_value()});
  if (!envelope) {
    fail(envelope.error());
    return;
  }
  received_.wants_receipt = envelope->child("request", xmpp::ns::receipts) || message_.requests_receipt;
  if (const auto* receipt = envelope->child("received", xmpp::ns::receipts)) note_arrival(receipt->attr("id").value_or(""));
  const auto* trusts = envelope->child("trust-message", xmpp::ns::trust_messages);
  const bool believes = reader_.settings && reader_.settings->trust_messages != config::TrustMessages::off;
  if (trusts && believes && envelope->names_sender && envelope->time) {
    const TrustSpeaker speaker{received_.device->peer, *omemo::parse_fingerprint(received_.fingerprint), *envelope->time};
    received_.answered = take_trust_message(tables_, reader_.self, speaker, *trusts, now_) > 0;
  }
  deliver(said_in_envelope(*envelope));
}

/// What was for us does not reach the plugins.
bool Receiving::answer(const std::string& text) {
  if (!reader_.settings) return false;
  const store::DeviceRef& device = *received_.device;
  const Speaker speaker{device.peer, device.device.value(), *omemo::parse_fingerprint(received_.fingerprint),
                        received_.level, shared_};
  auto reply = answer_in_chat(tables_, reader_.self, *reader_.settings, speaker, text, random_, now_);
  if (!reply) return false;
  add_notice(tables_, reader_.self, device.peer, std::move(*reply), random_, now_);
  received_.answered = received_.inboxed = true;  // and an approval may have let other messages through
  return true;
}

/// A receipt or a marker that only this device can have written.
void Receiving::note_arrival(std::string_view stanza_id) {
  const std::string id = message_id_of(stanza_id);
  note_device_receipt(tables_, *received_.device, id, now_);
  received_.confirmed |= tables_.outbox.mark_delivered(reader_.self.account, received_.device->peer, id, now_);
}

void Receiving::deliver(Said message) {
  SaidContent& said = message.content;
  const store::DeviceRef& device = *received_.device;
  if (received_.level == trust::Level::revoked) {  // decided: nothing to keep for later
    received_.kind = said.text || !message.files.empty() ? Received::Kind::not_allowed : Received::Kind::control;
    return;
  }
  if (device.version == omemo::Version::omemo2 && !said.annotations.displayed.empty()) note_arrival(said.annotations.displayed);
  const bool allowed = received_.level != trust::Level::undecided;
  const bool is_order = said.text && said.annotations.replaces.empty() && !message_.room;
  const bool is_test = reader_.settings && !reader_.settings->canary.empty() && device.peer == reader_.settings->canary;
  if (allowed && said.text && is_test) {  // its receipt is all there is to it
    received_.kind = Received::Kind::message;
    return;
  }
  if (allowed && is_order && answer(*said.text)) {
    received_.kind = Received::Kind::message;
    return;
  }
  received_.kind = Received::Kind::control;
  said.files = note_offered(tables_, reader_.self.account, device.peer, message.files, now_ + reader_.keep_files, now_);
  const Writer writer{key_, device.device, device.version, received_.level, shared_};
  for (MessageEvent& event : events_of(tables_, reader_.self, message_, writer, said, now_)) {
    const bool is_text = event.kind == plugin::EventKind::message || event.kind == plugin::EventKind::edit;
    if (is_text) received_.kind = allowed ? Received::Kind::message : Received::Kind::not_allowed;
    received_.inboxed |= add_rows(tables_, reader_, message_.peer().to_string(), event, allowed, now_);
  }
}

}  // namespace

std::string_view name(Received::Kind kind) {
  switch (kind) {
    case Received::Kind::message: return "message";
    case Received::Kind::not_allowed: return "not_allowed";
    case Received::Kind::empty: return "empty";
    case Received::Kind::control: return "control";
    case Received::Kind::own: return "own";
    case Received::Kind::duplicate: return "duplicate";
    case Received::Kind::not_for_us: return "not_for_us";
    case Received::Kind::identity_changed: return "identity_changed";
    case Received::Kind::undecryptable: return "undecryptable";
  }
  return "unknown";
}

Received receive_message(store::Tables& tables, const Reader& reader, const xmpp::ChatMessage& message, Random& random,
                         WallTime now) {
  Received received = Receiving(tables, reader, message, random, now).run();
  received.unread = note_unread(tables, reader.self, message, received, now);
  if (received.unread && !message.room && reader.settings && reader.settings->tell_senders)
    received.answered = tell_sender(tables, reader.self, reader.settings->language, *received.unread, random, now);
  return received;
}

bool receive_in_the_clear(store::Tables& tables, const Reader& reader, const xmpp::ChatMessage& message, WallTime now) {
  SaidContent said{std::nullopt, message.annotations};
  said.annotations.retracts.clear();
  const bool speaks = said.annotations.reactions || !said.annotations.displayed.empty() || said.annotations.state;
  if (!speaks || message.route == xmpp::Route::sent_copy) return false;
  const bool is_own = message.from.bare().to_string() == reader.self.jid;  // a room says to us, too, what we said in it
  if (is_own) return false;
  if (was_archived(tables, reader.self.account, message, now)) return false;
  const std::string peer = message.peer().to_string();
  const std::string displayed = message_id_of(said.annotations.displayed);
  if (!displayed.empty()) tables.outbox.mark_delivered(reader.self.account, peer, displayed, now);
  bool inboxed = false;
  for (const MessageEvent& event : events_of(tables, reader.self, message, Writer{}, said, now)) {
    inboxed |= add_rows(tables, reader, peer, event, true, now);
  }
  return inboxed;
}

}  // namespace omegate::gateway
