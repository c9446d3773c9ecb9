// The reading half of AccountSession.
#include <boost/asio/steady_timer.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/presence.hpp"
#include "bridge/core/xmpp/receipts.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/opening.hpp"
#include "bridge/gateway/messages/unread.hpp"
#include "bridge/gateway/rooms/moderated.hpp"
#include "bridge/gateway/sabotage.hpp"
#include "bridge/gateway/stream/stream_record.hpp"
#include "bridge/gateway/trust/tell_sender.hpp"

namespace omegate::gateway {

/// In the order of the stream; encrypted messages that have arrived together are opened in one transaction. What is
/// durable, or needs not be, the server may forget (XEP-0198), and nothing before.
asio::awaitable<void> AccountSession::read() {
  // Of a resumed session they come at once, and whom we hear is not known yet.
  while (stream_.resumed() && !memory_.knows_server)
    co_await known_signal_.wait_until(std::chrono::steady_clock::time_point::max());
  for (;;) {
    xml::Element stanza = co_await stream_.next();
    if constexpr (acks_before_commit) {
      stream_.handled();
      stream_.recorded(stream_.record().handled);
    }
    co_await handle(std::move(stanza));
    if (!stream_.has_next() || together_.size() >= opened_together) co_await open_together();
  }
}

void AccountSession::done() {
  if constexpr (!acks_before_commit) stream_.handled();
  catch_up_.handled();
  rooms_.handled();
}

asio::awaitable<void> AccountSession::handle(xml::Element stanza) {
  std::optional<xmpp::Incoming> incoming;
  if (stanza.is("message", "jabber:client")) incoming = identify(stanza);
  const auto* chat = incoming ? std::get_if<xmpp::ChatMessage>(&*incoming) : nullptr;
  if (chat && chat->encrypted) {
    together_.push_back(std::get<xmpp::ChatMessage>(std::move(*incoming)));
    co_return;
  }
  co_await open_together();
  if (incoming) {
    co_await on_message(std::move(*incoming));
  } else if (stanza.is("iq", "jabber:client")) {
    answer_request(stanza);
  } else if (stanza.is("presence", "jabber:client")) {
    on_presence(stanza);
  } else if (auto moderation = xmpp::parse_moderation(stanza); moderation && rooms_.vouches_for(*moderation)) {
    co_await on_moderation(std::move(*moderation));
  }
  done();
}

asio::awaitable<void> AccountSession::on_moderation(xmpp::Moderation moderation) {
  const Reader reader{memory_.self, memory_.inbox.plugins(), &memory_.settings.get()};
  const bool inboxed = co_await context_.store.transact([&](store::Tables& tables) {
    return take_moderation(tables, reader, moderation, context_.now());
  });
  if (inboxed) memory_.inbox.kick();
}

// --- requests

void AccountSession::answer_request(const xml::Element& iq) {
  if (!xmpp::is_request(iq)) return;
  if (xmpp::is_roster_push(iq)) return on_roster_push(iq);
  const auto from = xmpp::sender(iq);
  const bool is_ours = from && (!*from || (*from)->same_bare(memory_.jid) || (*from)->to_string() == memory_.jid.domain());
  if (!is_ours && !request_limit_.allows(std::chrono::steady_clock::now())) {
    log_warning("request.ignored", {{"account", memory_.self.jid}, {"from", iq.attr("from").value_or("")}});
    return;
  }
  const bool known = is_ours || (from && ((*from)->local().empty() ||
                                          is_heard(memory_.settings.get(), memory_.roster, (*from)->bare())));
  const xml::Element* payload = xmpp::payload(iq);
  xml::Element answer = xmpp::iq_error(iq, {"cancel", "service-unavailable", {}, {}, {}});
  if (known && xmpp::is_ping(iq)) {
    answer = xmpp::iq_result(iq);
  } else if (known && payload && payload->is("query", xmpp::ns::disco_info) && iq.attr("type") == "get") {
    const auto info = own_info();
    const bool ours = xmpp::disco_question(*payload, info, caps_node) == xmpp::DiscoQuestion::own;
    answer = ours ? xmpp::iq_result(iq, xmpp::disco_answer(info, payload->attr("node").value_or("")))
                  : xmpp::iq_error(iq, {"cancel", "item-not-found", {}, {}, {}});
  }
  stream_.send(answer.to_string("jabber:client"));
}

void AccountSession::on_roster_push(const xml::Element& iq) {
  const auto item = xmpp::parse_roster_push(iq, stream_.bound());
  if (!item) {
    log_warning("roster.forged_push",
                {{"account", memory_.self.jid}, {"from", iq.attr("from").value_or("")}});
    stream_.send(
        xmpp::iq_error(iq, {"cancel", "service-unavailable", {}, {}, {}}).to_string("jabber:client"));
    return;
  }
  if (item->subscription == xmpp::Subscription::remove) {
    memory_.roster.erase(item->jid.to_string());
  } else {
    memory_.roster.insert_or_assign(item->jid.to_string(), *item);
  }
  stream_.send(xmpp::iq_result(iq).to_string("jabber:client"));
}

/// Those the settings name may see us, and we want to see them: then their device lists are pushed to us.
void AccountSession::on_presence(const xml::Element& presence) {
  note_avatar(memory_, presence);
  if (rooms_.take_presence(presence)) return;
  const auto parsed = xmpp::parse_presence(presence);
  if (!parsed || parsed->type != xmpp::PresenceType::subscribe) return;
  const xmpp::Jid peer = parsed->from.bare();
  if (!may_subscribe(memory_.settings.get(), peer)) {
    log_info("presence.request_ignored", {{"account", memory_.self.jid},
                                          {"from", peer.to_string()},
                                          {"hint", "name it in admins or allow to accept"}});
    return;
  }
  using Type = xmpp::PresenceType;
  stream_.send(xmpp::subscription(Type::subscribed, peer).to_string("jabber:client"));
  const auto known = memory_.roster.find(peer.to_string());
  const bool sees = known != memory_.roster.end() && (known->second.subscription == xmpp::Subscription::to ||
                                                      known->second.subscription == xmpp::Subscription::both);
  if (!sees) stream_.send(xmpp::subscription(Type::subscribe, peer).to_string("jabber:client"));
}

// --- messages

/// Nothing: it is part of something else, or does not concern us.
std::optional<xmpp::Incoming> AccountSession::identify(const xml::Element& message) {
  if (catch_up_.take(message) || rooms_.take_history(message) || rooms_.take_notice(message) || rooms_.take_invitation(message))
    return std::nullopt;
  auto incoming = xmpp::classify(message, {stream_.bound(), context_.now(), memory_.archives});
  if (const auto* dropped = std::get_if<xmpp::Dropped>(&incoming)) {
    log_warning("message.dropped", {{"account", memory_.self.jid},
                                    {"reason", xmpp::name(dropped->reason)},
                                    {"from", message.attr("from").value_or("")}});
  }
  auto* chat = std::get_if<xmpp::ChatMessage>(&incoming);
  if (!chat) return incoming;
  if (chat->type == xmpp::MessageType::groupchat) {
    auto known = rooms_.attribute(std::move(*chat));
    if (!known) return std::nullopt;
    *chat = std::move(*known);
  }
  if (!concerns_us(*chat)) return std::nullopt;
  return incoming;
}

asio::awaitable<void> AccountSession::on_message(xmpp::Incoming message) {
  if (auto* chat = std::get_if<xmpp::ChatMessage>(&message)) {
    co_await on_unencrypted(std::move(*chat));
  } else if (auto* bounce = std::get_if<xmpp::Bounce>(&message)) {
    co_await on_bounce(std::move(*bounce));
  } else if (auto* event = std::get_if<xmpp::PubsubEvent>(&message)) {
    co_await on_event(std::move(*event));
  }
}

bool AccountSession::concerns_us(const xmpp::ChatMessage& message) const {
  const xmpp::Jid writer = message.from.bare();
  const bool own_copy = message.route == xmpp::Route::sent_copy;
  if (message.type == xmpp::MessageType::headline) return false;
  const bool heard = rooms_.hears(message) || is_heard(memory_.settings.get(), memory_.roster, writer);
  if (!own_copy && !writer.same_bare(memory_.jid) && !heard) {
    log_info("message.stranger", {{"account", memory_.self.jid}, {"from", writer.to_string()}});
    return false;
  }
  if (!message.encrypted && !message.body.empty() && !own_copy) {
    log_warning("message.plain_ignored", {{"account", memory_.self.jid}, {"from", writer.to_string()}});
  }
  const xmpp::Annotations& said = message.annotations;
  const bool annotates = said.reactions || !said.displayed.empty() || said.state;
  return message.encrypted || !message.receipt_for.empty() || ((annotates || !message.body.empty()) && !own_copy);
}

asio::awaitable<void> AccountSession::on_unencrypted(xmpp::ChatMessage message) {
  const Reader reader{memory_.self, memory_.inbox.plugins(), &memory_.settings.get()};
  const auto [told, inboxed] = co_await context_.store.transact([&](store::Tables& tables) {
    note_receipt(tables, message);
    const WallTime now = context_.now();
    bool tells = false;
    if (!message.body.empty() && message.route != xmpp::Route::sent_copy && !message.room) {
      const auto row = note_unencrypted(tables, memory_.self, message, now);
      const config::AccountSettings& settings = memory_.settings.get();
      tells = settings.tell_senders && tell_sender(tables, memory_.self, settings.language, row, context_.random, now);
    }
    return std::pair(tells, receive_in_the_clear(tables, reader, message, now));
  });
  if (told) memory_.outbox.notify();
  if (inboxed) memory_.inbox.kick();
}

/// All of them or none: a disk that takes no more keeps the server's copy of each.
asio::awaitable<void> AccountSession::open_together() {
  const auto messages = std::exchange(together_, {});
  if (messages.empty()) co_return;
  Reader reader{memory_.self, memory_.inbox.plugins(), &memory_.settings.get()};
  if (memory_.files.desk) reader.keep_files = std::chrono::days(memory_.files.desk->settings().keep_days);
  std::uint64_t ledger_end = 0;
  const auto received = co_await context_.store.transact([&](store::Tables& tables) {
    std::vector<Received> all;
    for (const xmpp::ChatMessage& message : messages) {
      if (message.archive_id && (message.room ? rooms_.is_caught_up(*message.room) : memory_.caught_up)) {
        set_archive_position(tables, memory_.self.account,
                             {*message.archive_id, message.delay.value_or(context_.now())}, message.room);
      }
      all.push_back(receive_message(tables, reader, message, context_.random, context_.now()));
      if (all.back().inboxed) store::failpoint("gateway.received");
    }
    ledger_end = tables.ledger.head().seq;
    return all;
  });
  tell_if_new(ledger_end);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    report(received[i], messages[i]);
    follow_up(messages[i], received[i]);
    done();
  }
}

