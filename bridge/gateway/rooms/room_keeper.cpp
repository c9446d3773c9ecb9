#include "bridge/gateway/rooms/room_keeper.hpp"

#include <algorithm>

#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/gateway/account/account_session.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

using xmpp::Affiliation;
namespace code = xmpp::room_code;

xmpp::Jid occupant_of(const Room& room) {
  return xmpp::Jid::parse(room.jid.to_string() + "/" + room.nick).value();
}

/// Whether trying again may help without anybody doing something.
bool is_lasting(const xmpp::StanzaError& error) {
  constexpr std::string_view lasting[] = {"registration-required", "forbidden", "not-authorized",
                                          "not-allowed", "gone"};
  return std::find(std::begin(lasting), std::end(lasting), error.condition) != std::end(lasting);
}

}  // namespace

Room* RoomKeeper::find(std::string_view jid) {
  const auto found = memory_.rooms.find(jid);
  return found == memory_.rooms.end() ? nullptr : &found->second;
}

void RoomKeeper::forget() {
  for (auto& [jid, room] : memory_.rooms) {
    room.state = Room::State::outside;
    room.occupants.clear();
    room.next_step = {};
  }
}

RoomKeeper::Clock::time_point RoomKeeper::next_step() const {
  auto next = Clock::time_point::max();
  for (const auto& [jid, room] : memory_.rooms) next = std::min(next, next_of(room));
  return next;
}

RoomKeeper::Clock::time_point RoomKeeper::next_of(const Room& room) {
  if (room.look_again) return {};
  const bool inside = room.state == Room::State::joined;
  return inside ? std::min({room.next_step, room.next_history, room.next_moderation}) : room.next_step;
}

asio::awaitable<void> RoomKeeper::run() {
  for (auto& [jid, room] : memory_.rooms)
    room.next_step = {};  // a stream that goes on may have lost it meanwhile
  if (memory_.settings.get().follow_bookmarks) co_await follow_bookmarks();
  for (;;) {
    if (&memory_.settings.get() != memory_.rooms_taken_from) co_await take_on(memory_.settings.get());
    while (!memory_.orders.empty()) {
      RoomOrder order = std::move(memory_.orders.front());
      memory_.orders.pop_front();
      co_await obey(std::move(order));
    }
    co_await moderate_what_waits();
    std::vector<std::string> due;
    for (const auto& [jid, room] : memory_.rooms) {
      if (next_of(room) <= Clock::now()) due.push_back(jid);
    }
    for (std::string& jid : due) co_await step(std::move(jid));
    if (memory_.orders.empty() && next_step() > Clock::now()) co_await signal_.wait_until(next_step());
  }
}

asio::awaitable<void> RoomKeeper::step(std::string jid) {
  Room& room = *find(jid);
  if (room.state == Room::State::joined) {
    if (room.look_again) co_return co_await look(std::move(jid));
    if (room.next_history <= Clock::now()) co_return co_await read_history(std::move(jid));
    co_return co_await ping(std::move(jid));
  }
  if (room.state == Room::State::joining)
    leave(room, "it does not answer", room_retry);
  else
    join(room);
}

// --- in and out

void RoomKeeper::join(Room& room) {
  room.state = Room::State::joining;
  room.look_again = room.caught_up = false;
  room.next_history = Clock::time_point::max();
  room.history_pause = {};
  room.occupants.clear();
  room.next_step = Clock::now() + room_patience;
  xml::Element presence = xmpp::join_room(occupant_of(room), xmpp::caps_element(own_info(), caps_node));
  if (memory_.photo) presence.add(xmpp::photo_update(*memory_.photo));
  stream_.send(presence.to_string("jabber:client"));
}

void RoomKeeper::leave(Room& room, std::string why, std::chrono::milliseconds pause) {
  log_warning("room.left", {{"account", memory_.self.jid}, {"room", room.jid.to_string()}, {"reason", why}});
  room.state = Room::State::outside;
  room.detail = std::move(why);
  room.occupants.clear();
  room.look_again = false;
  room.next_step = Clock::now() + pause;
  signal_.notify();
}

/// Whether the service still has us in the room. Source: XEP-0410.
asio::awaitable<void> RoomKeeper::ping(std::string jid) {
  find(jid)->next_step = Clock::now() + room_ping_pause;
  xml::Element request = xmpp::iq_get({}, occupant_of(*find(jid)), xml::Element("ping", xmpp::ns::ping));
  const xml::Element answer = co_await ask(stream_, std::move(request));
  Room& room = *find(jid);
  if (xmpp::read_self_ping(answer) == xmpp::SelfPing::gone && room.state == Room::State::joined)
    leave(room, "its service does not know us in it any more", {});
}

