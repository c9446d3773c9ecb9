#include "bridge/gateway/account/avatars.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/room.hpp"
#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/account/account_rules.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

using SteadyClock = AvatarBook::Clock;
using Source = AvatarBook::Source;

/// Whose picture it is, for the book: of somebody in a room it may be another one than contacts see.
std::string person(const std::string& jid, const std::string& room) { return room.empty() ? jid : room + " " + jid; }

/// Whom to ask: a contact, or somebody's place in a room.
struct Whom {
  std::optional<xmpp::Jid> address{};
  std::string person{};
  std::string refusal{};
};

Whom nobody(std::string why) { return {std::nullopt, {}, std::move(why)}; }

constexpr std::string_view no_answer = "whoever has it does not answer";

AvatarAnswer not_now(std::string reason) {
  AvatarAnswer answer;
  answer.reason = std::move(reason);
  return answer;
}

Whom whom_in_room(const AccountMemory& memory, const xmpp::Jid& jid, const std::string& room_jid) {
  const auto room = memory.rooms.find(room_jid);
  if (room == memory.rooms.end()) return nobody("the account is in no room " + room_jid);
  const std::string bare = jid.to_string();
  const auto here = std::ranges::find_if(room->second.occupants, [&](const auto& each) { return each.second == jid; });
  if (here != room->second.occupants.end()) {
    const auto place = xmpp::Jid::parse(room_jid + "/" + here->first);
    if (place) return {*place, person(bare, room_jid), {}};
  }
  if (room->second.members.contains(bare)) return {jid, person(bare, room_jid), {}};
  return nobody(bare + " is not in the room " + room_jid);
}

Whom whom(const AccountMemory& memory, const AvatarQuery& query) {
  const auto jid = xmpp::Jid::parse(query.jid);
  if (!jid || !jid->is_bare() || jid->local().empty()) return nobody("\"" + query.jid + "\" is no bare JID");
  if (!query.room.empty()) return whom_in_room(memory, *jid, query.room);
  if (!is_heard(memory.settings.get(), memory.roster, *jid)) return nobody("the account does not hear " + jid->to_string());
  return {*jid, jid->to_string(), {}};
}

std::optional<AvatarAnswer> look_up(const AvatarBook& book, const std::string& who, const std::string& known_to_asker) {
  const AvatarBook::Known* const known = book.find(who, SteadyClock::now());
  if (known == nullptr) return std::nullopt;
  if (known->is_missing) return not_now(std::string(no_answer));
  AvatarAnswer answer;
  answer.id = known->id;
  if (answer.id.empty() || answer.id == known_to_asker) return answer;
  const xmpp::Avatar* const picture = book.picture(answer.id);
  if (picture == nullptr) return std::nullopt;
  answer.picture = *picture;
  return answer;
}

// --- asking

/// What came of asking one of the two ways.
struct Found {
  std::optional<xmpp::Avatar> avatar{};
  bool later = false;    // it may work then
  std::string trouble{};  // what is wrong with what is there
};

Found failed(const xmpp::StanzaError& error) { return {std::nullopt, xmpp::is_transient(error), {}}; }

template <class Avatar>
Found read(const Result<Avatar>& result) {
  Found found;
  if (result)
    found.avatar = *result;
  else
    found.trouble = result.error().message();
  return found;
}

asio::awaitable<Found> ask_for_photo(Stream& stream, xmpp::Jid whom) {
  xml::Element question = xmpp::iq_get({}, whom, xmpp::vcard_request());
  const xml::Element answer = co_await ask(stream, std::move(question), avatar_request_limit);
  if (const auto error = error_in(answer)) co_return failed(*error);
  co_return read(xmpp::parse_vcard_photo(answer));
}

asio::awaitable<Found> ask_for_item(Stream& stream, xmpp::Jid owner, std::string id) {
  xml::Element question = xmpp::iq_get({}, owner, xmpp::item_request(xmpp::avatar_data_node, id));
  const xml::Element answer = co_await ask(stream, std::move(question), avatar_request_limit);
  if (const auto error = error_in(answer)) co_return failed(*error);
  const auto items = xmpp::parse_items(answer, xmpp::avatar_data_node);
  const xmpp::PubsubItem* const item = items ? xmpp::find_item(items->items, id) : nullptr;
  if (item == nullptr || !item->payload) co_return Found{};
  co_return read(xmpp::parse_avatar_data(*item->payload, id));
}

