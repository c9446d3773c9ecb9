#include "bridge/core/xmpp/room.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

constexpr std::array<std::string_view, 5> affiliations{"outcast", "none", "member", "admin", "owner"};

std::optional<Affiliation> affiliation_named(std::string_view text) {
  const auto found = std::find(affiliations.begin(), affiliations.end(), text);
  if (found == affiliations.end()) return std::nullopt;
  return static_cast<Affiliation>(found - affiliations.begin());
}

std::vector<int> codes_in(const xml::Element& user) {
  std::vector<int> codes;
  for (const xml::Element& status : user.children("status", ns::muc_user)) {
    const auto code = parse_number<std::uint16_t>(status.attr("code").value_or(""));
    if (code && codes.size() < max_room_codes) codes.push_back(*code);
  }
  return codes;
}

/// The bare JID of an item. Nothing: the room does not show it.
std::optional<Jid> real_jid(const xml::Element& item) {
  const auto jid = Jid::parse(item.attr("jid").value_or(""));
  if (!jid || jid->local().empty()) return std::nullopt;
  return jid->bare();
}

void set(DataForm& form, const DataForm& offered, std::string_view name, std::string_view value) {
  if (offered.has(name)) form.fields.push_back({std::string(name), {std::string(value)}});
}

}  // namespace

std::string_view name(Affiliation affiliation) {
  return affiliations.at(static_cast<std::size_t>(affiliation));
}

bool RoomPresence::has(int code) const { return std::find(codes.begin(), codes.end(), code) != codes.end(); }

xml::Element join_room(const Jid& occupant, xml::Element caps) {
  xml::Element presence("presence", ns::client);
  presence.set("to", occupant.to_string());
  xml::Element& join = presence.add(xml::Element("x", ns::muc));
  join.add(xml::Element("history", ns::muc)).set("maxchars", "0");
  presence.add(std::move(caps));
  return presence;
}

xml::Element leave_room(const Jid& occupant) {
  return xml::Element("presence", ns::client).set("to", occupant.to_string()).set("type", "unavailable");
}

std::optional<RoomPresence> parse_room_presence(const xml::Element& presence) {
  const auto from = Jid::parse(presence.attr("from").value_or(""));
  const auto type = presence.attr("type");
  if (!from || from->resource().empty()) return std::nullopt;
  RoomPresence found{*from, !type};
  if (type == "error") {
    found.error = parse_stanza_error(presence);
    return found;
  }
  const xml::Element* user = presence.child("x", ns::muc_user);
  if (!user || (type && type != "unavailable")) return std::nullopt;
  found.codes = codes_in(*user);
  if (const xml::Element* item = user->child("item", ns::muc_user)) {
    found.affiliation = affiliation_named(item->attr("affiliation").value_or("")).value_or(Affiliation::none);
    found.real = real_jid(*item);
  }
  return found;
}

std::optional<RoomNotice> parse_room_notice(const xml::Element& message) {
  const auto from = Jid::parse(message.attr("from").value_or(""));
  const xml::Element* user = message.child("x", ns::muc_user);
  if (!from || !from->is_bare() || !user || user->child("invite", ns::muc_user)) return std::nullopt;
  RoomNotice notice{codes_in(*user), {}};
  for (const xml::Element& item : user->children("item", ns::muc_user)) {
    const auto affiliation = affiliation_named(item.attr("affiliation").value_or(""));
    const auto who = real_jid(item);
    if (affiliation && who && notice.affiliations.size() < max_room_members)
      notice.affiliations.emplace_back(*who, *affiliation);
  }
  return notice;
}

RoomPrivacy room_privacy(const DiscoInfo& info) {
  return {info.has("muc_membersonly") && !info.has("muc_open"),
          info.has("muc_nonanonymous") && !info.has("muc_semianonymous")};
}

xml::Element affiliation_query(Affiliation affiliation) {
  xml::Element query("query", ns::muc_admin);
  query.add(xml::Element("item", ns::muc_admin)).set("affiliation", name(affiliation));
  return query;
}

