// What operators want done with rooms: the part of RoomKeeper that makes them, invites, leaves, and takes on
// what a reload says of them.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/pubsub.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/rooms/room_keeper.hpp"
#include "bridge/gateway/stream/stream_requests.hpp"

namespace omegate::gateway {

using xmpp::Affiliation;

/// Leaves what the settings do not name any more; what they name anew is joined by its first step.
asio::awaitable<void> RoomKeeper::take_on(const config::AccountSettings& settings) {
  RoomsByJid wanted = co_await memory_.context.store.transact(
      [&](store::Tables& tables) { return rooms_of(settings, tables, memory_.self.account); });
  std::erase_if(memory_.rooms, [&](const auto& each) {
    const auto found = wanted.find(each.first);
    const bool stays = found != wanted.end() &&
                       (found->second.by_command || found->second.wanted_nick == each.second.wanted_nick);
    if (!stays) go_out(each.second);
    return !stays;
  });
  for (const auto& [jid, room] : wanted) {
    const auto [place, is_new] = memory_.rooms.try_emplace(jid, room);
    if (is_new) continue;
    place->second.hears_members = room.hears_members;
    place->second.by_command = room.by_command;
  }
  memory_.rooms_taken_from = &settings;
}

void RoomKeeper::go_out(const Room& room) {
  if (room.state != Room::State::joined && room.state != Room::State::joining) return;
  const auto occupant = xmpp::Jid::parse(room.jid.to_string() + "/" + room.nick).value();
  stream_.send(xmpp::leave_room(occupant).to_string("jabber:client"));
}

asio::awaitable<void> RoomKeeper::obey(RoomOrder order) {
  using Kind = RoomOrder::Kind;
  std::string error;
  if (order.kind == Kind::create || order.kind == Kind::enter)
    error = co_await go_in(order.room, order.people, order.kind == Kind::create);
  if (order.kind == Kind::invite) error = co_await invite(order.room, order.people);
  if (order.kind == Kind::leave) error = co_await go_away(order.room);
  if (order.kind == Kind::moderate) error = co_await moderate_for_operator(order);
  if (!order.result) {
    if (!error.empty())
      log_warning("room.not_entered",
                  {{"account", memory_.self.jid}, {"room", order.room.to_string()}, {"reason", error}});
    co_return;
  }
  order.result->error = std::move(error);
  order.result->over = true;
  order.result->done.notify();
}

/// Without anybody who waits for it. What the bot is in already is no news.
void RoomKeeper::enter(const xmpp::Jid& jid) {
  if (find(jid.to_string())) return;
  if (memory_.rooms.size() + memory_.orders.size() >= config::max_rooms)
    return log_warning("room.not_entered", {{"account", memory_.self.jid},
                                            {"room", jid.to_string()},
                                            {"reason", "the bot is in as many rooms as it may be"}});
  memory_.orders.push_back({RoomOrder::Kind::enter, jid, {}, nullptr});
  signal_.notify();
}

bool RoomKeeper::take_invitation(const xml::Element& message) {
  const auto invitation = xmpp::parse_invitation(message);
  if (!invitation) return false;
  const config::AccountSettings& settings = memory_.settings.get();
  const bool by_admin = std::find(settings.admins.begin(), settings.admins.end(),
                                  invitation->by.to_string()) != settings.admins.end();
  const LogFields fields{{"account", memory_.self.jid},
                         {"room", invitation->room.to_string()},
                         {"from", invitation->by.to_string()}};
  if (settings.follow_invitations && by_admin) {
    log_info("room.invited", fields);
    enter(invitation->room);
  } else {
    log_info("room.invitation_ignored", fields);
  }
  return true;
}

/// Those that another client of the account goes into by itself.
asio::awaitable<void> RoomKeeper::follow_bookmarks() {
  const auto answer =
      co_await ask(stream_, xmpp::iq_get({}, std::nullopt, xmpp::items_request(xmpp::ns::bookmarks)));
  const auto listed = xmpp::parse_items(answer, xmpp::ns::bookmarks);
  if (!listed) co_return;  // there is no such node, or none of the kind
  for (const xmpp::PubsubItem& item : listed->items) {
    const auto bookmark = item.payload ? xmpp::parse_bookmark(item.id, *item.payload) : std::nullopt;
    if (bookmark && bookmark->autojoin) enter(bookmark->room);
  }
}

/// Goes in, and stays if it is private. A room that is not there is made by that; it stays if that is wanted.
asio::awaitable<std::string> RoomKeeper::go_in(xmpp::Jid jid, std::vector<xmpp::Jid> people, bool may_make) {
  const std::string name = jid.to_string();
  if (find(name)) co_return name + " is a room of this account already";
  Room room{jid, std::string(memory_.jid.local())};
  room.by_command = true;
  join(memory_.rooms.emplace(name, std::move(room)).first->second);
  asio::steady_timer timer(strand_);
  const auto deadline = Clock::now() + room_patience;
  while (find(name)->state == Room::State::joining && Clock::now() < deadline) {
    timer.expires_after(std::chrono::milliseconds(50));
    co_await timer.async_wait(asio::use_awaitable);
  }
  std::string error = find(name)->state == Room::State::joined ? std::string() : find(name)->obstacle();
  if (error.empty() && find(name)->created) {
    if (may_make) {
      error = co_await make_private(jid);
    } else {
      error = "there is no room " + name;
    }
  }
  if (error.empty()) co_await look(name);
  if (error.empty()) error = find(name)->obstacle();
  if (!error.empty()) {
    go_out(*find(name));
    memory_.rooms.erase(name);
    co_return error;
  }
  co_await memory_.context.store.transact(
      [&](store::Tables& tables) { remember_room(tables, memory_.self.account, memory_.rooms.at(name)); });
  co_await set_bookmark(jid, find(name)->nick, true);
  co_return co_await invite(jid, std::move(people));
}

asio::awaitable<std::string> RoomKeeper::make_private(xmpp::Jid jid) {
  const auto offered = co_await ask(stream_, xmpp::iq_get({}, jid, xmpp::room_config_query()));
  const xml::Element* query = offered.child("query", xmpp::ns::muc_owner);
  const auto form = query ? xmpp::private_room(xmpp::parse_form(*query)) : std::nullopt;
  if (!form) co_return "the service offers no rooms that are members-only and show their members' addresses";
  const auto answer = co_await ask(stream_, xmpp::iq_set({}, jid, xmpp::room_config_submit(*form)));
  if (const auto error = error_in(answer))
    co_return "the service refuses the settings of a private room: " + xmpp::describe(*error);
  co_return std::string();
}

/// Members first, for only they may come; then each is told.
asio::awaitable<std::string> RoomKeeper::invite(xmpp::Jid jid, std::vector<xmpp::Jid> people) {
  const Room* room = find(jid.to_string());
  if (!room || room->state != Room::State::joined)
    co_return room ? room->obstacle() : "the bot is in no room " + jid.to_string();
  for (const xmpp::Jid& who : people) {
    const auto answer =
        co_await ask(stream_, xmpp::iq_set({}, jid, xmpp::affiliation_change(who, Affiliation::member)));
    if (const auto error = error_in(answer))
      co_return "the room does not let the bot make " + who.to_string() +
          " a member: " + xmpp::describe(*error);
    xml::Element message("message", xmpp::ns::client);
    message.set("to", who.bare().to_string()).set("id", make_request_id(memory_.context.random));
    message.add(xmpp::invitation(jid, {}));
    stream_.send(message.to_string("jabber:client"));
    if (Room* changed = find(jid.to_string()))
      changed->members.insert_or_assign(who.bare().to_string(), Affiliation::member);
  }
  co_return std::string();
}

asio::awaitable<std::string> RoomKeeper::go_away(xmpp::Jid jid) {
  const std::string name = jid.to_string();
  const Room* room = find(name);
  if (!room) co_return "the bot is in no room " + name;
  if (!room->by_command) co_return name + " stands in the config: take it out there";
  const std::string nick = room->nick;
  go_out(*room);
  memory_.rooms.erase(name);
  co_await memory_.context.store.transact(
      [&](store::Tables& tables) {
        forget_room(tables, memory_.self.account, jid);
        forget_archive_position(tables, memory_.self.account, jid);
      });
  co_await set_bookmark(jid, nick, false);
  co_return std::string();
}

/// For the account's other clients. A server without private nodes has none: never one that all may read.
asio::awaitable<void> RoomKeeper::set_bookmark(xmpp::Jid jid, std::string nick, bool autojoin) {
  const xmpp::NodeOptions options{"whitelist", "max", "never", true};
  const xmpp::PubsubItem item{jid.to_string(), xmpp::bookmark(nick, autojoin)};
  const auto answer = co_await ask(
      stream_, xmpp::iq_set({}, std::nullopt, xmpp::publish(xmpp::ns::bookmarks, item, options)));
  if (const auto error = error_in(answer)) {
    log_warning(
        "room.no_bookmark",
        {{"account", memory_.self.jid}, {"room", jid.to_string()}, {"reason", xmpp::describe(*error)}});
  }
}

}  // namespace omegate::gateway
