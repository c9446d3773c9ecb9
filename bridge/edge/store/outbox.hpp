// The table `outbox`: messages we promised to send, and what became of each.
//
// A row is sealed once: its finished stanzas are stored and the same bytes go out again after a lost
// connection. Content is wiped when the server has it. Not here: encryption (gateway/messages/seal), the stream
// (gateway).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/priority.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class OutboxSeal;
class Query;
class Sealer;

/// Numbers are stored: append only.
enum class MessageState {
  accepted = 0,   // on disk
  held = 1,       // waits for a decision of a person
  written = 2,    // sealed and given to the stream
  sent = 3,       // the server acknowledged it
  delivered = 4,  // a receipt came
  parked = 5,     // failed too often
  refused = 6,    // a rule of trust or the server does not want it
  bounced = 7,    // it came back
  expired = 8,
};
inline constexpr std::size_t message_states = 9;

/// "accepted", "held" …: for the API, the log and the command line.
std::string_view name(MessageState state);
std::optional<MessageState> message_state_named(std::string_view text);

struct NewMessage {
  AccountId account;
  std::string recipient;     // bare JID
  std::string message_id;    // the stanza's id; stable over all attempts
  Bytes body;                // sealed; opaque here
  std::string dedupe_key{};  // same key, same message, until it is purged; empty: none
  Priority priority = Priority::normal;
  std::optional<WallTime> expires{};  // not sent from then on
  std::optional<FileId> file{};       // that it carries; is kept until the message is done
};

struct DueMessage {
  OutboxId id;
  std::string recipient, message_id;
  Bytes body;
  int attempts = 0;  // this one included
};

/// Sealed, given to a stream, not acknowledged.
struct UnackedMessage {
  OutboxId id;
  std::string recipient, message_id;
  std::vector<Bytes> stanzas;
  std::uint64_t trust_seq = 0;          // of the ledger when it was sealed
  std::optional<std::uint32_t> number;  // of its first stanza in the present stream
};

struct OutboxRow {
  OutboxId id;
  AccountId account;
  std::string recipient, message_id;
  MessageState state = MessageState::accepted;
  std::string reason{};  // of held, parked, refused, bounced, expired; or of the last failed attempt
  int attempts = 0;
  int times_resealed = 0;  // above 0: possibly received twice
  WallTime created{}, due{}, changed{};
  std::uint64_t trust_seq = 0;
  Priority priority = Priority::normal;
  std::optional<WallTime> expires{};
  Bytes notes{};  // per device: included, or left out and why; opaque here
  Bytes body{};   // empty once the server has it
};

struct OutboxFilter {
  std::optional<AccountId> account{};
  std::optional<MessageState> state{};
  std::string recipient{};   // empty: any
  std::string message_id{};  // empty: any
  std::size_t limit = 100;
};

class Outbox {
 public:
  Outbox(Connection& db, const Sealer& sealer);

  /// Nothing if a message with this dedupe key is stored.
  std::optional<OutboxId> add(const NewMessage& message, WallTime now);

  /// Takes up to `limit` due messages, the more urgent ones first, then in the order they were added, and counts
  /// the attempt *before* it is made: one that crashes us comes back after a pause (`first_pause`, doubling), not at
  /// once.
  std::vector<DueMessage> take_due(AccountId account, WallTime now, std::size_t limit);
  std::optional<WallTime> next_due(AccountId account);

  /// As `Inbox::resume`, for accepted messages; uploads under way ended with the process.
  void resume(int patience, WallTime now);

  /// The attempt could not be made (no connection): due again at `due`, not counted.
  void put_back(OutboxId id, WallTime due);
  /// Its file is being uploaded: not due before `until`, the attempt stays counted.
  void wait_for_upload(OutboxId id, WallTime until);
  /// The attempt failed. True if it was attempt number `park_after` or a later one: parked now.
  bool fail(OutboxId id, std::string_view reason, int park_after, WallTime now);
  /// The same for an upload: due again after the attempt's pause, or when the service wants to be asked again.
  bool fail_upload(OutboxId id, std::string_view reason, int park_after, std::optional<WallTime> retry, WallTime now);

