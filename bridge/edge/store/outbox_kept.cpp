// Contents of the outbox that are kept for a while after the server has them.
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/outbox.hpp"
#include "bridge/edge/store/outbox_seal.hpp"

namespace omegate::store {

void Outbox::keep(OutboxId id, WallTime until, std::size_t most) {
  Query(db_, "UPDATE outbox SET keep_ms = ? WHERE id = ? AND body IS NOT NULL", until, id).run();
  Query(db_, R"(
      UPDATE outbox SET keep_ms = NULL, body = CASE WHEN state IN (3, 4) THEN NULL ELSE body END
      WHERE keep_ms IS NOT NULL AND (account, recipient) = (SELECT account, recipient FROM outbox WHERE id = ?1)
        AND id NOT IN (SELECT id FROM outbox
                       WHERE keep_ms IS NOT NULL AND (account, recipient) = (SELECT account, recipient FROM outbox WHERE id = ?1)
                       ORDER BY id DESC LIMIT ?2))",
        id, static_cast<std::int64_t>(most))
      .run();
}

#define OMEGATE_KEPT(whose)                                                                                            \
  "SELECT id, account, recipient, message_id, state, reason, attempts, resealed, created_ms, due_ms, changed_ms, "     \
  "trust_seq, notes, body, priority, expires_ms FROM outbox "                                                          \
  "WHERE keep_ms > ?1 AND account = ?2 AND recipient " whose " ?3 AND state IN (3, 4) AND body IS NOT NULL "           \
  "ORDER BY id DESC LIMIT ?4"

std::vector<OutboxRow> Outbox::kept(AccountId account, std::string_view peer, WallTime now, std::size_t limit) {
  std::vector<OutboxRow> rows;
  Query query(db_, OMEGATE_KEPT("="), now, account, peer, static_cast<std::int64_t>(limit));
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

std::vector<OutboxRow> Outbox::kept_for_others(AccountId account, std::string_view peer, WallTime now, std::size_t limit) {
  std::vector<OutboxRow> rows;
  Query query(db_, OMEGATE_KEPT("<>"), now, account, peer, static_cast<std::int64_t>(limit));
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

#undef OMEGATE_KEPT

std::size_t Outbox::wipe_kept(WallTime now) {
  return Query(db_, "UPDATE outbox SET keep_ms = NULL, body = NULL WHERE keep_ms <= ? AND state IN (3, 4)", now).run();
}

std::size_t Outbox::wipe_all_kept(AccountId account) {
  Query(db_, "UPDATE outbox SET keep_ms = NULL WHERE account = ? AND keep_ms IS NOT NULL AND state NOT IN (3, 4)", account)
      .run();
  return Query(db_, "UPDATE outbox SET keep_ms = NULL, body = NULL WHERE account = ? AND keep_ms IS NOT NULL", account).run();
}

}  // namespace omegate::store
