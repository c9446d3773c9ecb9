// The one place where a message becomes ciphertext: decide per device, encrypt, store, all in one
// transaction.
//
// Content leaves the program only as what these functions return. Not here: fetching lists and bundles
// (device_directory.hpp), writing to the stream (account_session.hpp).
// Source: XEP-0384 §5.4, flow 5.2 of the architecture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/omemo/session.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

struct SealOutcome {
  enum class Kind {
    written,    // stored; `stanzas` may be shown to the server after the commit
    held,       // no device may read it, or the message rule waits for a decision
    refused,    // the message rule says so
    postponed,  // an allowed device could not be reached; tried again later
    parked,     // can never go out
    withdrawn,  // an operator dropped it after it was taken
    needs_upload,  // it could go out, and its file lies nowhere yet: not due before somebody has seen to that
  };
  Kind kind = Kind::written;
  std::vector<std::string> stanzas;  // one per version that is needed
  std::string reason;
};

std::string_view name(SealOutcome::Kind kind);

/// Why a stanza of this size is parked.
std::string too_large_reason(std::size_t size, std::size_t max_stanza);

/// Under `tofu` a contact's whole list is let in as one set when we write first. `listed`: all there are of each person, one
/// person after the other. Runs inside a transaction.
void note_first_send(store::Tables& tables, const Sender& sender, const std::vector<Recipient>& listed, WallTime now);

/// Whom a message to a room is for, as it was known before the transaction.
struct RoomAudience {
  std::vector<std::string> members;  // bare JIDs, here or not, us not among them
  std::string obstacle{};            // why nothing can be said in the room now
};

/// `may_wait`: what was learnt about the contact since its devices were asked for (a pushed list, a key) is
/// worth another look at once; without, the message is held or fails as things stand.
///
/// A message that is said again (`Outgoing::again`) is for its one key, and for nobody else, our own devices included.
///
/// `room`: the recipient is one. Then the message is for each allowed device of its members; who is left out is noted and
/// stops nobody, unless the message rule says so. It is held while the room has an obstacle.
/// `max_stanza`: what is larger can never go out.
///
/// Runs inside a transaction. Law: nothing is encrypted to a device that `recipients` does not allow now.
SealOutcome seal_message(store::Tables& tables, const Sender& sender, const store::DueMessage& message,
                         trust::MessageRule rule, bool may_wait, Random& random, WallTime now,
                         const std::optional<RoomAudience>& room = std::nullopt,
                         std::size_t max_stanza = max_outgoing_stanza);

/// An empty message to one device: completes a session, or turns a long chain. Trust does not matter: it has
/// no content. Nothing if there is no session. Stores the next state.
std::optional<std::string> seal_empty(store::Tables& tables, const Sender& sender,
                                      const store::DeviceRef& device, Random& random, WallTime now);

/// A receipt for a message of this device, inside an OMEMO 2 envelope. Nothing if there is no session with it
/// or its key is not allowed.
std::optional<std::string> seal_receipt(store::Tables& tables, const Sender& sender,
                                        const store::DeviceRef& device, const std::string& message_id,
                                        Random& random, WallTime now);

/// The same for anything that is no text for people.
std::optional<std::string> seal_element(store::Tables& tables, const Sender& sender,
                                        const store::DeviceRef& device, xml::Element content, Random& random,
                                        WallTime now);

/// Several elements, in one stanza without a body for all these OMEMO 2 devices of `peer`; nothing if none of them may and can read
/// it. Not `kept`: whoever is away does not get them later.
std::optional<std::string> seal_passing_elements(store::Tables& tables, const Sender& sender, const std::string& peer,
                                                 const std::vector<store::DeviceRef>& devices, std::vector<xml::Element> content,
                                                 bool kept, Random& random, WallTime now);

/// The part after the message id of a second stanza of the same message, for the devices of the other
/// version.
inline constexpr std::string_view second_stanza_suffix = ".2";

/// The id of the outbox row a receipt or bounce for `stanza_id` is about.
std::string message_id_of(std::string_view stanza_id);

}  // namespace omegate::gateway
