#include "bridge/edge/store/unread.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

namespace {

UnreadRow read_row(Query& row) {
  UnreadRow found{UnreadId(row.integer(0)), {AccountId(row.integer(1)), row.text(2)}, {}};
  found.message.device = static_cast<std::uint32_t>(row.integer(3));
  found.message.version = row.text(4);
  found.message.message_id = row.text(5);
  found.message.fingerprint = row.text(6);
  found.message.cause = row.text(7);
  found.message.detail = row.text(8);
  found.message.received = row.time(9);
  found.told = row.maybe_time(10);
  return found;
}

}  // namespace

UnreadId Unread::add(const UnreadMessage& message) {
  const std::string_view id = std::string_view(message.message_id).substr(0, max_message_id);
  if (!id.empty()) {
    Query again(db_, R"(UPDATE unread SET received_ms = ? WHERE account = ? AND peer = ? AND device = ?
                          AND message_id = ? AND cause = ? RETURNING id)",
                message.received, message.account, message.peer, message.device, id, message.cause);
    if (again.next()) return UnreadId(again.integer(0));
  }
  Query insert(db_,
               R"(INSERT INTO unread (account, peer, device, version, message_id, fingerprint, cause, detail,
                                           received_ms)
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id)",
               message.account, message.peer, message.device, message.version, id, message.fingerprint,
               message.cause, std::string_view(message.detail).substr(0, max_reason), message.received);
  insert.next();
  const UnreadId added(insert.integer(0));
  Query(db_, "DELETE FROM unread WHERE id <= ?", added.value() - static_cast<std::int64_t>(max_unread)).run();
  return added;
}

std::vector<UnreadRow> Unread::list(const UnreadFilter& filter) {
  std::vector<UnreadRow> rows;
  Query query(db_, R"(
      SELECT id, account, peer, device, version, message_id, fingerprint, cause, detail, received_ms, told_ms FROM unread
      WHERE (?1 IS NULL OR account = ?1) AND (?2 = '' OR peer = ?2) AND (?3 = '' OR message_id = ?3)
      ORDER BY id DESC LIMIT ?4)",
              filter.account, filter.peer, filter.message_id, static_cast<std::int64_t>(filter.limit));
  while (query.next()) rows.push_back(read_row(query));
  return rows;
}

std::optional<UnreadRow> Unread::find(UnreadId id) {
  Query query(db_, R"(
      SELECT id, account, peer, device, version, message_id, fingerprint, cause, detail, received_ms, told_ms FROM unread
      WHERE id = ?)",
              id);
  if (!query.next()) return std::nullopt;
  return read_row(query);
}

std::optional<WallTime> Unread::last_told(AccountId account, std::string_view peer, std::uint32_t device,
                                          std::string_view cause) {
  Query query(db_, R"(SELECT max(told_ms) FROM unread
                      WHERE account = ? AND peer = ? AND device = ? AND cause = ?)",
              account, peer, device, cause);
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

void Unread::set_told(UnreadId id, WallTime now) {
  Query(db_, "UPDATE unread SET told_ms = ? WHERE id = ?", now, id).run();
}

std::size_t Unread::forget_peer(AccountId account, std::string_view peer) {
  return Query(db_, "DELETE FROM unread WHERE account = ? AND peer = ?", account, peer).run();
}

std::size_t Unread::purge(WallTime before) {
  return Query(db_, "DELETE FROM unread WHERE received_ms < ?", before).run();
}

}  // namespace omegate::store