bool RoomKeeper::take_presence(const xml::Element& presence) {
  const auto from = xmpp::Jid::parse(presence.attr("from").value_or(""));
  Room* room = from ? find(from->bare().to_string()) : nullptr;
  if (!room) return false;
  const auto parsed = xmpp::parse_room_presence(presence);
  if (!parsed) return true;
  const std::string nick(parsed->occupant.resource());
  if (parsed->error) {
    if (room->state != Room::State::joining) return true;
    const std::string why = xmpp::describe(*parsed->error);
    if (parsed->error->condition == "conflict" && room->nick.size() < config::max_nick) room->nick += "_";
    leave(*room, why, is_lasting(*parsed->error) ? room_long_retry : room_retry);
    if (is_lasting(*parsed->error)) room->state = Room::State::refused;
    return true;
  }
  if (parsed->has(code::self) || nick == room->nick) on_self(*room, *parsed);
  if (parsed->real && parsed->available && room->occupants.size() < xmpp::max_room_members) {
    room->occupants.insert_or_assign(nick, *parsed->real);
  } else if (!parsed->available) {
    room->occupants.erase(nick);
  }
  if (parsed->real) {
    const std::string who = parsed->real->to_string();
    if (xmpp::belongs(parsed->affiliation))
      room->members.insert_or_assign(who, parsed->affiliation);
    else
      room->members.erase(who);
  }
  return true;
}

void RoomKeeper::on_self(Room& room, const xmpp::RoomPresence& presence) {
  if (presence.available) {
    if (room.state == Room::State::joined) return;
    room.nick = std::string(presence.occupant.resource());
    room.state = Room::State::joined;
    room.created = presence.has(code::created);
    room.detail.clear();
    room.look_again = true;
    room.next_step = Clock::now() + room_ping_pause;
    log_info("room.joined",
             {{"account", memory_.self.jid}, {"room", room.jid.to_string()}, {"nick", room.nick}});
    return signal_.notify();
  }
  if (room.state != Room::State::joined) return;
  if (presence.has(code::banned) || presence.has(code::lost_affiliation) ||
      presence.has(code::now_members_only)) {
    leave(room, "we were put out of it", room_long_retry);
    room.state = Room::State::refused;
  } else {
    leave(room, presence.has(code::kicked) ? "somebody kicked us" : "its service put us out", room_retry);
  }
}

// --- what kind of room it is, and who belongs to it

bool RoomKeeper::take_notice(const xml::Element& message) {
  const auto from = xmpp::Jid::parse(message.attr("from").value_or(""));
  Room* room = from && from->is_bare() ? find(from->to_string()) : nullptr;
  if (!room || message.attr("type") == "error") return false;
  const auto notice = xmpp::parse_room_notice(message);
  if (!notice) return false;
  const auto says = [&](int wanted) {
    return std::find(notice->codes.begin(), notice->codes.end(), wanted) != notice->codes.end();
  };
  if (says(code::now_semi_anonymous) || says(code::now_anonymous))
    note_privacy(*room, {room->privacy && room->privacy->members_only, false});
  if (says(code::configuration_changed) || says(code::now_non_anonymous) || says(code::now_semi_anonymous) ||
      says(code::now_anonymous)) {
    room->privacy.reset();  // nothing is said until it is known again
    room->look_again = true;
    signal_.notify();
  }
  for (const auto& [who, affiliation] : notice->affiliations) {
    if (xmpp::belongs(affiliation))
      room->members.insert_or_assign(who.to_string(), affiliation);
    else
      room->members.erase(who.to_string());
  }
  return true;
}

void RoomKeeper::note_privacy(Room& room, const xmpp::RoomPrivacy& privacy) {
  const bool was_private = room.was_private;
  room.privacy = privacy;
  room.was_private = privacy.is_private();
  if (was_private && !privacy.is_private()) {
    log_error("room.exposed",
              {{"account", memory_.self.jid},
               {"room", room.jid.to_string()},
               {"reason", room.obstacle()},
               {"hint", "messages to it are held until it is members-only and shows its members again"}});
  }
}