  /// The finished stanzas; the message is `written` from the commit on. Only accepted messages are taken.
  /// `notes` says per device what was done. False if the row is in another state by now.
  bool store_sealed(OutboxId id, std::span<const Bytes> stanzas, std::uint64_t trust_seq, ByteView notes,
                    WallTime now);

  /// What its content has become on the way (its file lies on a server now), in whatever state it is sealed next.
  void update_body(OutboxId id, ByteView body);
  /// Another content for a message that was never sealed: accepted, held or parked. False for any other.
  bool replace_body(OutboxId id, ByteView body);

  /// Its content stays, sealed, until then, although the server will have it, and so does that of no more than `most` messages
  /// to its recipient, the newest.
  void keep(OutboxId id, WallTime until, std::size_t most);
  /// Those that the server has and whose content is kept, newest first.
  std::vector<OutboxRow> kept(AccountId account, std::string_view peer, WallTime now, std::size_t limit);
  /// The same of all that was said to others than `peer`.
  std::vector<OutboxRow> kept_for_others(AccountId account, std::string_view peer, WallTime now, std::size_t limit);
  /// Wipes the contents whose time is over, or, of one account, all that are kept. How many.
  std::size_t wipe_kept(WallTime now);
  std::size_t wipe_all_kept(AccountId account);

  /// Replaces what was noted per device, in whatever state the message is.
  void set_notes(OutboxId id, ByteView notes);

  void hold(OutboxId id, std::string_view reason, ByteView notes, WallTime now);
  /// Held messages to this peer are due at once. How many.
  std::size_t release_held(AccountId account, std::string_view peer, WallTime now);
  /// The same for all peers: after a change of the account's policy.
  std::size_t release_all_held(AccountId account, WallTime now);
  std::vector<std::string> peers_held(AccountId account);

  /// What a new stream has to write again, in the order it was first written.
  std::vector<UnackedMessage> unacked(AccountId account);
  /// Before it is written: which number its first stanza has in the stream.
  void set_number(OutboxId id, std::uint32_t number);
  /// That stream is over.
  void forget_numbers(AccountId account);
  /// Sealed under trust that has changed since, or for a stream that is lost: the stanzas go, the message is
  /// due and will be sealed anew under the same message id.
  void reseal(OutboxId id, WallTime now);

  /// The server acknowledged them. Body and stanzas are wiped. Messages that a receipt or bounce overtook
  /// stay.
  void mark_sent(std::span<const OutboxId> ids, WallTime now);
  /// False if no written or sent message to this peer has the id. One that waits to be sealed again counts
  /// too: it arrived the first time.
  bool mark_delivered(AccountId account, std::string_view peer, std::string_view message_id, WallTime now);
  bool mark_bounced(AccountId account, std::string_view peer, std::string_view message_id,
                    std::string_view reason, WallTime now);

  void park(OutboxId id, std::string_view reason, WallTime now);
  void refuse(OutboxId id, std::string_view reason, WallTime now);
  /// Accepted, held and parked messages whose time is over. How many.
  std::size_t expire(WallTime now);
  /// When the next of them is over.
  std::optional<WallTime> next_expiry();

  /// A parked or held message is due at once, its attempts forgotten. False if it is neither.
  bool retry(OutboxId id, WallTime now);
  /// Deletes a message that is not under way: any state but `written`. False if there is none.
  bool drop(OutboxId id);

  /// Newest first.
  std::vector<OutboxRow> list(const OutboxFilter& filter);
  std::optional<OutboxRow> find(OutboxId id);
  /// How many due messages of its account go before this one; counted up to `limit`.
  std::size_t ahead_of(const OutboxRow& row, WallTime now, std::size_t limit);
  /// Of all accounts, by state.
  std::array<std::size_t, message_states> counts();

  /// Deletes sent, delivered, refused, bounced and expired messages that have not changed since. How many.
  std::size_t purge_finished(WallTime before);

 private:
  OutboxSeal seal_of(const OutboxRow& row) const;
  OutboxRow read_row(Query& row) const;
  void end(OutboxId id, MessageState state, std::string_view reason, WallTime now);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
