#include "bridge/edge/store/inbox.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_of(std::string_view column, InboxId id, AccountId account, std::string_view plugin,
               std::string_view conversation) {
  return {"inbox", column, account.value(),
          std::to_string(id.value()) + '\n' + std::string(plugin) + '\n' + std::string(conversation)};
}

constexpr const char* columns_of_row =
    R"(SELECT id, account, plugin, conversation, kind, payload, attempts, parked, created_ms, due_ms, error
       FROM inbox WHERE id = ?)";

}  // namespace

Inbox::Inbox(Connection& db, const Sealer& sealer)
    : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "inbox")) {}

std::optional<InboxId> Inbox::add(const NewEvent& event, WallTime now) {
  const InboxId id(next_id_);
  const auto dedupe =
      event.dedupe_key.empty() ? std::nullopt : std::optional(sealer_.blind("inbox", {event.dedupe_key}));
  const bool waits = !event.conversation.empty() && has_pending(event.plugin, event.conversation);
  const Place place = place_of("payload", id, event.account, event.plugin, event.conversation);
  const auto added =
      Query(db_, R"(
      INSERT INTO inbox (id, account, plugin, conversation, kind, payload, dedupe, created_ms, due_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedupe) DO NOTHING)",
            id, event.account, event.plugin, event.conversation, event.kind,
            sealer_.seal(place, event.payload), dedupe, now, waits ? std::nullopt : std::optional(now))
          .run();
  if (added == 0) return std::nullopt;
  ++next_id_;
  return id;
}

std::vector<DueEvent> Inbox::take_due(WallTime now, std::size_t limit, std::string_view plugin) {
  std::vector<DueEvent> due;
  Query take(db_, R"(
      UPDATE inbox SET attempts = attempts + 1, due_ms = ?1 + min(?2 << min(attempts, 20), ?3)
      WHERE id IN (SELECT id FROM inbox WHERE due_ms <= ?1 AND (?5 = '' OR plugin = ?5)
                   ORDER BY due_ms, id LIMIT ?4)
      RETURNING id, account, plugin, conversation, kind, payload, attempts)",
             now, first_pause.count(), longest_pause.count(), static_cast<std::int64_t>(limit), plugin);
  while (take.next()) due.push_back(read_event(take));
  std::sort(due.begin(), due.end(), [](const DueEvent& a, const DueEvent& b) { return a.id < b.id; });
  return due;
}

std::vector<DueEvent> Inbox::behind(const DueEvent& head, std::size_t limit) {
  std::vector<DueEvent> rows;
  if (head.conversation.empty()) return rows;
  Query query(db_, R"(
      SELECT id, account, plugin, conversation, kind, payload, attempts FROM inbox
      WHERE plugin = ?1 AND conversation = ?2 AND parked = 0 AND id > ?3 AND due_ms IS NULL ORDER BY id LIMIT ?4)",
              head.plugin, head.conversation, head.id, static_cast<std::int64_t>(limit));
  while (query.next()) rows.push_back(read_event(query));
  return rows;
}

bool Inbox::is_in_turn(InboxId id) {
  return Query(db_, "SELECT 1 FROM inbox WHERE id = ? AND due_ms IS NOT NULL", id).next();
}