void AccountSession::tell_if_new(std::uint64_t ledger_end) {
  if (std::exchange(ledger_end_, ledger_end) != ledger_end) memory_.news.notify();
}

/// Only after the commit: nothing here is lost if we die now, except what peers repeat or ask for again.
void AccountSession::follow_up(const xmpp::ChatMessage& message, const Received& received) {
  if (received.inboxed) memory_.inbox.kick();
  if (received.answered) memory_.outbox.notify();
  if (received.used_prekey) chores_.publish_bundles();
  if (!received.device) return;
  const store::DeviceRef& device = *received.device;
  const bool own_writer = device.peer == memory_.self.jid;
  const bool allowed = received.level != trust::Level::undecided && received.level != trust::Level::revoked;
  if ((received.built_session && allowed) || received.heartbeat_due) complete_session(device);
  if (!own_writer && (received.unknown_device || received.kind == Received::Kind::not_for_us)) {
    chores_.add(RefreshList{device.peer, device.version});
  }
  if (received.error == OpeningError::no_session && !own_writer &&
      restarted_.emplace(device.peer, device.device.value()).second) {
    complete_session(device);
  }
  if (received.kind != Received::Kind::message || !received.wants_receipt || message.id.empty() || message.room) return;
  if (device.version == omemo::Version::omemo2) {
    chores_.add(SealedReceipt{device, message.id});
  } else if (xmpp::deserves_receipt(message)) {
    std::array<Byte, 16> id{};
    context_.random.fill(id);
    stream_.send(xmpp::receipt_for(message, crypto::to_hex(id)).to_string("jabber:client"));
  }
}

