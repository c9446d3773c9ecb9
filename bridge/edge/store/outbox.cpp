#include "bridge/edge/store/outbox.hpp"

#include <algorithm>
#include <string>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/durations.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/outbox_seal.hpp"
#include "bridge/edge/store/rows.hpp"

namespace omegate::store {

namespace {

constexpr std::array<std::string_view, message_states> state_names{
    "accepted", "held", "written", "sent", "delivered", "parked", "refused", "bounced", "expired"};

}  // namespace

std::string_view name(MessageState state) { return state_names.at(static_cast<std::size_t>(state)); }

std::optional<MessageState> message_state_named(std::string_view text) {
  const auto known = std::find(state_names.begin(), state_names.end(), text);
  if (known == state_names.end()) return std::nullopt;
  return static_cast<MessageState>(known - state_names.begin());
}

Outbox::Outbox(Connection& db, const Sealer& sealer)
    : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "outbox")) {}

std::optional<OutboxId> Outbox::add(const NewMessage& message, WallTime now) {
  const OutboxId id(next_id_);
  const OutboxSeal seal(sealer_, id, message.account, message.recipient);
  const auto dedupe = message.dedupe_key.empty()
                          ? std::nullopt
                          : std::optional(sealer_.blind("outbox", {message.dedupe_key}));
  const auto added = Query(db_, R"(
      INSERT INTO outbox (id, account, recipient, message_id, body, dedupe, created_ms, due_ms, changed_ms,
                          priority, expires_ms, file)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?7, ?8, ?9, ?10) ON CONFLICT (dedupe) DO NOTHING)",
                           id, message.account, message.recipient, message.message_id,
                           seal.close("body", message.body), dedupe, now,
                           static_cast<int>(message.priority), message.expires, message.file)
                         .run();
  if (added == 0) return std::nullopt;
  ++next_id_;
  return id;
}

std::vector<DueMessage> Outbox::take_due(AccountId account, WallTime now, std::size_t limit) {
  std::vector<std::pair<std::int64_t, DueMessage>> taken;  // with their priority
  // Named, because SQLite would rather sort all that is due: for each window of a bulk job again.
  Query take(db_, R"(
      UPDATE outbox SET attempts = attempts + 1, due_ms = ?2 + min(?3 << min(attempts, 20), ?4)
      WHERE id IN (SELECT id FROM outbox INDEXED BY outbox_urgency WHERE account = ?1 AND state = 0 AND due_ms <= ?2
                   ORDER BY priority DESC, id LIMIT ?5)
      RETURNING id, recipient, message_id, body, attempts, priority)",
             account, now, first_pause.count(), longest_pause.count(), static_cast<std::int64_t>(limit));
  while (take.next()) {
    DueMessage message{OutboxId(take.integer(0)), take.text(1), take.text(2), {}};
    const OutboxSeal seal(sealer_, message.id, account, message.recipient);
    message.body = seal.open("body", take.blob(3));
    message.attempts = static_cast<int>(take.integer(4));
    taken.emplace_back(take.integer(5), std::move(message));
  }
  std::sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second.id < b.second.id;
  });
  std::vector<DueMessage> due;
  for (auto& [priority, message] : taken) due.push_back(std::move(message));
  return due;
}

std::optional<WallTime> Outbox::next_due(AccountId account) {
  Query query(db_, "SELECT min(due_ms) FROM outbox WHERE account = ? AND state = 0", account);
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

void Outbox::resume(int patience, WallTime now) {
  Query(db_, R"(UPDATE outbox SET due_ms = ?2
                WHERE state = 0 AND due_ms > ?2 AND attempts BETWEEN 1 AND ?1 AND reason IS NULL)",
        patience, now)
      .run();
  Query(db_, R"(UPDATE outbox SET due_ms = ?2 WHERE state = 0 AND file IS NOT NULL AND due_ms > ?2 AND attempts <= ?1)",
        patience, now)
      .run();
}

void Outbox::wait_for_upload(OutboxId id, WallTime until) {
  Query(db_, "UPDATE outbox SET due_ms = ? WHERE id = ? AND state = 0", until, id).run();
}

bool Outbox::fail_upload(OutboxId id, std::string_view reason, int park_after, std::optional<WallTime> retry,
                         WallTime now) {
  const auto row = find(id);
  if (!row || row->state != MessageState::accepted) return false;
  if (fail(id, reason, park_after, now)) return true;
  const int doublings = std::clamp(row->attempts - 1, 0, 20);
  const auto pause = std::min(first_pause * (std::int64_t{1} << doublings), longest_pause);
  wait_for_upload(id, std::max(now + pause, std::min(retry.value_or(now), now + longest_pause)));
  return false;
}

