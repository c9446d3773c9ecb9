// What a received message is, and who really sent it.
//
// Every rule against forged messages of others stands here: carbons, archive results, stanza ids, delays,
// PubSub events. Not here: decryption, and what the gateway does with the verdict.
// Source: XEP-0280 §11, XEP-0313, XEP-0359 §5, XEP-0203, XEP-0184, RFC 6121 §5.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/annotations.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/omemo_stanza.hpp"
#include "bridge/core/xmpp/pubsub.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"

namespace omegate::xmpp {

enum class MessageType { normal, chat, groupchat, headline };  // errors are a `Bounce`

/// How a message came to us, and so whose word its sender is.
enum class Route {
  direct,         // to this session
  received_copy,  // carbon: somebody wrote to another session of ours
  sent_copy,      // carbon or archive: another session of ours wrote to somebody else
  archived,       // from our archive: somebody wrote to us
};

/// A message somebody wrote.
struct ChatMessage {
  Route route = Route::direct;
  MessageType type = MessageType::normal;
  Jid from;  // real sender as addressed; `from.bare()` is whom to look up. Our own JID for `sent_copy`
  Jid to;    // our JID, or the peer for `sent_copy`
  std::string id = {};         // as the sender chose it; may be empty
  std::string origin_id = {};  // unproven; for our own reflections only
  /// In our own archive, and only if our server vouches for it; of a message of a room: in the room's, if it has one.
  std::optional<std::string> archive_id = {};
  std::optional<WallTime> delay = {};  // when our server stored it; only from our server, never in the future

  /// Whether any OMEMO element was there. Then everything outside it that claims to be content is dropped.
  bool encrypted = false;
  std::optional<EncryptedMessage> omemo2 = {}, legacy = {};
  boost::system::error_code fault = {};  // why an OMEMO element could not be read

  std::string body = {};         // of an unencrypted message only
  std::string receipt_for = {};  // `<received id=…/>`: outside encryption, unauthenticated
  bool requests_receipt = false;
  Annotations annotations = {};  // from outside encryption: of no meaning if OMEMO 2 is read

  /// A message of a room, once it is known who wrote it: then `from` is the real address.
  std::optional<Jid> room = {};
  std::string nick = {};

  /// The bare JID on the other side of the conversation.
  Jid peer() const {
    if (room) return *room;
    return route == Route::sent_copy ? to.bare() : from.bare();
  }
};

/// A message of ours came back. Match it by `id` *and* `from.bare()`.
struct Bounce {
  Jid from;
  std::string id;
  StanzaError error;
};

/// Not to be processed, and why; for a counter.
struct Dropped {
  enum class Reason {
    unreadable_address,  // from or to is no JID
    forged_carbon,       // not from our own bare JID
    malformed_carbon,    // not exactly one message, or nested
    foreign_copy,        // a carbon whose message is not ours
    archive_result,      // without a query of ours
    forged_event,        // PubSub event not from a bare JID
    malformed_event,
    ambiguous_encryption,  // two elements of one version
    groupchat_copy,        // carbons of rooms do not exist
  };
  Reason reason;
};
std::string_view name(Dropped::Reason reason);

using Incoming = std::variant<ChatMessage, Bounce, PubsubEvent, Dropped>;

/// The session that receives.
struct Reception {
  Jid own;  // our full or bare JID
  WallTime now{};
  bool archives = false;  // our account's disco#info lists urn:xmpp:sid:0 or urn:xmpp:mam:2
};

/// `message` is a `<message/>` in jabber:client that came directly from our server.
Incoming classify(const xml::Element& message, const Reception& reception);

/// What our own archive had to a query of ours.
struct ArchivedMessage {
  std::string id;
  WallTime stamp{};  // when it was stored
  Incoming message;  // a `Bounce` or an event is of no use any more
};

/// `message` came directly from our server and holds a result. Nothing: it does not belong to our query, or says not
/// what a result must say; drop it.
/// Source: XEP-0313 §4.2, §7 (security considerations).
std::optional<ArchivedMessage> read_archive_result(const xml::Element& message, std::string_view query_id,
                                                   const Reception& reception);

/// The same for the archive of a room that shows its members: the message is one of the room, its writer the real address that
/// the archive names. One whose writer it does not name is `Dropped`.
/// Source: XEP-0313 §6.1.2 (the `<item/>` of archives of rooms), XEP-0045 §7.4.
std::optional<ArchivedMessage> read_room_archive_result(const xml::Element& message, std::string_view query_id,
                                                        const Jid& room, const Reception& reception);

/// A stamp from outside, at most `max_future_stamp` ahead of us.
WallTime clamp_future(WallTime stamp, WallTime now);

}  // namespace omegate::xmpp
