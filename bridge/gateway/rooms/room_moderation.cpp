// What is to be taken out of rooms: the part of RoomKeeper that asks them.
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/rooms/moderating.hpp"
#include "bridge/gateway/rooms/room_keeper.hpp"

namespace omegate::gateway {
namespace {

bool is_about_rights(const std::string& condition) {
  return condition == "forbidden" || condition == "not-allowed" || condition == "not-authorized";
}

/// What a person can do about it.
std::string why_not(const xmpp::StanzaError& error, const std::string& room) {
  if (is_about_rights(error.condition))
    return "the bot is no moderator of " + room + ": make it one there, an admin of the room is (" + xmpp::describe(error) + ")";
  if (error.condition == "item-not-found")
    return "the room " + room + " has no such message, or not any more (" + xmpp::describe(error) + ")";
  return "the room " + room + " refuses it: " + xmpp::describe(error);
}

}  // namespace

/// `id`: the room's number. To be called while nothing is in the room's way.
asio::awaitable<RoomKeeper::Moderated> RoomKeeper::moderate(xmpp::Jid jid, std::string id, std::string reason) {
  const std::string name = jid.to_string();
  const auto version = find(name)->moderation;
  Moderated moderated;
  if (!version) {
    moderated.error = "the service of " + name + " takes no messages back (XEP-0425): that is a module of its server";
    co_return moderated;
  }
  xml::Element request = xmpp::iq_set({}, jid, xmpp::moderation_request(*version, id, reason));
  const xml::Element answer = co_await ask(stream_, std::move(request));
  const auto error = error_in(answer);
  if (!error) co_return moderated;
  moderated.error = why_not(*error, name);
  moderated.may_be_tried_again = xmpp::is_transient(*error) && !is_about_rights(error->condition);
  co_return moderated;
}

/// What plugins want. A stream that ends meanwhile leaves it to the next one; a room that cannot now is left alone for a while.
asio::awaitable<void> RoomKeeper::moderate_what_waits() {
  constexpr auto never = Clock::time_point::max();
  const auto waiting = co_await memory_.context.store.transact_without_sync(
      [&](store::Tables& tables) { return wanted_moderations(tables, memory_.self.account); });
  for (auto& [jid, room] : memory_.rooms) {
    if (room.next_moderation <= Clock::now()) room.next_moderation = never;
  }
  for (const WantedModeration& each : waiting) {
    const Room* room = find(each.room);
    if (room && room->next_moderation != never) continue;
    Moderated moderated;
    moderated.error = room ? room->obstacle() : "the bot is not in the room " + each.room + " any more";
    moderated.may_be_tried_again = room != nullptr;
    const bool is_asked = moderated.error.empty();
    if (is_asked) moderated = co_await moderate(room->jid, each.id, each.reason);
    if (!moderated.error.empty() && moderated.may_be_tried_again && memory_.context.now() < each.until) {
      Room* later = find(each.room);
      if (is_asked && later) later->next_moderation = Clock::now() + room_retry;
      continue;
    }
    co_await memory_.context.store.transact(
        [&](store::Tables& tables) { forget_moderation(tables, memory_.self.account, each.room, each.id); });
    if (moderated.error.empty()) {
      log_info("room.moderated", {{"account", memory_.self.jid}, {"room", each.room}, {"plugin", each.by}});
    } else {
      log_warning("room.not_moderated",
                  {{"account", memory_.self.jid}, {"room", each.room}, {"plugin", each.by}, {"reason", moderated.error}});
    }
  }
}

/// For an operator. `message`: the room's number, or the id that its writer chose.
asio::awaitable<std::string> RoomKeeper::moderate_for_operator(RoomOrder order) {
  const std::string name = order.room.to_string();
  const Room* room = find(name);
  if (!room) co_return "the bot is in no room " + name;
  std::string obstacle = room->obstacle();
  if (!obstacle.empty()) co_return obstacle;
  const auto known = co_await memory_.context.store.transact_without_sync([&](store::Tables& tables) {
    const store::AccountId account = memory_.self.account;
    auto found = tables.messages.in_room(account, name, order.message);
    for (const bool own : {false, true})
      if (!found) found = tables.messages.find(account, name, own, message_id_of(order.message));
    return found;
  });
  if (known && known->room_id.empty())
    co_return "the room gave that message no number: without an archive (XEP-0313) it cannot tell it from others";
  const std::string id = known ? known->room_id : order.message;
  const Moderated moderated = co_await moderate(order.room, id, order.reason);
  if (moderated.error.empty())
    log_info("room.moderated", {{"account", memory_.self.jid}, {"room", name}, {"plugin", ""}});
  co_return moderated.error;
}

}  // namespace omegate::gateway
