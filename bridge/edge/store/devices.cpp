#include "bridge/edge/store/devices.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/rows.hpp"

namespace omegate::store {

namespace {

constexpr const char* columns_of_device =
    R"(SELECT device, position, first_seen_ms, last_listed_ms, last_message_ms, identity,
              bundle_failed_until_ms, bundle_failure, id
       FROM devices WHERE account = ? AND peer = ? AND version = ? AND device = ?)";

Device read_device(Query& row) {
  Device device{omemo::DeviceId(static_cast<std::uint32_t>(row.integer(0))), DeviceRow(row.integer(8))};
  device.active = !row.is_null(1);
  device.first_seen = row.time(2);
  device.last_listed = row.time(3);
  device.last_message = row.maybe_time(4);
  const Bytes identity = row.blob(5);
  if (identity.size() == crypto::PublicKey().size()) {
    device.identity.emplace();
    std::copy(identity.begin(), identity.end(), device.identity->begin());
  }
  device.bundle_failed_until = row.maybe_time(6);
  device.bundle_failure = row.text(7);
  return device;
}

}  // namespace

ListChange Devices::replace_list(AccountId account, std::string_view peer, omemo::Version version,
                                 std::span<const omemo::DeviceId> ids, WallTime now) {
  ListChange change;
  const std::vector<Device> before = all(account, peer, version);
  const auto listed = [&](omemo::DeviceId id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); };
  for (const Device& device : before)
    if (device.active && !listed(device.id)) change.vanished.push_back(device.id);
  Query(db_, "UPDATE devices SET position = NULL WHERE account = ? AND peer = ? AND version = ?", account,
        peer, number_of(version))
      .run();
  for (std::size_t position = 0; position < ids.size(); ++position) {
    const auto earlier = ids.first(position);
    if (std::find(earlier.begin(), earlier.end(), ids[position]) != earlier.end()) continue;
    const auto same = [&](const Device& device) { return device.id == ids[position]; };
    const auto known = std::find_if(before.begin(), before.end(), same);
    if (known == before.end()) change.appeared.push_back(ids[position]);
    if (known != before.end() && !known->active) change.returned.push_back(ids[position]);
    const std::int64_t row = device_row(db_, {account, std::string(peer), version, ids[position]}, now);
    Query(db_, "UPDATE devices SET position = ?, last_listed_ms = ? WHERE id = ?",
          static_cast<std::int64_t>(position), now, row)
        .run();
  }
  Query(db_, R"(INSERT INTO device_lists (account, peer, version, fetched_ms) VALUES (?, ?, ?, ?)
                ON CONFLICT (account, peer, version) DO UPDATE SET fetched_ms = excluded.fetched_ms)",
        account, peer, number_of(version), now)
      .run();
  forget_oldest_strangers(account, peer, version);
  return change;
}

void Devices::forget_oldest_strangers(AccountId account, std::string_view peer, omemo::Version version) {
  Query(db_, R"(DELETE FROM devices WHERE id IN (
                  SELECT id FROM devices AS d
                  WHERE account = ? AND peer = ? AND version = ? AND position IS NULL
                    AND NOT EXISTS (SELECT 1 FROM ratchets WHERE device = d.id)
                    AND NOT EXISTS (SELECT 1 FROM archived_ratchets WHERE device = d.id)
                  ORDER BY last_listed_ms DESC, id DESC LIMIT -1 OFFSET ?))",
        account, peer, number_of(version), static_cast<std::int64_t>(max_remembered_devices))
      .run();
}

std::optional<WallTime> Devices::list_fetched(AccountId account, std::string_view peer,
                                              omemo::Version version) {
  Query query(db_, "SELECT fetched_ms FROM device_lists WHERE account = ? AND peer = ? AND version = ?",
              account, peer, number_of(version));
  if (!query.next()) return std::nullopt;
  return query.time(0);
}

void Devices::forget_list(AccountId account, std::string_view peer, omemo::Version version) {
  Query(db_, "DELETE FROM device_lists WHERE account = ? AND peer = ? AND version = ?", account, peer,
        number_of(version))
      .run();
}

std::size_t Devices::forget_peer(AccountId account, std::string_view peer) {
  Query(db_, "DELETE FROM device_lists WHERE account = ? AND peer = ?", account, peer).run();
  return Query(db_, "DELETE FROM devices WHERE account = ? AND peer = ?", account, peer).run();
}

void Devices::forget_lists(AccountId account) {
  Query(db_, "DELETE FROM device_lists WHERE account = ?", account).run();
}

std::vector<Device> Devices::all(AccountId account, std::string_view peer, omemo::Version version) {
  std::vector<Device> devices;
  Query query(db_, R"(SELECT device, position, first_seen_ms, last_listed_ms, last_message_ms, identity,
                             bundle_failed_until_ms, bundle_failure, id
                      FROM devices WHERE account = ? AND peer = ? AND version = ?
                      ORDER BY position IS NULL, position, id)",
              account, peer, number_of(version));
  while (query.next()) devices.push_back(read_device(query));
  return devices;
}

std::optional<Device> Devices::find(const DeviceRef& device) {
  Query query(db_, columns_of_device, device.account, device.peer, number_of(device.version), device.device);
  if (!query.next()) return std::nullopt;
  return read_device(query);
}

void Devices::set_identity(const DeviceRef& device, const crypto::PublicKey& curve, WallTime now) {
  Query(db_, "UPDATE devices SET identity = ? WHERE id = ?", ByteView(curve), device_row(db_, device, now))
      .run();
}

void Devices::note_message(const DeviceRef& device, WallTime now) {
  Query(db_, "UPDATE devices SET last_message_ms = ? WHERE id = ?", now, device_row(db_, device, now)).run();
}

void Devices::note_bundle_failure(const DeviceRef& device, WallTime until, std::string_view reason,
                                  WallTime now) {
  Query(db_, "UPDATE devices SET bundle_failed_until_ms = ?, bundle_failure = ? WHERE id = ?", until,
        reason.substr(0, max_reason), device_row(db_, device, now))
      .run();
}

void Devices::clear_bundle_failure(const DeviceRef& device) {
  Query(db_, R"(UPDATE devices SET bundle_failed_until_ms = NULL, bundle_failure = NULL
                WHERE account = ? AND peer = ? AND version = ? AND device = ?)",
        device.account, device.peer, number_of(device.version), device.device)
      .run();
}

std::vector<std::string> Devices::peers(AccountId account) {
  std::vector<std::string> peers;
  Query query(db_, "SELECT DISTINCT peer FROM devices WHERE account = ? ORDER BY peer", account);
  while (query.next()) peers.push_back(query.text(0));
  return peers;
}

}  // namespace omegate::store
