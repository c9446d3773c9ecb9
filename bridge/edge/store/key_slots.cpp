#include "bridge/edge/store/key_slots.hpp"

#include <algorithm>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

const Place recovery_place{"meta", "value", 0, "recovery_key"};

void append_number(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

Bytes associated_data(const SlotLock& lock, ByteView database_id) {
  std::string out = "omegate-key-slot-v1";
  out += as_text(lock.salt);
  append_number(out, lock.cost ? lock.cost->passes : 0);
  append_number(out, lock.cost ? lock.cost->memory_kib : 0);
  out += as_text(database_id);
  return to_bytes(out);
}

KeySlot read_slot(Query& row) {
  KeySlot slot{static_cast<SlotKind>(row.integer(0)), {}, row.time(4), row.blob(5)};
  const Bytes salt = row.blob(1);
  if (salt.size() != slot.lock.salt.size())
    throw StoreCorrupt("database: a key slot is unreadable; restore a backup");
  std::copy(salt.begin(), salt.end(), slot.lock.salt.begin());
  if (row.integer(2) > 0)
    slot.lock.cost = {static_cast<std::uint32_t>(row.integer(2)), static_cast<std::uint32_t>(row.integer(3))};
  return slot;
}

}  // namespace

SlotLock new_lock(std::optional<crypto::PassphraseCost> cost, Random& random) {
  SlotLock lock{{}, cost};
  random.fill(lock.salt);
  return lock;
}

LockedBy locked_by(const FileKey& key, Random& random) {
  const SlotLock lock = new_lock(std::nullopt, random);
  return {lock, outer_key(key, lock)};
}

crypto::Secret<32> outer_key(const FileKey& key, const SlotLock& lock) {
  crypto::Secret<32> outer;
  crypto::hkdf_sha256(key.bytes.bytes(), lock.salt, "omegate-key-slot/file", outer.writable());
  return outer;
}

Result<crypto::Secret<32>> outer_key(ByteView passphrase, const SlotLock& lock) {
  return crypto::key_of_passphrase(passphrase, lock.salt, lock.cost.value_or(crypto::PassphraseCost{0, 0}));
}

std::optional<DataKey> open_slot(const KeySlot& slot, const crypto::Secret<32>& outer, ByteView database_id) {
  const auto opened = crypto::aead_open(outer, associated_data(slot.lock, database_id), slot.sealed);
  const auto key = opened ? crypto::Secret<32>::from(*opened) : std::nullopt;
  return key ? std::optional(DataKey{*key}) : std::nullopt;
}

std::vector<KeySlot> read_slots(Connection& db) {
  std::vector<KeySlot> slots;
  Query query(db, "SELECT kind, salt, passes, memory_kib, made_ms, sealed FROM key_slots ORDER BY kind");
  while (query.next()) slots.push_back(read_slot(query));
  return slots;
}

std::optional<OpenedSlot> open_with_file(const std::vector<KeySlot>& slots, const FileKey& key,
                                         ByteView database_id) {
  for (const KeySlot& slot : slots) {
    if (slot.lock.cost) continue;
    if (const auto opened = open_slot(slot, outer_key(key, slot.lock), database_id))
      return OpenedSlot{slot.kind, *opened};
  }
  return std::nullopt;
}

std::vector<KeySlot> KeySlots::all() { return read_slots(db_); }

std::optional<KeySlot> KeySlots::find(SlotKind kind) {
  const auto slots = all();
  const auto found =
      std::find_if(slots.begin(), slots.end(), [&](const KeySlot& slot) { return slot.kind == kind; });
  return found == slots.end() ? std::nullopt : std::optional(*found);
}

Bytes KeySlots::database() { return database_id(db_); }

void KeySlots::put(SlotKind kind, const LockedBy& by, WallTime now) {
  const Bytes sealed = sealer_.seal_data_key(by.outer, associated_data(by.lock, database_id(db_)), {});
  remove(kind);
  Query(db_,
        "INSERT INTO key_slots (kind, salt, passes, memory_kib, made_ms, sealed) VALUES (?, ?, ?, ?, ?, ?)",
        static_cast<int>(kind), ByteView(by.lock.salt), by.lock.cost ? by.lock.cost->passes : 0,
        by.lock.cost ? by.lock.cost->memory_kib : 0, now, sealed)
      .run();
}

bool KeySlots::begin_change(const std::optional<FileKey>& current, const LockedBy& next, WallTime now) {
  if (current) {
    const auto opened = open_with_file(all(), *current, database_id(db_));
    if (!opened) return false;
    make_it_the_file(opened->kind);
  } else if (find(SlotKind::next_file)) {
    return false;
  }
  put(SlotKind::next_file, next, now);
  return true;
}

bool KeySlots::finish_change() {
  if (!find(SlotKind::next_file)) return false;
  make_it_the_file(SlotKind::next_file);
  return true;
}

bool KeySlots::cancel_change() {
  if (!find(SlotKind::next_file)) return false;
  remove(SlotKind::next_file);
  return true;
}

void KeySlots::set_recovery(const LockedBy& by, WallTime now) {
  put(SlotKind::recovery, by, now);
  write_meta(db_, recovery_place.row, sealer_.seal(recovery_place, by.outer.bytes()));
}

std::optional<LockedBy> KeySlots::recovery() {
  const auto slot = find(SlotKind::recovery);
  if (!slot) return std::nullopt;
  const auto outer =
      crypto::Secret<32>::from(sealer_.open(recovery_place, read_meta(db_, recovery_place.row)));
  if (!outer) throw StoreCorrupt("database: the recovery key is unreadable; restore a backup");
  return LockedBy{slot->lock, *outer};
}

Bytes KeySlots::seal_for_backup(const crypto::Secret<32>& outer, ByteView associated_data, ByteView more) {
  return sealer_.seal_data_key(outer, associated_data, more);
}

void KeySlots::remove(SlotKind kind) {
  Query(db_, "DELETE FROM key_slots WHERE kind = ?", static_cast<int>(kind)).run();
}

void KeySlots::make_it_the_file(SlotKind kind) {
  if (kind != SlotKind::file) remove(SlotKind::file);
  Query(db_, "UPDATE key_slots SET kind = 1 WHERE kind = ?", static_cast<int>(kind)).run();
  remove(SlotKind::next_file);
}

}  // namespace omegate::store
