// The pictures of people whom an account hears: looked up, or asked for on its stream.
//
// Nobody else is asked about: a request goes to whoever it is about, and says that somebody wants to know. Not here: what
// is known (avatar_book.hpp), the file a plugin gets (plugins/plugin_library.hpp), our own picture (own_profile.hpp).
// Source: XEP-0084 §4.2, XEP-0153 §4.3, XEP-0045 §7 (an occupant's vCard).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bridge/core/xmpp/avatar.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/signal.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

struct AccountMemory;

struct AvatarQuery {
  std::string jid;    // bare, prepared or not
  std::string room;   // as that room shows them; empty: the contact
  std::string known;  // an id; the picture that has it is not wanted
};

struct AvatarAnswer {
  std::string id;                         // empty: none is shown, unless there is a reason
  std::optional<xmpp::Avatar> picture{};  // unless it is `known`
  std::string reason{};                   // why it cannot be told now
};

/// Somebody waits for it, or did.
struct AvatarRequest {
  AvatarRequest(asio::any_io_executor strand, AvatarQuery what) : query(std::move(what)), done(std::move(strand)) {}
  AvatarQuery query;
  std::optional<AvatarAnswer> answer;
  Signal done;
};

/// What can be said without asking anybody. Nothing: it has to be asked.
std::optional<AvatarAnswer> known_avatar(AccountMemory& memory, const AvatarQuery& query);

/// Asks whenever somebody wants to know, until the stream ends.
asio::awaitable<void> ask_for_avatars(AccountMemory& memory, Stream& stream);

/// A presence of a contact, or of somebody in a room of ours, may announce a picture.
void note_avatar(AccountMemory& memory, const xml::Element& presence);
/// The same for an event of the node of metadata. `owner`: bare; `payload`: null where the node was emptied.
void note_avatar(AccountMemory& memory, const xmpp::Jid& owner, const xml::Element* payload);

}  // namespace omegate::gateway
