// A room's server takes a message out of it, because a moderator wants that.
//
// The word of the room itself and of nobody in it: an occupant who claims the same says nothing. Not encrypted, so it is as
// good as the server's word; and a moderator asks the server for it, who reads why. Not here: which message that was
// (gateway/rooms/moderated.hpp), when a room is asked (gateway/rooms/moderating.hpp).
// Source: XEP-0425 0.3; and 0.2, which servers in use still speak.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/disco.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

struct Moderation {
  Jid room;                // bare: who says so
  std::string id;          // the number that the room gave the message, at most `max_id` long
  std::optional<Jid> by;   // an occupant of the same room; nothing: it does not say
  std::string reason;      // for people; at most `max_moderation_reason` bytes
};

/// Nothing: it is none, or does not come from a room's bare JID.
std::optional<Moderation> parse_moderation(const xml::Element& message);

/// What a room is asked in.
enum class ModerationVersion { v0_2, v0_3 };

/// The newest that a room announces in its disco#info. Nothing: it takes no messages back.
std::optional<ModerationVersion> moderation_offered(const DiscoInfo& info);

/// What a moderator puts into a request to the room: take this message back. `id`: the number that the room gave it. `reason`:
/// for people, in the clear; empty: none. Asked twice it is done once.
xml::Element moderation_request(ModerationVersion version, std::string_view id, std::string_view reason);

}  // namespace omegate::xmpp
