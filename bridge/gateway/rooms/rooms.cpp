#include "bridge/gateway/rooms/rooms.hpp"

#include <boost/json.hpp>
#include <set>
#include <stdexcept>

namespace omegate::gateway {

std::string Room::obstacle() const {
  const std::string here = "the room " + jid.to_string();
  switch (state) {
    case State::outside:
      return here + " is not joined" + (detail.empty() ? std::string() : ": " + detail);
    case State::joining:
      return here + " is being joined";
    case State::refused:
      return here + " does not let us in: " + detail;
    case State::joined:
      break;
  }
  if (!privacy) return here + " has not said yet who may read in it";
  if (!privacy->members_only) return here + " is open to anybody, so nothing is said in it";
  if (!privacy->shows_members)
    return here + " hides its members' addresses, so nothing can be encrypted to them";
  return {};
}

std::vector<std::string> Room::people(const xmpp::Jid& self) const {
  std::set<std::string> all;
  for (const auto& [who, affiliation] : members) all.insert(who);
  for (const auto& [nick_there, who] : occupants) all.insert(who.to_string());
  all.erase(self.bare().to_string());
  return {all.begin(), all.end()};
}

std::string_view name(Room::State state) {
  switch (state) {
    case Room::State::outside:
      return "outside";
    case Room::State::joining:
      return "joining";
    case Room::State::joined:
      return "joined";
    case Room::State::refused:
      return "refused";
  }
  return "unknown";
}

namespace {

namespace json = boost::json;

constexpr std::string_view rooms_note = "rooms";

json::object noted_rooms(store::Tables& tables, store::AccountId account) {
  const auto note = tables.accounts.note(account, rooms_note);
  if (!note) return {};
  boost::system::error_code failure;
  json::value value = json::parse(as_text(*note), failure);
  if (failure || !value.is_object())
    throw std::runtime_error("the database holds an unreadable list of rooms");
  return std::move(value.as_object());
}

void note_rooms(store::Tables& tables, store::AccountId account, const json::object& rooms) {
  tables.accounts.set_note(account, rooms_note, as_bytes(json::serialize(rooms)));
}

}  // namespace

RoomsByJid rooms_of(const config::AccountSettings& settings, store::Tables& tables, store::AccountId account) {
  RoomsByJid rooms;
  for (const config::RoomSettings& each : settings.rooms) {
    rooms.emplace(each.jid,
                  Room{xmpp::Jid::parse(each.jid).value(), each.nick, each.hears_members, each.nick});
  }
  for (const auto& [jid, nick] : noted_rooms(tables, account)) {
    Room room{xmpp::Jid::parse(std::string_view(jid)).value(), std::string(nick.as_string())};
    room.by_command = true;
    rooms.emplace(std::string(jid), std::move(room));
  }
  return rooms;
}

void remember_room(store::Tables& tables, store::AccountId account, const Room& room) {
  json::object rooms = noted_rooms(tables, account);
  rooms[room.jid.to_string()] = room.nick;
  note_rooms(tables, account, rooms);
}

void forget_room(store::Tables& tables, store::AccountId account, const xmpp::Jid& room) {
  json::object rooms = noted_rooms(tables, account);
  rooms.erase(room.to_string());
  note_rooms(tables, account, rooms);
}

}  // namespace omegate::gateway