/// What the node of metadata says. Empty: nothing, or it is not for us.
asio::awaitable<std::string> ask_for_metadata(Stream& stream, xmpp::Jid owner) {
  xml::Element question = xmpp::iq_get({}, owner, xmpp::items_request(xmpp::avatar_metadata_node, 1));
  const xml::Element answer = co_await ask(stream, std::move(question), avatar_request_limit);
  std::string id;
  if (error_in(answer)) co_return id;
  const auto items = xmpp::parse_items(answer, xmpp::avatar_metadata_node);
  if (!items || items->items.empty() || !items->items.back().payload) co_return id;
  const auto announced = xmpp::parse_avatar_metadata(*items->items.back().payload);
  if (announced) id = *announced;
  co_return id;
}

/// Where it is published there it is; else in the vCard, where rooms have nothing else.
asio::awaitable<Found> ask_for_avatar(Stream& stream, xmpp::Jid whom, std::optional<AvatarBook::Known> known) {
  std::string id;
  const bool has_nodes = whom.is_bare() && (!known || known->source != Source::presence);
  if (known && known->source == Source::published) id = known->id;
  if (has_nodes && id.empty()) id = co_await ask_for_metadata(stream, whom);
  if (has_nodes && !id.empty()) {
    Found found = co_await ask_for_item(stream, whom, id);
    if (found.avatar || !found.trouble.empty()) co_return found;
  }
  co_return co_await ask_for_photo(stream, whom);
}

asio::awaitable<AvatarAnswer> find_avatar(AccountMemory& memory, Stream& stream, AvatarQuery query) {
  if (auto known = known_avatar(memory, query)) co_return std::move(*known);  // somebody else has asked meanwhile
  const Whom asked = whom(memory, query);
  const std::string& who = asked.person;
  if (stream.congested() || !memory.avatars.may_ask(SteadyClock::now()))
    co_return not_now("too many pictures are asked for; it comes with a later message");
  std::optional<AvatarBook::Known> known;
  if (const AvatarBook::Known* const before = memory.avatars.find(who, SteadyClock::now())) known = *before;
  Found found = co_await ask_for_avatar(stream, *asked.address, std::move(known));
  if (!found.trouble.empty())
    log_info("avatar.refused", {{"account", memory.self.jid}, {"whose", who}, {"reason", found.trouble}});
  const auto now = SteadyClock::now();
  AvatarAnswer answer;
  if (found.avatar) {
    answer.id = found.avatar->id;
    memory.avatars.found(who, answer.id, now + avatar_age);
    memory.avatars.keep(*found.avatar);
    if (answer.id != query.known) answer.picture = std::move(found.avatar);
  } else {
    if (found.later) {
      memory.avatars.missed(who, now + avatar_retry);
      answer.reason = no_answer;
    } else {
      memory.avatars.found(who, {}, now + avatar_age);
    }
  }
  co_return answer;
}

}  // namespace

std::optional<AvatarAnswer> known_avatar(AccountMemory& memory, const AvatarQuery& query) {
  Whom asked = whom(memory, query);
  if (!asked.address) return not_now(std::move(asked.refusal));
  return look_up(memory.avatars, asked.person, query.known);
}

asio::awaitable<void> ask_for_avatars(AccountMemory& memory, Stream& stream) {
  for (;;) {
    while (memory.avatar_requests.empty())
      co_await memory.avatar_wanted.wait_until(std::chrono::steady_clock::time_point::max());
    const auto request = memory.avatar_requests.front();
    memory.avatar_requests.pop_front();
    AvatarAnswer answer = co_await find_avatar(memory, stream, request->query);
    request->answer = std::move(answer);
    request->done.notify();
  }
}

void note_avatar(AccountMemory& memory, const xml::Element& presence) {
  auto id = xmpp::announced_photo(presence);
  const auto from = xmpp::Jid::parse(presence.attr("from").value_or(""));
  if (!id || !from) return;
  const std::string bare = from->bare().to_string();
  if (memory.rooms.contains(bare)) {
    const auto occupant = xmpp::parse_room_presence(presence);
    if (occupant && occupant->real)
      memory.avatars.announced(person(occupant->real->to_string(), bare), std::move(*id), Source::presence);
  } else if (memory.roster.contains(bare)) {
    memory.avatars.announced(bare, std::move(*id), Source::presence);
  }
}

void note_avatar(AccountMemory& memory, const xmpp::Jid& owner, const xml::Element* payload) {
  const std::string bare = owner.bare().to_string();
  if (!memory.roster.contains(bare)) return;
  auto id = payload != nullptr ? xmpp::parse_avatar_metadata(*payload) : Result<std::string>(std::string());
  if (id) memory.avatars.announced(bare, std::move(*id), Source::published);
}

}  // namespace omegate::gateway