void AccountSession::report(const Received& received, const xmpp::ChatMessage& message) const {
  const auto device = received.device ? received.device->device.value() : 0;
  const bool is_loss =
      received.kind == Received::Kind::undecryptable || received.kind == Received::Kind::not_for_us ||
      received.kind == Received::Kind::identity_changed || received.kind == Received::Kind::not_allowed;
  const LogFields fields{{"account", memory_.self.jid},
                         {"from", message.from.bare().to_string()},
                         {"device", device},
                         {"kind", name(received.kind)},
                         {"trust", trust::name(received.level)},
                         {"reason", received.error ? received.error.message() : std::string()}};
  is_loss ? log_warning("message.unread", fields) : log_info("message.received", fields);
}

void AccountSession::note_receipt(store::Tables& tables, const xmpp::ChatMessage& message) {
  if (message.receipt_for.empty() || message.route == xmpp::Route::sent_copy) return;
  tables.outbox.mark_delivered(memory_.self.account, message.from.bare().to_string(),
                               message_id_of(message.receipt_for), context_.now());
}

asio::awaitable<void> AccountSession::on_bounce(xmpp::Bounce bounce) {
  rooms_.on_bounce(bounce);
  const std::string reason = xmpp::describe(bounce.error);
  const bool ours = co_await context_.store.transact([&](store::Tables& tables) {
    return tables.outbox.mark_bounced(memory_.self.account, bounce.from.bare().to_string(),
                                      message_id_of(bounce.id), reason, context_.now());
  });
  if (ours) {
    log_warning("outbox.bounced", {{"account", memory_.self.jid},
                                   {"message", message_id_of(bounce.id)},
                                   {"to", bounce.from.bare().to_string()},
                                   {"reason", reason}});
  }
}

