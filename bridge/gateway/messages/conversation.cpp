#include "bridge/gateway/messages/conversation.hpp"

#include <boost/json.hpp>
#include <utility>

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using store::MessageState;

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::vector<std::string> texts_of(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  const json::value* value = object.if_contains(name);
  if (!value) return texts;
  for (const json::value& each : value->as_array()) texts.emplace_back(each.as_string());
  return texts;
}

/// A message that can be spoken of: a text, not what is said about another one.
bool is_text(Bearing bearing) { return bearing != Bearing::retraction && bearing != Bearing::reaction; }

store::NewKnownMessage known_as(const Utterance& utterance, store::OutboxId row) {
  store::NewKnownMessage known{utterance.account, utterance.to, true, utterance.message_id};
  known.owner = utterance.content.origin;
  known.outbox = row;
  known.handle = utterance.handle;
  known.name = utterance.name;
  if (utterance.content.bearing == Bearing::correction)
    known.first = store::MessageId(utterance.content.about);
  return known;
}

/// What the row of a message says of its fate, if it never went out.
enum class Unsent { no, waiting, never };

Unsent unsent(store::Tables& tables, const store::KnownMessage& message) {
  if (message.sent.first) return Unsent::no;
  const auto row = message.outbox ? tables.outbox.find(*message.outbox) : std::nullopt;
  if (!row) return Unsent::never;
  const bool waits = row->state == MessageState::accepted || row->state == MessageState::held ||
                     row->state == MessageState::parked;
  return waits ? Unsent::waiting : Unsent::never;
}

Spoken queue(store::Tables& tables, const Utterance& utterance, WallTime now) {
  const auto row = say(tables, utterance, now);
  return {row ? Spoken::What::queued : Spoken::What::nothing, row};
}

}  // namespace

Bytes encode(const MessageDetails& details) {
  json::object object;
  if (!details.handle.empty()) object["handle"] = details.handle;
  if (!details.name.empty()) object["name"] = details.name;
  for (const auto& [name, set] :
       {std::pair("reactions", &details.reactions), std::pair("claimed", &details.claimed)}) {
    if (!set->empty()) object[name] = json::array(set->begin(), set->end());
  }
  if (details.markable) object["markable"] = true;
  return to_bytes(json::serialize(object));
}

MessageDetails decode_details(ByteView bytes) {
  if (bytes.empty()) return {};
  boost::system::error_code failure;
  const json::value value = json::parse(as_text(bytes), failure);
  const json::object* object = failure ? nullptr : value.if_object();
  if (!object) throw std::runtime_error("the database holds unreadable details of a message");
  return {text_of(*object, "handle"), text_of(*object, "name"), texts_of(*object, "reactions"),
          texts_of(*object, "claimed"), object->contains("markable")};
}

std::string plugin_of(const store::KnownMessage& message) {
  return message.own && message.owner != operator_origin ? message.owner : std::string();
}

std::optional<store::OutboxId> say(store::Tables& tables, const Utterance& utterance, WallTime now) {
  store::NewMessage row{utterance.account, utterance.to, utterance.message_id, encode(utterance.content)};
  row.dedupe_key = utterance.dedupe_key;
  row.priority = utterance.priority;
  row.expires = utterance.expires;
  if (utterance.content.file) row.file = store::FileId(utterance.content.file->id);
  const auto added = tables.outbox.add(row, now);
  if (!added || !is_text(utterance.content.bearing)) return added;
  const auto known = tables.messages.add(known_as(utterance, *added), now);
  const MessageDetails details{utterance.handle, utterance.name, {}, {}};
  if (known && details != MessageDetails()) tables.messages.set_details(*known, encode(details));
  return added;
}

store::KnownMessage first_version(store::Tables& tables, store::KnownMessage message) {
  if (!message.first) return message;
  auto first = tables.messages.find(*message.first);
  return first ? std::move(*first) : message;
}

Spoken correct(store::Tables& tables, const store::KnownMessage& target, Utterance utterance, WallTime now) {
  const store::KnownMessage first = first_version(tables, target);
  switch (unsent(tables, first)) {
    case Unsent::waiting:
      if (tables.outbox.replace_body(*first.outbox, encode(utterance.content)))
        return {Spoken::What::changed, first.outbox};
      break;
    case Unsent::never: {
      const MessageDetails details = decode_details(first.details);
      tables.messages.forget_names(first.id);
      utterance.handle = details.handle;
      utterance.name = details.name;
      return queue(tables, utterance, now);
    }
    case Unsent::no:
      break;
  }
  utterance.content.bearing = Bearing::correction;
  utterance.content.about = first.id.value();
  return queue(tables, utterance, now);
}

Spoken retract(store::Tables& tables, const store::KnownMessage& target, Utterance utterance, WallTime now) {
  const store::KnownMessage first = first_version(tables, target);
  tables.messages.forget_names(first.id);  // the next message of that name is a new one
  const Unsent fate = unsent(tables, first);
  if (fate == Unsent::waiting && tables.outbox.drop(*first.outbox))
    return {Spoken::What::withdrawn, std::nullopt};
  if (fate == Unsent::never) return {};
  utterance.content.text.clear();
  utterance.content.bearing = Bearing::retraction;
  utterance.content.about = first.id.value();
  return queue(tables, utterance, now);
}

Spoken answer(store::Tables& tables, const store::KnownMessage& target, Bearing bearing, Utterance utterance,
              WallTime now) {
  utterance.content.bearing = bearing;
  utterance.content.about = first_version(tables, target).id.value();
  return queue(tables, utterance, now);
}

bool lacks_subject(store::Tables& tables, const Outgoing& content) {
  return !is_text(content.bearing) && !tables.messages.find(store::MessageId(content.about));
}

void note_sent(store::Tables& tables, const store::OutboxRow& row, const Outgoing& content,
               const store::SentVersions& versions, WallTime now) {
  if (!is_text(content.bearing)) return;
  auto known = tables.messages.of_outbox(row.id);
  if (!known) {
    const Utterance utterance{row.account, row.recipient, row.message_id, content};
    const auto added = tables.messages.add(known_as(utterance, row.id), now);
    if (added) known = tables.messages.find(*added);
  }
  if (known) tables.messages.set_sent(known->id, versions);
}

}  // namespace omegate::gateway
