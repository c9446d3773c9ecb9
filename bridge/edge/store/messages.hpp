// The table `messages`: which messages can be spoken of later (corrected, answered, reacted to), by which
// ids.
//
// No content: ids, who wrote it, and sealed what belongs to it (the name its sender gave it, reactions).
// Bounded by age
// (`purge`) and by number. Not here: the rules of who may speak of what (gateway/messages/receive,
// gateway/messages/conversation). Source: XEP-0308, XEP-0359, XEP-0424, XEP-0444, XEP-0461.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

using MessageId = Id<struct MessageIdTag, std::int64_t>;

/// In which OMEMO version our stanzas of a message went out. Nothing, nothing: not yet.
struct SentVersions {
  std::optional<omemo::Version> first{};   // under the message's own id
  std::optional<omemo::Version> second{};  // the devices of the other version, under the second id

  friend bool operator==(const SentVersions&, const SentVersions&) = default;
};

struct NewKnownMessage {
  AccountId account;
  std::string peer;                           // bare JID of the conversation
  bool own = false;                           // we wrote it
  std::string message_id;                     // as its sender chose it; cut at `max_message_id`
  std::optional<crypto::PublicKey> writer{};  // of a received one: the identity key that wrote it
  std::string owner{};                        // of our own: the plugin's name, or "operator"
  std::optional<OutboxId> outbox{};
  std::optional<MessageId> first{};  // it is a new text of that one
  std::string handle{};              // by which its owner may find it, unique per owner; empty: none
  std::string name{};                // the same, unique per owner and peer; goes over to the newest message
  std::string room_id{};             // the number that the room gave it; empty: none is known
};

struct KnownMessage {
  MessageId id;
  AccountId account;
  std::string peer;
  bool own = false;
  std::string message_id{};
  std::optional<crypto::PublicKey> writer{};
  std::string owner{};
  std::optional<OutboxId> outbox{};
  std::optional<MessageId> first{};
  SentVersions sent{};
  Bytes details{};  // opaque here
  std::string room_id{};  // the number that the room gave it; empty: none is known
};

class Messages {
 public:
  Messages(Connection& db, const Sealer& sealer);

  /// Nothing if its owner has a message of that handle.
  std::optional<MessageId> add(const NewKnownMessage& message, WallTime now);

  std::optional<KnownMessage> find(MessageId id);
  /// The newest of that id in the conversation.
  std::optional<KnownMessage> find(AccountId account, std::string_view peer, bool own,
                                   std::string_view message_id);
  /// By the number that the room gave it.
  std::optional<KnownMessage> in_room(AccountId account, std::string_view room, std::string_view room_id);
  void set_room_id(MessageId id, std::string_view room_id);
  std::optional<KnownMessage> of_outbox(OutboxId outbox);
  std::optional<KnownMessage> by_handle(std::string_view owner, std::string_view handle);
  std::optional<KnownMessage> by_name(AccountId account, std::string_view peer, std::string_view owner,
                                      std::string_view name);

  void set_sent(MessageId id, const SentVersions& sent);
  void set_details(MessageId id, ByteView details);

  /// Its owner finds it by its id only.
  void forget_names(MessageId id);

  /// Those older than that. How many.
  std::size_t purge(WallTime before);

 private:
  std::optional<KnownMessage> first_row(Query& query);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