/// Asks the room what it is and who belongs to it; then messages to it may go out.
asio::awaitable<void> RoomKeeper::look(std::string jid) {
  find(jid)->look_again = false;
  const auto answer = co_await ask(stream_, xmpp::iq_get({}, find(jid)->jid, xmpp::disco_request()));
  const auto info = xmpp::parse_disco(answer);
  if (!info) {
    Room& room = *find(jid);
    room.look_again = false;
    room.next_step = Clock::now() + room_retry;
    co_return;
  }
  const xmpp::RoomPrivacy privacy = xmpp::room_privacy(*info);
  if (!privacy.is_private()) note_privacy(*find(jid), privacy);
  std::map<std::string, Affiliation, std::less<>> members;
  const bool complete = co_await ask_members(jid, members);
  Room& room = *find(jid);
  // Only now: a message that went out before would leave out who belongs here and is not there.
  if (!room.look_again) note_privacy(room, privacy);
  room.archives = info->has(xmpp::ns::archive);
  room.moderation = xmpp::moderation_offered(*info);
  room.knows_members = complete;
  if (complete) room.members = std::move(members);
  if (!complete) {
    log_warning("room.members_unknown",
                {{"account", memory_.self.jid},
                 {"room", jid},
                 {"hint", "only those who are in it can read: make the bot an admin of the room"}});
  }
  if (!room.obstacle().empty()) co_return;
  const auto released = co_await memory_.context.store.transact([&](store::Tables& tables) {
    return tables.outbox.release_held(memory_.self.account, jid, memory_.context.now());
  });
  if (released > 0) memory_.outbox.notify();
  signal_.notify();  // what is to be taken out of it may be asked for now
  if (find(jid)->archives && !find(jid)->caught_up) co_await read_history(std::move(jid));
}

/// What was said while we were not in it. Live messages go on meanwhile: what comes both ways is known by its number.
asio::awaitable<void> RoomKeeper::read_history(std::string jid) {
  history_ = std::make_unique<CatchUp>(strand_, memory_, stream_, take_page_, find(jid)->jid);
  co_await history_->note_first_position();
  const bool whole = co_await history_->run();
  history_.reset();
  Room& room = *find(jid);
  room.caught_up = whole;
  room.next_history = Clock::time_point::max();
  if (whole) co_return;
  const std::chrono::milliseconds first = memory_.context.pace.archive_retry, longest = longest_archive_retry;
  room.history_pause = std::clamp(room.history_pause * 2, first, std::max(first, longest));
  room.next_history = Clock::now() + room.history_pause;
  log_warning("room.history_incomplete", {{"account", memory_.self.jid},
                                          {"room", jid},
                                          {"next_try_ms", room.history_pause.count()}});
}

bool RoomKeeper::is_caught_up(const xmpp::Jid& room) const {
  const auto found = memory_.rooms.find(room.to_string());
  return found != memory_.rooms.end() && found->second.caught_up;
}

/// False: the room does not tell us all.
asio::awaitable<bool> RoomKeeper::ask_members(std::string jid,
                                              std::map<std::string, Affiliation, std::less<>>& members) {
  for (const Affiliation affiliation : {Affiliation::owner, Affiliation::admin, Affiliation::member}) {
    const auto answer =
        co_await ask(stream_, xmpp::iq_get({}, find(jid)->jid, xmpp::affiliation_query(affiliation)));
    const auto listed = xmpp::parse_affiliations(answer);
    if (!listed) co_return false;
    for (const xmpp::Jid& who : *listed) members.insert_or_assign(who.to_string(), affiliation);
  }
  co_return true;
}

// --- messages

std::optional<xmpp::ChatMessage> RoomKeeper::attribute(xmpp::ChatMessage message) {
  const std::string jid = message.from.bare().to_string();
  Room* room = find(jid);
  if (!room || room->state != Room::State::joined || message.from.resource().empty()) return std::nullopt;
  const std::string nick(message.from.resource());
  const auto real = room->occupants.find(nick);
  if (real == room->occupants.end()) {
    log_warning(
        "message.dropped",
        {{"account", memory_.self.jid}, {"reason", "unknown_occupant"}, {"from", message.from.to_string()}});
    return std::nullopt;
  }
  if (!room->archives) message.archive_id.reset();  // whoever wrote it may have put it there
  message.room = message.from.bare();
  message.nick = nick;
  message.from = real->second;
  return message;
}

bool RoomKeeper::vouches_for(const xmpp::Moderation& moderation) const {
  const auto room = memory_.rooms.find(moderation.room.to_string());
  return room != memory_.rooms.end() && room->second.state == Room::State::joined && room->second.archives;
}

bool RoomKeeper::hears(const xmpp::ChatMessage& message) const {
  if (!message.room) return false;
  const auto room = memory_.rooms.find(message.room->to_string());
  if (room == memory_.rooms.end() || !room->second.hears_members) return false;
  return room->second.privacy && room->second.privacy->is_private() &&
         room->second.members.contains(message.from.bare().to_string());
}

void RoomKeeper::on_bounce(const xmpp::Bounce& bounce) {
  Room* room = find(bounce.from.bare().to_string());
  if (room && room->state == Room::State::joined && bounce.error.condition == "not-acceptable")
    leave(*room, "it says that we are not in it", {});
}

}  // namespace omegate::gateway