void Outbox::put_back(OutboxId id, WallTime due) {
  Query(db_, "UPDATE outbox SET attempts = max(attempts - 1, 0), due_ms = ? WHERE id = ? AND state = 0", due,
        id)
      .run();
}

bool Outbox::fail(OutboxId id, std::string_view reason, int park_after, WallTime now) {
  const auto row = find(id);
  if (!row || row->state != MessageState::accepted) return false;
  if (row->attempts >= park_after) return park(id, reason, now), true;
  Query(db_, "UPDATE outbox SET reason = ? WHERE id = ?", seal_of(*row).close_reason(reason), id).run();
  return false;
}

bool Outbox::store_sealed(OutboxId id, std::span<const Bytes> stanzas, std::uint64_t trust_seq,
                          ByteView notes, WallTime now) {
  const auto row = find(id);
  if (!row || row->state != MessageState::accepted) return false;
  const OutboxSeal seal = seal_of(*row);
  Query(db_, R"(
      UPDATE outbox SET state = 2, number = NULL, stanzas = ?, trust_seq = ?, notes = ?, changed_ms = ?, reason = NULL,
        write_seq = (SELECT coalesce(max(write_seq), 0) + 1 FROM outbox WHERE account = ? AND state = 2)
      WHERE id = ?)",
        seal.close("stanzas", join(stanzas)), trust_seq, seal.close("notes", notes), now, row->account, id)
      .run();
  return true;
}

bool Outbox::replace_body(OutboxId id, ByteView body) {
  const auto row = find(id);
  if (!row || row->times_resealed > 0) return false;
  return Query(db_, "UPDATE outbox SET body = ? WHERE id = ? AND state IN (0, 1, 5)", seal_of(*row).close("body", body),
               id)
             .run() > 0;
}

void Outbox::update_body(OutboxId id, ByteView body) {
  const auto row = find(id);
  if (!row) return;
  Query(db_, "UPDATE outbox SET body = ? WHERE id = ? AND body IS NOT NULL", seal_of(*row).close("body", body), id).run();
}

void Outbox::set_notes(OutboxId id, ByteView notes) {
  const auto row = find(id);
  if (!row) return;
  Query(db_, "UPDATE outbox SET notes = ? WHERE id = ?", seal_of(*row).close("notes", notes), id).run();
}

void Outbox::hold(OutboxId id, std::string_view reason, ByteView notes, WallTime now) {
  const auto row = find(id);
  if (!row || row->state != MessageState::accepted) return;
  const OutboxSeal seal = seal_of(*row);
  Query(db_, "UPDATE outbox SET state = 1, reason = ?, notes = ?, changed_ms = ? WHERE id = ?",
        seal.close_reason(reason), seal.close("notes", notes), now, id)
      .run();
}

std::size_t Outbox::release_held(AccountId account, std::string_view peer, WallTime now) {
  return Query(db_, R"(UPDATE outbox SET state = 0, due_ms = ?1, changed_ms = ?1, attempts = 0
                       WHERE account = ?2 AND recipient = ?3 AND state = 1)",
               now, account, peer)
      .run();
}

std::size_t Outbox::release_all_held(AccountId account, WallTime now) {
  return Query(db_, R"(UPDATE outbox SET state = 0, due_ms = ?1, changed_ms = ?1, attempts = 0
                       WHERE account = ?2 AND state = 1)",
               now, account)
      .run();
}

std::vector<std::string> Outbox::peers_held(AccountId account) {
  std::vector<std::string> peers;
  Query query(db_, "SELECT DISTINCT recipient FROM outbox WHERE account = ? AND state = 1 ORDER BY recipient",
              account);
  while (query.next()) peers.push_back(query.text(0));
  return peers;
}

void Outbox::reseal(OutboxId id, WallTime now) {
  Query(db_, R"(UPDATE outbox SET state = 0, stanzas = NULL, write_seq = NULL, number = NULL, attempts = 0, due_ms = ?1,
                  changed_ms = ?1, resealed = resealed + 1
                WHERE id = ?2 AND state = 2)",
        now, id)
      .run();
}