Result<std::vector<Jid>> parse_affiliations(const xml::Element& answer) {
  const xml::Element* query = answer.child("query", ns::muc_admin);
  if (!query || answer.attr("type") != "result") return Error::malformed;
  std::vector<Jid> members;
  for (const xml::Element& item : query->children("item", ns::muc_admin)) {
    const auto who = real_jid(item);
    if (who && members.size() < max_room_members) members.push_back(*who);
  }
  return members;
}

xml::Element affiliation_change(const Jid& who, Affiliation affiliation) {
  xml::Element query("query", ns::muc_admin);
  query.add(xml::Element("item", ns::muc_admin))
      .set("affiliation", name(affiliation))
      .set("jid", who.bare().to_string());
  return query;
}

xml::Element room_config_query() { return xml::Element("query", ns::muc_owner); }

std::optional<DataForm> private_room(const DataForm& offered) {
  constexpr std::string_view members_only = "muc#roomconfig_membersonly", whois = "muc#roomconfig_whois";
  if (!offered.has(members_only) || !offered.has(whois)) return std::nullopt;
  DataForm form{"http://jabber.org/protocol/muc#roomconfig", {}};
  set(form, offered, members_only, "1");
  set(form, offered, whois, "anyone");
  set(form, offered, "muc#roomconfig_persistentroom", "1");
  set(form, offered, "muc#roomconfig_publicroom", "0");
  set(form, offered, "muc#roomconfig_allowinvites", "0");
  set(form, offered, "muc#roomconfig_enablearchiving", "1");
  for (const FormField& field : offered.fields) {
    if (field.name == "mam" || field.name.ends_with("_mam")) form.fields.push_back({field.name, {"1"}});
  }
  return form;
}

xml::Element room_config_submit(const DataForm& form) {
  return xml::Element("query", ns::muc_owner).with(submit_form(form));
}

SelfPing read_self_ping(const xml::Element& answer) {
  if (answer.attr("type") == "result") return SelfPing::joined;
  const StanzaError error = parse_stanza_error(answer);
  for (const std::string_view fine : {"service-unavailable", "feature-not-implemented", "item-not-found"}) {
    if (error.condition == fine) return SelfPing::joined;
  }
  for (const std::string_view open : {"remote-server-not-found", "remote-server-timeout"}) {
    if (error.condition == open) return SelfPing::unknown;
  }
  return SelfPing::gone;
}

xml::Element invitation(const Jid& room, std::string_view reason) {
  xml::Element x("x", ns::conference);
  x.set("jid", room.bare().to_string());
  if (!reason.empty()) x.set("reason", reason);
  return x;
}

std::optional<RoomInvitation> parse_invitation(const xml::Element& message) {
  const auto from = Jid::parse(message.attr("from").value_or(""));
  const std::string_view type = message.attr("type").value_or("normal");
  if (!from || type == "error" || type == "groupchat") return std::nullopt;
  const xml::Element* passed_on = message.child("x", ns::muc_user);
  if (const xml::Element* invite = passed_on ? passed_on->child("invite", ns::muc_user) : nullptr) {
    const auto by = Jid::parse(invite->attr("from").value_or(""));
    if (!by || !from->is_bare() || from->local().empty()) return std::nullopt;
    return RoomInvitation{*from, by->bare()};
  }
  const xml::Element* direct = message.child("x", ns::conference);
  const auto room = Jid::parse(direct ? direct->attr("jid").value_or("") : "");
  if (!room || room->local().empty()) return std::nullopt;
  return RoomInvitation{room->bare(), from->bare()};
}

xml::Element bookmark(std::string_view nick, bool autojoin) {
  xml::Element conference("conference", ns::bookmarks);
  conference.set("autojoin", autojoin ? "true" : "false");
  return std::move(conference).with(xml::text_element("nick", ns::bookmarks, nick));
}

std::optional<Bookmark> parse_bookmark(std::string_view item_id, const xml::Element& payload) {
  const auto room = Jid::parse(item_id);
  if (!room || !room->is_bare() || room->local().empty()) return std::nullopt;
  if (!payload.is("conference", ns::bookmarks)) return std::nullopt;
  const std::string_view autojoin = payload.attr("autojoin").value_or("false");
  return Bookmark{*room, autojoin == "true" || autojoin == "1"};
}

}  // namespace omegate::xmpp