std::optional<WallTime> Inbox::next_due(std::string_view plugin) {
  Query query(db_, "SELECT min(due_ms) FROM inbox WHERE due_ms IS NOT NULL AND (?1 = '' OR plugin = ?1)",
              plugin);
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

bool Inbox::finish(InboxId id, WallTime now) { return drop(id, now); }

bool Inbox::fail(InboxId id, std::string_view error, int park_after, WallTime now) {
  const auto row = find(id);
  if (!row) return false;
  const DueEvent& event = row->event;
  const Place place = place_of("error", id, event.account, event.plugin, event.conversation);
  Query(db_, "UPDATE inbox SET error = ? WHERE id = ?", sealer_.seal(place, error.substr(0, max_reason)), id)
      .run();
  if (event.attempts < park_after) return false;
  Query(db_, "UPDATE inbox SET parked = 1, due_ms = NULL WHERE id = ?", id).run();
  release_next(event.plugin, event.conversation, now);
  return true;
}

void Inbox::resume(int patience, WallTime now) {
  Query(db_, "UPDATE inbox SET due_ms = ?2 WHERE due_ms > ?2 AND attempts BETWEEN 1 AND ?1 AND error IS NULL", patience,
        now)
      .run();
}

void Inbox::put_back(InboxId id, WallTime now) {
  Query(db_,
        "UPDATE inbox SET attempts = max(attempts - 1, 0), due_ms = ? WHERE id = ? AND due_ms IS NOT NULL",
        now, id)
      .run();
}

std::vector<InboxRow> Inbox::list(std::size_t limit, std::string_view plugin) {
  std::vector<InboxRow> rows;
  Query query(db_, R"(
      SELECT id, account, plugin, conversation, kind, payload, attempts, parked, created_ms, due_ms, error
      FROM inbox WHERE ?1 = '' OR plugin = ?1 ORDER BY id LIMIT ?2)",
              plugin, static_cast<std::int64_t>(limit));
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

std::optional<InboxRow> Inbox::find(InboxId id) {
  Query query(db_, columns_of_row, id);
  if (!query.next()) return std::nullopt;
  return read_row(query);
}

bool Inbox::replay(InboxId id, WallTime now) {
  const auto row = find(id);
  if (!row) return false;
  const DueEvent& event = row->event;
  const bool was_waiting = !row->parked && !row->due;  // behind an older one, and stays there
  const bool waits =
      row->parked && !event.conversation.empty() && has_pending(event.plugin, event.conversation);
  Query(db_, "UPDATE inbox SET parked = 0, attempts = 0, due_ms = ? WHERE id = ?",
        waits || was_waiting ? std::nullopt : std::optional(now), id)
      .run();
  return true;
}

bool Inbox::drop(InboxId id, WallTime now) {
  std::string plugin, conversation;
  {
    Query erase(db_, "DELETE FROM inbox WHERE id = ? RETURNING plugin, conversation", id);
    if (!erase.next()) return false;
    plugin = erase.text(0);
    conversation = erase.text(1);
  }
  release_next(plugin, conversation, now);
  return true;
}

std::size_t Inbox::count(bool parked) {
  Query query(db_, "SELECT count(*) FROM inbox WHERE parked = ?", parked);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

bool Inbox::has_pending(std::string_view plugin, std::string_view conversation) {
  return Query(db_, "SELECT 1 FROM inbox WHERE plugin = ? AND conversation = ? AND parked = 0 LIMIT 1",
               plugin, conversation)
      .next();
}

std::size_t Inbox::count_pending(std::string_view plugin, std::string_view conversation, std::size_t most) {
  Query count(db_, R"(
      SELECT count(*) FROM (SELECT 1 FROM inbox WHERE plugin = ? AND conversation = ? AND parked = 0 LIMIT ?))",
              plugin, conversation, static_cast<std::int64_t>(most));
  count.next();
  return static_cast<std::size_t>(count.integer(0));
}

/// The oldest row of the conversation is due, unless one is due or under way already.
void Inbox::release_next(std::string_view plugin, std::string_view conversation, WallTime now) {
  if (conversation.empty()) return;
  Query(db_, R"(
      UPDATE inbox SET due_ms = ?3
      WHERE id = (SELECT min(id) FROM inbox WHERE plugin = ?1 AND conversation = ?2 AND parked = 0)
        AND NOT EXISTS (SELECT 1 FROM inbox
                        WHERE plugin = ?1 AND conversation = ?2 AND parked = 0 AND due_ms IS NOT NULL))",
        plugin, conversation, now)
      .run();
}

DueEvent Inbox::read_event(Query& row) {
  DueEvent event{
      InboxId(row.integer(0)), AccountId(row.integer(1)), row.text(2), row.text(3), row.text(4), {}};
  const Place place = place_of("payload", event.id, event.account, event.plugin, event.conversation);
  event.payload = sealer_.open_bytes(place, row.blob(5));
  event.attempts = static_cast<int>(row.integer(6));
  return event;
}

InboxRow Inbox::read_row(Query& row) {
  InboxRow found{read_event(row)};
  const DueEvent& event = found.event;
  found.parked = row.integer(7) != 0;
  found.created = row.time(8);
  found.due = row.maybe_time(9);
  const Place place = place_of("error", event.id, event.account, event.plugin, event.conversation);
  if (!row.is_null(10)) found.error = sealer_.open_text(place, row.blob(10));
  return found;
}

}  // namespace omegate::store