void Outbox::mark_sent(std::span<const OutboxId> ids, WallTime now) {
  for (const OutboxId id : ids) {
    Query update(db_, R"(UPDATE outbox SET state = 3, body = CASE WHEN keep_ms > ?1 THEN body END, stanzas = NULL, write_seq = NULL, changed_ms = ?1
                         WHERE id = ?2 AND state = 2 RETURNING created_ms)",
                 now, id);
    while (update.next()) note_duration(Span::sent, now - update.time(0));
  }
}

bool Outbox::mark_delivered(AccountId account, std::string_view peer, std::string_view message_id,
                            WallTime now) {
  std::vector<OutboxId> unacknowledged;  // a receipt may overtake the server's word, and says the same
  {
    Query query(db_, "SELECT id FROM outbox WHERE account = ? AND recipient = ? AND message_id = ? AND state = 2", account, peer,
                message_id);
    while (query.next()) unacknowledged.emplace_back(query.integer(0));
  }
  mark_sent(unacknowledged, now);
  Query update(db_, R"(UPDATE outbox SET state = 4, body = CASE WHEN keep_ms > ?1 THEN body END, stanzas = NULL, write_seq = NULL,
                         changed_ms = ?1
                       WHERE account = ?2 AND recipient = ?3 AND message_id = ?4
                         AND (state IN (2, 3) OR resealed > 0 AND state IN (0, 1)) RETURNING created_ms)",
               now, account, peer, message_id);
  bool any = false;
  for (; update.next(); any = true) note_duration(Span::delivered, now - update.time(0));
  return any;
}

bool Outbox::mark_bounced(AccountId account, std::string_view peer, std::string_view message_id,
                          std::string_view reason, WallTime now) {
  std::optional<OutboxId> id;
  {
    Query query(db_, R"(SELECT id FROM outbox WHERE account = ? AND recipient = ? AND message_id = ?
                          AND state IN (2, 3, 4))",
                account, peer, message_id);
    if (query.next()) id = OutboxId(query.integer(0));
  }
  if (!id) return false;
  end(*id, MessageState::bounced, reason, now);
  return true;
}

void Outbox::park(OutboxId id, std::string_view reason, WallTime now) {
  const auto row = find(id);
  if (!row) return;
  Query(db_,
        "UPDATE outbox SET state = 5, reason = ?, changed_ms = ?, stanzas = NULL, write_seq = NULL WHERE id "
        "= ?",
        seal_of(*row).close_reason(reason), now, id)
      .run();
}

void Outbox::refuse(OutboxId id, std::string_view reason, WallTime now) {
  end(id, MessageState::refused, reason, now);
}

std::size_t Outbox::expire(WallTime now) {
  std::vector<OutboxId> old;
  {
    Query query(db_, "SELECT id FROM outbox WHERE expires_ms <= ? AND state IN (0, 1, 5)", now);
    while (query.next()) old.push_back(OutboxId(query.integer(0)));
  }
  for (const OutboxId id : old) end(id, MessageState::expired, "it was not sent in time", now);
  return old.size();
}

std::optional<WallTime> Outbox::next_expiry() {
  Query query(db_, "SELECT min(expires_ms) FROM outbox WHERE expires_ms IS NOT NULL AND state IN (0, 1, 5)");
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

/// The message will not be sent (again): its content goes, its story stays.
void Outbox::end(OutboxId id, MessageState state, std::string_view reason, WallTime now) {
  const auto row = find(id);
  if (!row) return;
  Query(db_, R"(UPDATE outbox SET state = ?, reason = ?, changed_ms = ?, body = NULL, stanzas = NULL,
                  write_seq = NULL WHERE id = ?)",
        static_cast<int>(state), seal_of(*row).close_reason(reason), now, id)
      .run();
}

bool Outbox::retry(OutboxId id, WallTime now) {
  return Query(db_, R"(UPDATE outbox SET state = 0, due_ms = ?1, changed_ms = ?1, attempts = 0
                       WHERE id = ?2 AND state IN (1, 5))",
               now, id)
             .run() > 0;
}

bool Outbox::drop(OutboxId id) {
  return Query(db_, "DELETE FROM outbox WHERE id = ? AND state <> 2", id).run() > 0;
}

std::size_t Outbox::purge_finished(WallTime before) {
  return Query(db_, "DELETE FROM outbox WHERE changed_ms < ? AND state IN (3, 4, 6, 7, 8)", before).run();
}

}  // namespace omegate::store
