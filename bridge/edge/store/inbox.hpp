// The table `inbox`: things that happened and wait for a plugin.
//
// A row leaves by `finish` or `drop` only. Rows of one plugin and conversation are taken in order, one at a
// time; a parked row lets the next one pass. Not here: the plugin (gateway/plugins/inbox_worker).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

struct NewEvent {
  AccountId account;
  std::string plugin;
  std::string conversation;  // empty: no order among these
  std::string kind;          // "message", "hook" …
  Bytes payload;             // sealed; opaque here
  std::string dedupe_key{};  // same key, same row while it is here; empty: none
};

struct DueEvent {
  InboxId id;
  AccountId account;
  std::string plugin, conversation, kind;
  Bytes payload;
  int attempts = 0;  // this one included
};

struct InboxRow {
  DueEvent event;
  bool parked = false;
  WallTime created{};
  std::optional<WallTime> due{};  // nothing: parked, or behind an older one of its conversation
  std::string error{};            // of the last attempt
};

class Inbox {
 public:
  Inbox(Connection& db, const Sealer& sealer);

  /// Nothing if a row with this dedupe key is here.
  std::optional<InboxId> add(const NewEvent& event, WallTime now);

  /// Takes up to `limit` due rows, of one plugin if it is named, and counts the attempt *before* it is made:
  /// an event that crashes us comes back after a pause (`first_pause`, doubling), not at once.
  std::vector<DueEvent> take_due(WallTime now, std::size_t limit, std::string_view plugin = {});

  /// Those that wait behind `head` in its conversation, oldest first. They are not taken: each is due, and may end, when
  /// those before it have ended.
  std::vector<DueEvent> behind(const DueEvent& head, std::size_t limit);

  /// The row is here and no older one of its conversation is before it.
  bool is_in_turn(InboxId id);

  /// When the next row wants to be taken; nothing if none waits.
  std::optional<WallTime> next_due(std::string_view plugin = {});

  /// The event is done; the next of its conversation is due. False if the row is gone already.
  bool finish(InboxId id, WallTime now);

  /// The attempt failed. True if it was attempt number `park_after` or a later one: the row is parked now.
  bool fail(InboxId id, std::string_view error, int park_after, WallTime now);

  /// After a start: what the last process was at is due at once. A row that was taken more than `patience` times is
  /// not: it may be what ended that process.
  void resume(int patience, WallTime now);

  /// The attempt was not made after all: due at once, not counted.
  void put_back(InboxId id, WallTime now);

  /// Oldest first. Payloads are opened.
  std::vector<InboxRow> list(std::size_t limit, std::string_view plugin = {});
  std::optional<InboxRow> find(InboxId id);

  /// A parked or waiting row is due at once, its attempts forgotten. False if there is no such row.
  bool replay(InboxId id, WallTime now);
  bool drop(InboxId id, WallTime now);

  std::size_t count(bool parked);

  /// Something of this conversation waits or is under way.
  bool has_pending(std::string_view plugin, std::string_view conversation);

  /// How much, counted no further than `most`.
  std::size_t count_pending(std::string_view plugin, std::string_view conversation, std::size_t most);

 private:
  DueEvent read_event(Query& row);
  InboxRow read_row(Query& row);
  void release_next(std::string_view plugin, std::string_view conversation, WallTime now);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
