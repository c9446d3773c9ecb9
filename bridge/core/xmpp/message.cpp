#include "bridge/core/xmpp/message.hpp"

#include <algorithm>

#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"

namespace omegate::xmpp {
namespace {

using Reason = Dropped::Reason;

/// A message and how it came: itself, or what a carbon holds.
struct Routed {
  Route route;
  const xml::Element* message;
  std::optional<WallTime> copied;  // stamp of the copy, written by our server
  std::optional<std::string> archive_id = {};  // of a result
};

MessageType message_type(const xml::Element& message) {
  const std::string_view type = message.attr("type").value_or("normal");
  if (type == "chat") return MessageType::chat;
  if (type == "groupchat") return MessageType::groupchat;
  if (type == "headline") return MessageType::headline;
  return MessageType::normal;  // unknown types are normal: RFC 6121 §5.2.2
}

bool is_error(const xml::Element& message) { return message.attr("type") == "error"; }

std::string short_id(std::optional<std::string_view> id) {
  return id && id->size() <= max_id ? std::string(*id) : std::string();
}

/// An address attribute; absent means our own account.
Result<Jid> address(const xml::Element& message, std::string_view name, const Jid& own) {
  const auto text = message.attr(name);
  return text ? Jid::parse(*text) : Result<Jid>(own.bare());
}

bool is_carbon(const xml::Element& element) {
  return element.space() == ns::carbons && (element.local() == "received" || element.local() == "sent");
}

bool is_archive_result(const xml::Element& element) { return element.is("result", ns::archive); }

bool has(const xml::Element& message, bool (*wanted)(const xml::Element&)) {
  return std::any_of(message.children().begin(), message.children().end(), wanted);
}

const xml::Element* only_child(const xml::Element& parent, std::string_view local, std::string_view space) {
  const xml::Element* only = nullptr;
  for (const xml::Element& child : parent.children(local, space)) {
    if (only) return nullptr;
    only = &child;
  }
  return only;
}

/// Whether the copied message is one of ours: sent by us, or sent to us.
bool concerns_us(const Routed& copy, const Jid& own) {
  const auto whose = copy.message->attr(copy.route == Route::sent_copy ? "from" : "to");
  if (!whose) return false;
  const auto jid = Jid::parse(*whose);
  return jid && jid->same_bare(own);
}

std::optional<WallTime> stamp_of(const xml::Element& delay) {
  return parse_time(delay.attr("stamp").value_or(""));
}

/// The message in a carbon. `outer` has at least one carbon element.
std::variant<Routed, Reason> unwrap_carbon(const xml::Element& outer, const Jid& own) {
  // Written out, never assumed: who leaves `from` away is not believed either.
  const auto from = Jid::parse(outer.attr("from").value_or(""));
  if (!from || *from != own.bare()) return Reason::forged_carbon;
  if (std::count_if(outer.children().begin(), outer.children().end(), is_carbon) != 1)
    return Reason::malformed_carbon;
  const xml::Element& carbon = *std::find_if(outer.children().begin(), outer.children().end(), is_carbon);
  const xml::Element* forwarded = only_child(carbon, "forwarded", ns::forward);
  const xml::Element* message = forwarded ? only_child(*forwarded, "message", ns::client) : nullptr;
  if (!message || has(*message, is_carbon) || has(*message, is_archive_result))
    return Reason::malformed_carbon;
  Routed copy{carbon.local() == "sent" ? Route::sent_copy : Route::received_copy, message, std::nullopt};
  if (!concerns_us(copy, own)) return Reason::foreign_copy;
  if (message_type(*message) == MessageType::groupchat) return Reason::groupchat_copy;
  // What another client of ours wrote to our own account is for us to read, by whichever way it comes first.
  const auto to = address(*message, "to", own);
  if (to && to->same_bare(own)) copy.route = Route::received_copy;
  if (const auto* delay = forwarded->child("delay", ns::delay)) copy.copied = stamp_of(*delay);
  return copy;
}

/// The id in an archive, as its owner writes it. Two of the same origin: none counts.
std::optional<std::string> archive_id(const xml::Element& message, const Jid& archive) {
  std::optional<std::string> found;
  for (const xml::Element& id : message.children("stanza-id", ns::stanza_ids)) {
    const auto by = Jid::parse(id.attr("by").value_or(""));
    if (!by || *by != archive) continue;
    if (found) return std::nullopt;
    found = short_id(id.attr("id"));
  }
  if (found && found->empty()) return std::nullopt;
  return found;
}

/// When our server stored the message. Stamps of anybody else are claims.
std::optional<WallTime> server_delay(const Routed& routed, const Reception& reception) {
  if (routed.copied) return clamp_future(*routed.copied, reception.now);
  for (const xml::Element& delay : routed.message->children("delay", ns::delay)) {
    const auto from = Jid::parse(delay.attr("from").value_or(""));
    if (!from || (*from != reception.own.bare() && *from != reception.own.server())) continue;
    if (const auto stamp = stamp_of(delay)) return clamp_future(*stamp, reception.now);
  }
  return std::nullopt;
}

/// The OMEMO element of one version. False: there are two.
bool read_encrypted(const xml::Element& stanza, omemo::Version version, ChatMessage& message) {
  std::optional<EncryptedMessage>& target =
      version == omemo::Version::omemo2 ? message.omemo2 : message.legacy;
  bool found = false;
  for (const xml::Element& element : stanza.children("encrypted", omemo_namespace(version))) {
    if (found) return false;
    found = message.encrypted = true;
    auto parsed = parse_encrypted(element);
    if (parsed) {
      target = *std::move(parsed);
    } else {
      message.fault = parsed.error();
    }
  }
  return true;
}

/// Receipts and annotations travel outside the payload in legacy OMEMO, inside the envelope in OMEMO 2.
void read_cleartext(const xml::Element& stanza, ChatMessage& message) {
  if (!message.encrypted) {
    message.body = stanza.child_text("body", ns::client);
    if (const auto* received = stanza.child("received", ns::receipts)) {
      message.receipt_for = short_id(received->attr("id"));
    }
  }
  if (!message.encrypted || message.legacy) {
    message.requests_receipt = stanza.child("request", ns::receipts) != nullptr;
    message.annotations = read_annotations(stanza.children());
  }
}

Incoming classify_event(const xml::Element& message, const Jid& own) {
  auto event = parse_event(message, own);
  if (event) return *std::move(event);
  return Dropped{event.error() == Error::wrong_sender ? Reason::forged_event : Reason::malformed_event};
}

Incoming classify_chat(const Routed& routed, const Reception& reception, Jid from, Jid to) {
  const xml::Element& stanza = *routed.message;
  ChatMessage message{.route = routed.route, .from = std::move(from), .to = std::move(to)};
  message.type = message_type(stanza);
  message.id = short_id(stanza.attr("id"));
  if (const auto* origin = stanza.child("origin-id", ns::stanza_ids))
    message.origin_id = short_id(origin->attr("id"));
  if (routed.archive_id) {
    message.archive_id = routed.archive_id;
  } else if (message.type == MessageType::groupchat) {
    message.archive_id = archive_id(stanza, message.from.bare());
  } else if (reception.archives) {
    message.archive_id = archive_id(stanza, reception.own.bare());
  }
  message.delay = server_delay(routed, reception);
  for (const omemo::Version version : {omemo::Version::omemo2, omemo::Version::legacy}) {
    if (!read_encrypted(stanza, version, message)) return Dropped{Reason::ambiguous_encryption};
  }
  read_cleartext(stanza, message);
  return message;
}

Incoming classify_routed(const Routed& routed, const Reception& reception) {
  const xml::Element& message = *routed.message;
  const auto from = address(message, "from", reception.own), to = address(message, "to", reception.own);
  if (!from || !to) return Dropped{Reason::unreadable_address};
  if (is_error(message)) return Bounce{*from, short_id(message.attr("id")), parse_stanza_error(message)};
  if (message.child("event", ns::pubsub_event)) {
    if (routed.route != Route::direct) return Dropped{Reason::forged_event};
    return classify_event(message, reception.own);
  }
  return classify_chat(routed, reception, *from, *to);
}

}  // namespace

std::string_view name(Dropped::Reason reason) {
  switch (reason) {
    case Reason::unreadable_address:
      return "unreadable_address";
    case Reason::forged_carbon:
      return "forged_carbon";
    case Reason::malformed_carbon:
      return "malformed_carbon";
    case Reason::foreign_copy:
      return "foreign_copy";
    case Reason::archive_result:
      return "archive_result";
    case Reason::forged_event:
      return "forged_event";
    case Reason::malformed_event:
      return "malformed_event";
    case Reason::ambiguous_encryption:
      return "ambiguous_encryption";
    case Reason::groupchat_copy:
      return "groupchat_copy";
  }
  return "unknown";
}

WallTime clamp_future(WallTime stamp, WallTime now) { return std::min(stamp, now + max_future_stamp); }

namespace {

/// What an archive says of one message.
struct ArchiveResult {
  std::string id;
  WallTime stamp{};
  const xml::Element* message;
};

std::optional<ArchiveResult> read_result(const xml::Element& message, std::string_view query_id, const Jid& archive,
                                         const Reception& reception) {
  const auto outer = address(message, "from", reception.own);
  const xml::Element* result = only_child(message, "result", ns::archive);
  if (!outer || *outer != archive || !result || result->attr("queryid") != query_id) return std::nullopt;
  const std::string id = short_id(result->attr("id"));
  const xml::Element* forwarded = only_child(*result, "forwarded", ns::forward);
  const xml::Element* inner = forwarded ? only_child(*forwarded, "message", ns::client) : nullptr;
  const xml::Element* delay = forwarded ? forwarded->child("delay", ns::delay) : nullptr;
  const auto stamp = delay ? stamp_of(*delay) : std::nullopt;
  if (id.empty() || !inner || !stamp) return std::nullopt;
  return ArchiveResult{id, clamp_future(*stamp, reception.now), inner};
}

}  // namespace

std::optional<ArchivedMessage> read_archive_result(const xml::Element& message, std::string_view query_id,
                                                   const Reception& reception) {
  const Jid own = reception.own.bare();
  const auto result = read_result(message, query_id, own, reception);
  if (!result) return std::nullopt;
  const xml::Element& inner = *result->message;
  ArchivedMessage archived{result->id, result->stamp, Dropped{Reason::foreign_copy}};
  const auto from = address(inner, "from", own), to = address(inner, "to", own);
  if (!from || !to) {
    archived.message = Dropped{Reason::unreadable_address};
  } else if (has(inner, is_carbon) || has(inner, is_archive_result)) {
    archived.message = Dropped{Reason::malformed_carbon};
  } else if (message_type(inner) == MessageType::groupchat) {
    archived.message = Dropped{Reason::groupchat_copy};
  } else if (from->same_bare(own) || to->same_bare(own)) {
    const Route route = to->same_bare(own) ? Route::archived : Route::sent_copy;
    archived.message = classify_routed({route, &inner, result->stamp, result->id}, reception);
  }
  return archived;
}

std::optional<ArchivedMessage> read_room_archive_result(const xml::Element& message, std::string_view query_id,
                                                        const Jid& room, const Reception& reception) {
  const auto result = read_result(message, query_id, room, reception);
  if (!result) return std::nullopt;
  const xml::Element& inner = *result->message;
  ArchivedMessage archived{result->id, result->stamp, Dropped{Reason::foreign_copy}};
  const auto from = address(inner, "from", reception.own);
  const xml::Element* user = inner.child("x", ns::muc_user);
  const xml::Element* item = user ? user->child("item", ns::muc_user) : nullptr;
  const auto writer = Jid::parse(item ? item->attr("jid").value_or("") : "");
  const bool of_an_occupant = from && from->bare() == room && !from->resource().empty();
  if (!of_an_occupant || !writer || message_type(inner) != MessageType::groupchat) return archived;
  if (has(inner, is_carbon) || has(inner, is_archive_result)) return archived;
  archived.message = classify_routed({Route::archived, &inner, result->stamp, result->id}, reception);
  if (auto* chat = std::get_if<ChatMessage>(&archived.message)) {
    chat->room = room;
    chat->nick = std::string(from->resource());
    chat->from = writer->bare();
  }
  return archived;
}

Incoming classify(const xml::Element& message, const Reception& reception) {
  if (has(message, is_archive_result)) return Dropped{Reason::archive_result};
  if (!has(message, is_carbon)) return classify_routed({Route::direct, &message, std::nullopt}, reception);
  const auto copy = unwrap_carbon(message, reception.own);
  if (const auto* reason = std::get_if<Reason>(&copy)) return Dropped{*reason};
  return classify_routed(std::get<Routed>(copy), reception);
}

}  // namespace omegate::xmpp