asio::awaitable<void> AccountSession::on_event(xmpp::PubsubEvent event) {
  using Kind = xmpp::PubsubEvent::Kind;
  if (event.node == xmpp::avatar_metadata_node && event.kind != Kind::configured) {
    const bool is_emptied = event.kind == Kind::emptied || event.items.empty();
    if (is_emptied || event.items.back().payload)
      note_avatar(memory_, event.owner, is_emptied ? nullptr : &*event.items.back().payload);
    co_return;
  }
  const auto version = xmpp::device_list_version(event.node);
  if (!version || event.kind == xmpp::PubsubEvent::Kind::configured) co_return;
  std::vector<xmpp::ListedDevice> devices;  // an emptied node means: no device
  if (event.kind == xmpp::PubsubEvent::Kind::items) {
    const xmpp::PubsubItem* item = xmpp::pick_item(event.items, xmpp::device_list_item);
    if (!item || !item->payload) co_return chores_.add(RefreshList{event.owner.to_string(), *version});
    auto parsed = xmpp::parse_device_list(*version, *item->payload);
    if (!parsed) co_return;
    devices = std::move(*parsed);
  }
  if (event.owner == memory_.jid) co_return chores_.add(CheckOwnList{*version, std::move(devices)});
  if (!is_heard(memory_.settings.get(), memory_.roster, event.owner)) co_return;
  const std::string peer = event.owner.to_string();
  const bool released = co_await context_.store.transact([&](store::Tables& tables) {
    const auto change = store_list(tables, memory_.self, peer, *version, devices, context_.now());
    const bool more = !change.appeared.empty() || !change.returned.empty();
    return more && tables.outbox.release_held(memory_.self.account, peer, context_.now()) > 0;
  });
  chores_.add(LearnKeys{peer});
  memory_.news.notify();
  if (released) memory_.outbox.notify();
}

}  // namespace omegate::gateway
