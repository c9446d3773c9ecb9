// What we say, and what we say later about it: new texts, corrections, retractions, answers, reactions. Each
// is an outbox row, and each text a row of the table of messages, by which it can be spoken of.
//
// Everything here runs inside a transaction. Not here: who may send what (core/plugin/grants,
// operator_service), what goes over the wire (wire_content.hpp). Source: XEP-0308, XEP-0424, XEP-0444,
// XEP-0461.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/base/priority.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/outgoing.hpp"

namespace omegate::gateway {

/// A message somebody here wants to send. `content.origin` owns it.
struct Utterance {
  store::AccountId account;
  std::string to;          // bare JID
  std::string message_id;  // new and random
  Outgoing content;
  std::string dedupe_key{};
  Priority priority = Priority::normal;
  std::optional<WallTime> expires{};
  std::string handle{}, name{};  // by which its owner can speak of it later
};

struct Spoken {
  enum class What {
    queued,     // a message of its own
    changed,    // the message had not gone out yet: it has the new text now
    withdrawn,  // the message had not gone out yet: it never will
    nothing,    // there is nothing to do
  };
  What what = What::nothing;
  std::optional<store::OutboxId> row{};  // of queued and changed
};

/// The names the owner of a message gave it, and what readers think of it. Sealed in the table of messages.
struct MessageDetails {
  std::string handle{}, name{};
  std::vector<std::string> reactions{};  // of the peer, the newest set
  std::vector<std::string>
      claimed{};  // the same, as said in the clear: anybody on the way may have written it
  bool markable = false;  // of a received one: its sender wants to know when it is read

  friend bool operator==(const MessageDetails&, const MessageDetails&) = default;
};
Bytes encode(const MessageDetails& details);
MessageDetails decode_details(ByteView bytes);

/// Who owns what operators send.
inline constexpr std::string_view operator_origin = "operator";

/// The plugin that sent this message of ours. Empty: an operator did, or it is not ours.
std::string plugin_of(const store::KnownMessage& message);

/// Nothing if a message with its dedupe key is stored.
std::optional<store::OutboxId> say(store::Tables& tables, const Utterance& utterance, WallTime now);

/// `target`: a message of ours; the text of `utterance` takes its place. What never goes out any more is said
/// anew, under the same name.
Spoken correct(store::Tables& tables, const store::KnownMessage& target, Utterance utterance, WallTime now);
/// The same for taking it back.
Spoken retract(store::Tables& tables, const store::KnownMessage& target, Utterance utterance, WallTime now);
/// `utterance.content` has the text or the reactions and, for a reply, what is quoted.
Spoken answer(store::Tables& tables, const store::KnownMessage& target, Bearing bearing, Utterance utterance,
              WallTime now);

/// The message as it was first said: whoever speaks of a correction means that.
store::KnownMessage first_version(store::Tables& tables, store::KnownMessage message);

/// A retraction or reaction whose message was forgotten meanwhile.
bool lacks_subject(store::Tables& tables, const Outgoing& content);
/// The row was sealed, in these versions.
void note_sent(store::Tables& tables, const store::OutboxRow& row, const Outgoing& content,
               const store::SentVersions& versions, WallTime now);

}  // namespace omegate::gateway
