#include "bridge/edge/store/ratchets.hpp"

#include <string>

#include "bridge/core/omemo/limits.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

constexpr std::int64_t current_slot = 0;  // archived ones count from 1

/// The seal names the device, not its row: another device's ratchet put here does not open.
Place state_place(const DeviceRef& device, std::int64_t slot) {
  std::string row = device.peer + '\n' + std::to_string(number_of(device.version)) + '\n' +
                    std::to_string(device.device.value()) + '\n' + std::to_string(slot);
  return {"ratchets", "state", device.account.value(), std::move(row)};
}

std::int64_t skipped_in(const omemo::Session& session) {
  return static_cast<std::int64_t>(session.skipped_keys());
}

}  // namespace

omemo::Session Ratchets::open(const DeviceRef& device, std::int64_t slot, ByteView sealed) const {
  auto session = omemo::parse_session(sealer_.open(state_place(device, slot), sealed));
  if (!session) throw StoreError("database: a stored session cannot be read");
  return std::move(*session);
}

Bytes Ratchets::seal(const DeviceRef& device, std::int64_t slot, const omemo::Session& session) const {
  return sealer_.seal(state_place(device, slot), omemo::serialise(session));
}

std::optional<omemo::Session> Ratchets::current(const DeviceRef& device) {
  Query query(db_, R"(SELECT state FROM devices AS d JOIN ratchets AS r ON r.device = d.id
                      WHERE d.account = ? AND d.peer = ? AND d.version = ? AND d.device = ?)",
              device.account, device.peer, number_of(device.version), device.device);
  if (!query.next()) return std::nullopt;
  return open(device, current_slot, query.blob(0));
}

std::optional<omemo::Session> Ratchets::current(const DeviceRef& device, DeviceRow row) {
  Query query(db_, "SELECT state FROM ratchets WHERE device = ?", row);
  if (!query.next()) return std::nullopt;
  return open(device, current_slot, query.blob(0));
}

std::vector<ArchivedSession> Ratchets::archived(const DeviceRef& device) {
  std::vector<ArchivedSession> sessions;
  Query query(db_, R"(SELECT slot, state FROM devices AS d JOIN archived_ratchets AS r ON r.device = d.id
                      WHERE d.account = ? AND d.peer = ? AND d.version = ? AND d.device = ?
                      ORDER BY slot DESC)",
              device.account, device.peer, number_of(device.version), device.device);
  while (query.next()) {
    const std::int64_t slot = query.integer(0);
    sessions.push_back({slot, open(device, slot, query.blob(1))});
  }
  return sessions;
}

void Ratchets::save(const DeviceRef& device, const omemo::Session& session, WallTime now) {
  Query(db_, R"(INSERT INTO ratchets (device, used_ms, skipped, state) VALUES (?, ?, ?, ?)
                ON CONFLICT (device) DO UPDATE SET
                  used_ms = excluded.used_ms, skipped = excluded.skipped, state = excluded.state)",
        device_row(db_, device, now), now, skipped_in(session), seal(device, current_slot, session))
      .run();
  if (session.skipped_keys() > 0) trim_skipped(device.account);
}

void Ratchets::save_sent(const DeviceRef& device, DeviceRow row, const omemo::Session& session, WallTime now) {
  Query(db_, "UPDATE ratchets SET used_ms = ?, state = ? WHERE device = ?", now, seal(device, current_slot, session), row).run();
}

void Ratchets::start(const DeviceRef& device, const omemo::Session& session, WallTime now) {
  if (const auto before = current(device)) archive(device, *before, now);
  save(device, session, now);
}

void Ratchets::save_archived(const DeviceRef& device, std::int64_t slot, const omemo::Session& session,
                             WallTime now) {
  drop_archived(device, slot);
  archive(device, session, now);
  if (session.skipped_keys() > 0) trim_skipped(device.account);
}

void Ratchets::promote(const DeviceRef& device, std::int64_t slot, const omemo::Session& session,
                       WallTime now) {
  drop_archived(device, slot);
  start(device, session, now);
}

void Ratchets::forget(const DeviceRef& device) {
  const auto row = find_device_row(db_, device);
  if (!row) return;
  Query(db_, "DELETE FROM ratchets WHERE device = ?", *row).run();
  Query(db_, "DELETE FROM archived_ratchets WHERE device = ?", *row).run();
}

void Ratchets::forget_all(AccountId account) {
  Query(db_, R"(INSERT INTO unanswered SELECT device FROM ratchets
                WHERE device BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295 ON CONFLICT DO NOTHING)",
        account)
      .run();
  Query(db_, "DELETE FROM ratchets WHERE device BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295", account).run();
  Query(db_, "DELETE FROM archived_ratchets WHERE device BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295",
        account)
      .run();
}

