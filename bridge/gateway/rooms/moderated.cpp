#include "bridge/gateway/rooms/moderated.hpp"

#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/rooms/moderating.hpp"

namespace omegate::gateway {
namespace {

std::string seen_key(const std::string& room, const std::string& id) { return "moderated:" + room + " " + id; }

}  // namespace

bool was_taken_out(store::Tables& tables, const store::KnownMessage& message) {
  const auto is_out = [&](const store::KnownMessage& each) {
    return !each.room_id.empty() && tables.seen.contains(each.account, seen_key(each.peer, each.room_id));
  };
  return is_out(message) || is_out(first_version(tables, message));
}

bool take_moderation(store::Tables& tables, const Reader& reader, const xmpp::Moderation& moderation, WallTime now) {
  const store::AccountId account = reader.self.account;
  const std::string room = moderation.room.to_string();
  forget_moderation(tables, account, room, moderation.id);  // whoever wanted it, it is done
  const auto found = tables.messages.in_room(account, room, moderation.id);
  if (!found || !tables.seen.add(account, seen_key(room, moderation.id), now)) return false;
  const auto message = first_version(tables, *found);
  const MessageDetails details = decode_details(message.details);
  plugin::MessageNews news;
  news.message.account = reader.self.name;
  news.message.from = news.message.room = room;
  news.message.encrypted = false;
  news.message.time = now;
  news.message.nick = moderation.by ? std::string(moderation.by->resource()) : std::string();
  news.about = plugin::Reference{message.message_id, message.own, details.handle, details.name};
  news.moderated = plugin::MessageNews::Moderated{news.message.nick, moderation.reason};
  const Bytes payload = to_bytes(plugin::payload(news));
  bool added = false;
  for (const std::string& plugin : reader.plugins.of_message(plugin_of(message))) {
    tables.inbox.add({account, plugin, reader.self.jid + "/" + room, std::string(to_text(plugin::EventKind::retract)), payload, {}}, now);
    added = true;
  }
  return added;
}

}  // namespace omegate::gateway
