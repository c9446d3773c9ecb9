// The questions people ask the outbox.
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/outbox.hpp"
#include "bridge/edge/store/outbox_seal.hpp"

namespace omegate::store {

std::vector<OutboxRow> Outbox::list(const OutboxFilter& filter) {
  std::vector<OutboxRow> rows;
  const auto state = filter.state ? std::optional(static_cast<int>(*filter.state)) : std::nullopt;
  Query query(db_, R"(
      SELECT id, account, recipient, message_id, state, reason, attempts, resealed, created_ms, due_ms, changed_ms,
             trust_seq, notes, body, priority, expires_ms
      FROM outbox
      WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 = '' OR recipient = ?3)
        AND (?4 = '' OR message_id = ?4)
      ORDER BY id DESC LIMIT ?5)",
              filter.account, state, filter.recipient, filter.message_id,
              static_cast<std::int64_t>(filter.limit));
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

std::optional<OutboxRow> Outbox::find(OutboxId id) {
  Query query(db_, R"(
      SELECT id, account, recipient, message_id, state, reason, attempts, resealed, created_ms, due_ms, changed_ms,
             trust_seq, notes, body, priority, expires_ms
      FROM outbox WHERE id = ?)",
              id);
  if (!query.next()) return std::nullopt;
  return read_row(query);
}

std::size_t Outbox::ahead_of(const OutboxRow& row, WallTime now, std::size_t limit) {
  Query query(db_, R"(
      SELECT count(*) FROM (
        SELECT 1 FROM outbox
        WHERE account = ?1 AND state = 0 AND due_ms <= ?2 AND (priority > ?3 OR priority = ?3 AND id < ?4)
        LIMIT ?5))",
              row.account, now, static_cast<int>(row.priority), row.id, static_cast<std::int64_t>(limit));
  return query.next() ? static_cast<std::size_t>(query.integer(0)) : 0;
}

std::array<std::size_t, message_states> Outbox::counts() {
  std::array<std::size_t, message_states> counts{};
  Query query(db_, "SELECT state, count(*) FROM outbox GROUP BY state");
  while (query.next())
    counts.at(static_cast<std::size_t>(query.integer(0))) = static_cast<std::size_t>(query.integer(1));
  return counts;
}

OutboxSeal Outbox::seal_of(const OutboxRow& row) const {
  return OutboxSeal(sealer_, row.id, row.account, row.recipient);
}

OutboxRow Outbox::read_row(Query& row) const {
  OutboxRow found{OutboxId(row.integer(0)), AccountId(row.integer(1)), row.text(2), row.text(3)};
  const OutboxSeal seal = seal_of(found);
  found.state = static_cast<MessageState>(row.integer(4));
  found.reason = as_text(seal.open("reason", row.blob(5)));
  found.attempts = static_cast<int>(row.integer(6));
  found.times_resealed = static_cast<int>(row.integer(7));
  found.created = row.time(8);
  found.due = row.time(9);
  found.changed = row.time(10);
  found.trust_seq = static_cast<std::uint64_t>(row.integer(11));
  found.notes = seal.open("notes", row.blob(12));
  found.body = seal.open("body", row.blob(13));
  found.priority = static_cast<Priority>(row.integer(14));
  found.expires = row.maybe_time(15);
  return found;
}

}  // namespace omegate::store