std::vector<DeviceRef> Ratchets::unanswered(AccountId account, std::size_t limit) {
  std::vector<DeviceRef> devices;
  Query query(db_,
              R"(SELECT d.peer, d.version, d.device FROM unanswered AS u JOIN devices AS d ON d.id = u.device
                      WHERE d.account = ? LIMIT ?)",
              account, static_cast<std::int64_t>(limit));
  while (query.next())
    devices.push_back({account, query.text(0), version_of(query.integer(1)),
                       omemo::DeviceId(static_cast<std::uint32_t>(query.integer(2)))});
  return devices;
}

std::size_t Ratchets::count_unanswered() {
  Query query(db_, "SELECT count(*) FROM unanswered");
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

void Ratchets::answered(const DeviceRef& device) {
  const auto row = find_device_row(db_, device);
  if (row) Query(db_, "DELETE FROM unanswered WHERE device = ?", *row).run();
}

std::size_t Ratchets::count(AccountId account) {
  Query query(db_, "SELECT count(*) FROM ratchets WHERE device BETWEEN ?1 << 32 AND (?1 << 32) + 4294967295",
              account);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

std::size_t Ratchets::skipped_keys(AccountId account) {
  Query query(db_, "SELECT skipped FROM accounts WHERE id = ?", account);
  return query.next() ? static_cast<std::size_t>(query.integer(0)) : 0;
}

void Ratchets::archive(const DeviceRef& device, const omemo::Session& session, WallTime now) {
  const std::int64_t row = device_row(db_, device, now);
  const std::int64_t slot = next_slot(row);
  Query(db_, "INSERT INTO archived_ratchets (device, slot, used_ms, skipped, state) VALUES (?, ?, ?, ?, ?)",
        row, slot, now, skipped_in(session), seal(device, slot, session))
      .run();
  Query(db_, R"(DELETE FROM archived_ratchets WHERE device = ?1 AND slot IN (
                  SELECT slot FROM archived_ratchets WHERE device = ?1 ORDER BY slot DESC LIMIT -1 OFFSET ?2))",
        row, static_cast<std::int64_t>(omemo::max_archived_sessions))
      .run();
}

std::int64_t Ratchets::next_slot(std::int64_t device_row) {
  Query query(db_, "SELECT coalesce(max(slot), 0) + 1 FROM archived_ratchets WHERE device = ?", device_row);
  query.next();
  return query.integer(0);
}

void Ratchets::drop_archived(const DeviceRef& device, std::int64_t slot) {
  const auto row = find_device_row(db_, device);
  if (row) Query(db_, "DELETE FROM archived_ratchets WHERE device = ? AND slot = ?", *row, slot).run();
}

void Ratchets::trim_skipped(AccountId account) {
  if (skipped_keys(account) <= omemo::max_skipped_keys_per_account) return;
  constexpr std::size_t enough = omemo::max_skipped_keys_per_account * skipped_keys_kept_percent / 100;
  struct Holder {
    DeviceRef device;
    std::int64_t slot;
  };
  std::vector<Holder> holders;
  {
    Query query(db_, R"(
        SELECT d.peer, d.version, d.device, r.slot FROM devices AS d JOIN (
          SELECT device, 0 AS slot, used_ms FROM ratchets WHERE skipped > 0
          UNION ALL SELECT device, slot, used_ms FROM archived_ratchets WHERE skipped > 0) AS r
        ON r.device = d.id WHERE d.account = ? ORDER BY r.used_ms, r.device, r.slot)",
                account);
    while (query.next())
      holders.push_back({{account, query.text(0), version_of(query.integer(1)),
                          omemo::DeviceId(static_cast<std::uint32_t>(query.integer(2)))},
                         query.integer(3)});
  }
  for (const Holder& holder : holders) {
    const std::size_t held = skipped_keys(account);
    if (held <= enough) return;
    drop_skipped(holder.device, holder.slot, held - enough);
  }
}

void Ratchets::drop_skipped(const DeviceRef& device, std::int64_t slot, std::size_t count) {
  const std::int64_t row = find_device_row(db_, device).value();
  const bool is_current = slot == current_slot;
  Query find(db_,
             is_current ? "SELECT state FROM ratchets WHERE device = ?1 AND ?2 = 0"
                        : "SELECT state FROM archived_ratchets WHERE device = ?1 AND slot = ?2",
             row, slot);
  if (!find.next()) return;
  const auto lighter = open(device, slot, find.blob(0)).without_oldest_skipped(count);
  Query(db_,
        is_current ? "UPDATE ratchets SET skipped = ?1, state = ?2 WHERE device = ?3 AND ?4 = 0"
                   : "UPDATE archived_ratchets SET skipped = ?1, state = ?2 WHERE device = ?3 AND slot = ?4",
        skipped_in(lighter), seal(device, slot, lighter), row, slot)
      .run();
}

}  // namespace omegate::store
