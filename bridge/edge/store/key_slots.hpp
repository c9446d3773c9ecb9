// The table `key_slots`: copies of the data key, each sealed under a key from outside.
//
// One opens with the key file (or credential), one with the recovery passphrase. Both hold the same data key,
// so changing a file or a passphrase seals 32 bytes anew and leaves the data alone. While a key file is being
// changed there are two slots of the kind, the old one and the next, and either file opens the database:
//
//   step                                              which file opens it, when the process ends here
//   1  the new key is written beside the file          the old one
//   2  commit: slot `next_file` for the new key        the old one, and the new one
//   3  the new file takes the place of the old one     the new one
//   4  commit: `next_file` becomes `file`              the new one
//
// A start with a key that opens `next_file` does step 4 by itself. Step 2 never takes away a slot that the
// file in place needs: it is told that file's key, and keeps the slot that it opens.
//
// Sealed: XChaCha20-Poly1305; associated data: "omegate-key-slot-v1", salt, cost, database id.
// Outer key of a file: HKDF-SHA-256 of its 32 bytes with the slot's salt; of a passphrase: Argon2id.
// Not here: opening the database (opening.hpp).
#pragma once

#include <optional>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/passphrase.hpp"
#include "bridge/edge/store/data_key.hpp"
#include "bridge/edge/store/key_file.hpp"

namespace omegate::store {

class Connection;
class Sealer;

/// Numbers are stored.
enum class SlotKind { file = 1, next_file = 2, recovery = 3 };

/// How the outer key is made. Public.
struct SlotLock {
  crypto::Salt salt{};
  std::optional<crypto::PassphraseCost> cost{};  // nothing: of a key file
};

SlotLock new_lock(std::optional<crypto::PassphraseCost> cost, Random& random);

/// A lock with the key that fits.
struct LockedBy {
  SlotLock lock;
  crypto::Secret<32> outer;
};
LockedBy locked_by(const FileKey& key, Random& random);

struct KeySlot {
  SlotKind kind{};
  SlotLock lock{};
  WallTime made{};
  Bytes sealed{};
};

crypto::Secret<32> outer_key(const FileKey& key, const SlotLock& lock);
/// Errors: `crypto::Error::too_costly`. Cost: as the lock says, half a second and 256 MiB.
Result<crypto::Secret<32>> outer_key(ByteView passphrase, const SlotLock& lock);

/// Nothing if the key does not fit, or the slot belongs to another database.
std::optional<DataKey> open_slot(const KeySlot& slot, const crypto::Secret<32>& outer, ByteView database_id);

/// Reads them without any key.
std::vector<KeySlot> read_slots(Connection& db);

/// The slot among `slots` that this key file opens.
struct OpenedSlot {
  SlotKind kind{};
  DataKey key;
};
std::optional<OpenedSlot> open_with_file(const std::vector<KeySlot>& slots, const FileKey& key,
                                         ByteView database_id);

class KeySlots {
 public:
  KeySlots(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  std::vector<KeySlot> all();
  std::optional<KeySlot> find(SlotKind kind);

  /// The database's id, which every slot is bound to.
  Bytes database();

  /// Replaces the slot of this kind.
  void put(SlotKind kind, const LockedBy& by, WallTime now);

  /// Steps 2 and 4 of the table above. `current`: the key file in place, nothing if it cannot be read (a
  /// credential). `begin` is false when `current` opens no slot, or is not given while a change is under way.
  bool begin_change(const std::optional<FileKey>& current, const LockedBy& next, WallTime now);
  bool finish_change();
  /// Only the old file opens it again. False if no change is under way.
  bool cancel_change();

  /// The passphrase's slot, and its outer key for backups that nobody sits beside. Sealed under the data key
  /// itself.
  void set_recovery(const LockedBy& by, WallTime now);
  std::optional<LockedBy> recovery();

  /// For a backup: `more` and the data key, in this order, sealed under an outer key.
  Bytes seal_for_backup(const crypto::Secret<32>& outer, ByteView associated_data, ByteView more);

 private:
  void remove(SlotKind kind);
  void make_it_the_file(SlotKind kind);

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
