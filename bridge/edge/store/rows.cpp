#include "bridge/edge/store/rows.hpp"

#include "bridge/edge/store/connection.hpp"

namespace omegate::store {

std::optional<std::int64_t> find_device_row(Connection& db, const DeviceRef& device) {
  Query find(db, "SELECT id FROM devices WHERE account = ? AND peer = ? AND version = ? AND device = ?",
             device.account, device.peer, number_of(device.version), device.device);
  if (!find.next()) return std::nullopt;
  return find.integer(0);
}

std::int64_t device_row(Connection& db, const DeviceRef& device, WallTime now) {
  if (const auto known = find_device_row(db, device)) return *known;
  // Numbered within the account, so that its rows, and those of its ratchets, lie together.
  Query insert(db, R"(
      INSERT INTO devices (id, account, peer, version, device, first_seen_ms)
      SELECT coalesce((SELECT max(id) FROM devices WHERE id BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295), ?1 << 32) + 1,
             ?1, ?2, ?3, ?4, ?5
      RETURNING id)",
               device.account, device.peer, number_of(device.version), device.device, now);
  insert.next();
  return insert.integer(0);
}

std::int64_t first_unused_id(Connection& db, std::string_view table) {
  Query query(db, "SELECT seq + 1 FROM sqlite_sequence WHERE name = ?", table);
  return query.next() ? query.integer(0) : 1;
}

}  // namespace omegate::store
