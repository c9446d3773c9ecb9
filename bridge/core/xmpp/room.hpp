// Rooms (MUC): joining and leaving, who is in a room and who belongs to it, what its server says about it.
//
// Not here: what the gateway makes of it (gateway/rooms/rooms.hpp), messages (message.hpp).
// Source: XEP-0045 1.35 §7, §9, §10; XEP-0249, XEP-0402, XEP-0410.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/data_form.hpp"
#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"

namespace omegate::xmpp {

/// How somebody belongs to a room, in it or not.
enum class Affiliation { outcast, none, member, admin, owner };
std::string_view name(Affiliation affiliation);
constexpr bool belongs(Affiliation affiliation) { return affiliation >= Affiliation::member; }

/// Into the room, without its history: the archive has it. `occupant`: room@service/nick.
xml::Element join_room(const Jid& occupant, xml::Element caps);
xml::Element leave_room(const Jid& occupant);

/// What a room says about somebody in it.
struct RoomPresence {
  Jid occupant;
  bool available = true;
  Affiliation affiliation = Affiliation::none;
  std::optional<Jid> real{};  // bare; only in rooms that show it
  std::vector<int> codes{};
  std::optional<StanzaError> error{};  // it refused us

  bool has(int code) const;
};
/// Nothing: it is not about an occupant.
std::optional<RoomPresence> parse_room_presence(const xml::Element& presence);

namespace room_code {
inline constexpr int non_anonymous = 100, self = 110, other_nick = 210, created = 201;
inline constexpr int configuration_changed = 104, now_non_anonymous = 172, now_semi_anonymous = 173,
                     now_anonymous = 174;
inline constexpr int banned = 301, kicked = 307, lost_affiliation = 321, now_members_only = 322,
                     shutdown = 332;
}  // namespace room_code

/// What a room itself says to all: its settings, who belongs to it now. `message` came from the room's bare
/// JID.
struct RoomNotice {
  std::vector<int> codes;
  std::vector<std::pair<Jid, Affiliation>> affiliations;  // bare JIDs
};
std::optional<RoomNotice> parse_room_notice(const xml::Element& message);

/// Who may read what is said in it.
struct RoomPrivacy {
  bool members_only = false;
  bool shows_members = false;  // non-anonymous

  /// Everybody in it can be known, and encrypted to.
  bool is_private() const { return members_only && shows_members; }
  friend bool operator==(const RoomPrivacy&, const RoomPrivacy&) = default;
};
RoomPrivacy room_privacy(const DiscoInfo& info);

/// Asks for those with exactly this affiliation. One at a time: servers refuse several.
xml::Element affiliation_query(Affiliation affiliation);
/// Errors: `malformed`.
Result<std::vector<Jid>> parse_affiliations(const xml::Element& answer);
/// Makes somebody a member, or no longer one.
xml::Element affiliation_change(const Jid& who, Affiliation affiliation);

xml::Element room_config_query();
/// What makes a room one for encrypted groups, of the fields that `offered` has: members only, real addresses
/// for all, persistent, not listed. Nothing: the service cannot.
std::optional<DataForm> private_room(const DataForm& offered);
xml::Element room_config_submit(const DataForm& form);

/// What the answer to a ping of our own occupant says. Source: XEP-0410 §3.
enum class SelfPing { joined, gone, unknown };
SelfPing read_self_ping(const xml::Element& answer);

/// A direct invitation, to be put into a message.
xml::Element invitation(const Jid& room, std::string_view reason);

/// Somebody wants us in a room.
struct RoomInvitation {
  Jid room;  // bare
  Jid by;    // bare; of one that the room passes on: as the room says
};
/// Direct (XEP-0249), or passed on by the room (XEP-0045 §7.8.2). Nothing: it is none. No password is read: a room
/// that wants one is not for a bot.
std::optional<RoomInvitation> parse_invitation(const xml::Element& message);

/// The payload of a bookmark; its item has the room's JID as id.
xml::Element bookmark(std::string_view nick, bool autojoin);

/// A room among the account's bookmarks. Source: XEP-0402 §3.
struct Bookmark {
  Jid room;  // bare
  bool autojoin = false;
};
std::optional<Bookmark> parse_bookmark(std::string_view item_id, const xml::Element& payload);

}  // namespace omegate::xmpp
