// The tables `ratchets` and `archived_ratchets`: our sessions with the devices of others, sealed.
//
// A device has one current session, the one we write with, and at most `omemo::max_archived_sessions` older
// ones that may still read. Not here: which session opens a message (core/omemo), when to start one
// (gateway).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/omemo/session.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct ArchivedSession {
  std::int64_t slot;  // names it within its device
  omemo::Session session;
};

class Ratchets {
 public:
  Ratchets(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// Cost: one lookup by key and one opening, whatever the number of sessions.
  std::optional<omemo::Session> current(const DeviceRef& device);
  std::optional<omemo::Session> current(const DeviceRef& device, DeviceRow row);

  /// Newest first.
  std::vector<ArchivedSession> archived(const DeviceRef& device);

  /// The next state of the current session; makes it current if there is none.
  void save(const DeviceRef& device, const omemo::Session& session, WallTime now);

  /// The next state of the current session after it has encrypted: its skipped keys are what they were.
  void save_sent(const DeviceRef& device, DeviceRow row, const omemo::Session& session, WallTime now);

  /// A new session becomes current; the one that was goes into the archive, the oldest archived one goes.
  void start(const DeviceRef& device, const omemo::Session& session, WallTime now);

  /// The next state of an archived session, which stays archived and becomes the newest of them.
  void save_archived(const DeviceRef& device, std::int64_t slot, const omemo::Session& session, WallTime now);

  /// An archived session becomes current with this next state; the current one goes into the archive.
  void promote(const DeviceRef& device, std::int64_t slot, const omemo::Session& session, WallTime now);

  /// All sessions of the device, the archive included.
  void forget(const DeviceRef& device);

  /// All sessions of the account. Devices that had a current one are noted as unanswered.
  void forget_all(AccountId account);

  /// Devices that believe to have a session with us which we lost: they need a new one to hear of. Any order.
  std::vector<DeviceRef> unanswered(AccountId account, std::size_t limit);
  std::size_t count_unanswered();
  void answered(const DeviceRef& device);

  std::size_t count(AccountId account);
  /// Keeps within `omemo::max_skipped_keys_per_account` by itself, least recently used sessions first.
  std::size_t skipped_keys(AccountId account);

 private:
  omemo::Session open(const DeviceRef& device, std::int64_t slot, ByteView sealed) const;
  Bytes seal(const DeviceRef& device, std::int64_t slot, const omemo::Session& session) const;
  void archive(const DeviceRef& device, const omemo::Session& session, WallTime now);
  std::int64_t next_slot(std::int64_t device_row);
  void drop_archived(const DeviceRef& device, std::int64_t slot);
  void trim_skipped(AccountId account);
  void drop_skipped(const DeviceRef& device, std::int64_t slot, std::size_t count);

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
