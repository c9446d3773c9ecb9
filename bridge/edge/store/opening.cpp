#include "bridge/edge/store/opening.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/store/files.hpp"
#include "bridge/edge/store/key_slots.hpp"
#include "bridge/edge/store/ledger.hpp"
#include "bridge/edge/store/lineage.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/schema.hpp"

namespace omegate::store {

namespace {

const Place check_place{"meta", "value", 0, "key_check"};
constexpr std::string_view check_text = "omegate";
constexpr std::size_t database_id_size = 16;
constexpr std::size_t first_schema_with_slots = 3;

std::size_t size_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

/// True if the last process that had the file did not close it.
/// Only `stat`: closing a descriptor of the file would drop the locks another connection of this process
/// holds.
bool check_file(const std::string& path) {
  if (const auto complaint = folder_complaint(path))
    throw StoreUnusable("database " + path + ": " + *complaint);
  const bool has_log = size_of(path + "-wal") > 0;
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) throw StoreUnusable("database " + path + ": " + last_system_error());
    if (has_log)
      throw StoreCorrupt("the database " + path + " is gone but its log is there; restore a backup");
    const OpenFile created(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!created) throw StoreUnusable("cannot create the database " + path + ": " + last_system_error());
    return false;
  }
  if (!S_ISREG(status.st_mode)) throw StoreUnusable("database " + path + ": not a regular file");
  if (status.st_size == 0 && has_log)
    throw StoreCorrupt("the database " + path + " is empty but its log is not; restore a backup");
  const bool others = (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
  if (others && chmod(path.c_str(), 0600) != 0)
    throw StoreUnusable("database " + path + ": others may read it; do chmod 0600 on it");
  return has_log;
}

void check_integrity(Connection& db, const std::string& path) {
  Query check(db, "PRAGMA quick_check(1)");
  if (check.next() && check.text(0) == "ok") return;
  throw StoreCorrupt("the database " + path + " is damaged (" + check.text(0) + "); restore a backup");
}

WallTime wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// What every database has from its first moment on.
void initialise(Connection& db, const FileKey& key, Random& random) {
  Bytes id(database_id_size);
  random.fill(id);
  const Sealer sealer(DataKey{crypto::Secret<32>::random(random)}, id, random);
  write_meta(db, "database_id", id);
  write_meta(db, check_place.row, sealer.seal(check_place, check_text));
  KeySlots(db, sealer).put(SlotKind::file, locked_by(key, random), wall_clock());
  Ledger::initialise(db, sealer, random);
}

[[noreturn]] void reject_key(const std::string& path, bool has_recovery) {
  const std::string way = has_recovery
                              ? ", or make a new key file with the recovery passphrase: omegate key unlock"
                              : "; it has no recovery passphrase";
  throw WrongDataKey("the key file does not open the database " + path +
                     "; nothing was changed. Put back the key it was made with" + way);
}

bool fits(Connection& db, const Sealer& sealer) {
  try {
    sealer.open(check_place, read_meta(db, check_place.row));
    return true;
  } catch (const SealBroken&) {
    return false;
  }
}

/// Before there were slots the file held the data key itself.
void make_first_slot(Connection& db, const FileKey& key, const std::string& path, Random& random) {
  const Sealer sealer(DataKey{key.bytes}, database_id(db), random);
  if (!fits(db, sealer)) reject_key(path, false);
  KeySlots(db, sealer).put(SlotKind::file, locked_by(key, random), wall_clock());
}

void bring_up_to_date(Connection& db, const FileKey& key, const std::string& path, Random& random) {
  const std::size_t from = schema_of(db);
  if (from == newest_schema()) return;
  db.execute("BEGIN IMMEDIATE");
  migrate(db, from);
  if (from == 0) initialise(db, key, random);
  if (from > 0 && from < first_schema_with_slots) make_first_slot(db, key, path, random);
  failpoint("store.before_migration");
  db.execute("COMMIT");
}

std::unique_ptr<Sealer> make_sealer(Connection& db, const DataKey& key, const std::string& path,
                                    Random& random) {
  auto sealer = std::make_unique<Sealer>(key, database_id(db), random);
  if (!fits(db, *sealer))
    throw StoreCorrupt("the key check of the database " + path +
                       " does not fit its key slots; restore a backup");
  return sealer;
}

/// A start with the next key file ends the change of key files.
std::unique_ptr<Sealer> unlock(Connection& db, const FileKey& key, const std::string& path, Random& random) {
  const auto slots = read_slots(db);
  const auto opened = open_with_file(slots, key, database_id(db));
  const auto is_recovery = [](const KeySlot& slot) { return slot.kind == SlotKind::recovery; };
  if (!opened) reject_key(path, std::any_of(slots.begin(), slots.end(), is_recovery));
  auto sealer = make_sealer(db, opened->key, path, random);
  if (opened->kind != SlotKind::next_file) return sealer;
  db.execute("BEGIN IMMEDIATE");
  KeySlots(db, *sealer).finish_change();
  db.execute("COMMIT");
  return sealer;
}

DataKey open_with_passphrase(Connection& db, ByteView passphrase, const std::string& path) {
  for (const KeySlot& slot : read_slots(db)) {
    if (slot.kind != SlotKind::recovery) continue;
    const auto outer = outer_key(passphrase, slot.lock);
    const auto key = outer ? open_slot(slot, *outer, database_id(db)) : std::nullopt;
    if (!key) throw WrongDataKey("that is not the recovery passphrase of the database " + path);
    return *key;
  }
  throw WrongDataKey("the database " + path + " has no recovery passphrase");
}

/// A database that got lost is restored, not begun anew: contacts would meet another identity.
void refuse_fresh_start(const std::string& path, const std::string& anchor) {
  if (size_of(path) > 0 || size_of(anchor) == 0) return;
  throw StoreCorrupt(
      "the database " + path + " is gone, but its anchor " + anchor +
      " says there was one; restore a backup with `omegate restore`, or remove the anchor to start "
      "afresh with a new identity");
}

}  // namespace

Opened open_database(const std::string& path, const FileKey& key, int max_pages, Random& random,
                     const std::string& anchor) {
  if (!anchor.empty()) refuse_fresh_start(path, anchor);
  const bool was_unclean = check_file(path);
  auto db = std::make_unique<Connection>(path, max_pages);
  if (was_unclean) check_integrity(*db, path);
  bring_up_to_date(*db, key, path, random);
  auto sealer = unlock(*db, key, path, random);
  auto held = anchor.empty() ? nullptr : std::make_unique<Anchor>(anchor);
  Lineage(*db, *sealer).arrive(held.get(), random, wall_clock());
  if (was_unclean) db->checkpoint();
  return {std::move(db), std::move(sealer), std::move(held)};
}

Opened open_with_data_key(const std::string& path, const DataKey& key, Random& random) {
  auto db = std::make_unique<Connection>(path, 0);
  check_integrity(*db, path);
  const std::size_t from = schema_of(*db);
  if (from == 0) throw StoreCorrupt(path + " is no database of omegate");
  auto sealer = make_sealer(*db, key, path, random);
  if (from < newest_schema()) {
    db->execute("BEGIN IMMEDIATE");
    migrate(*db, from);
    db->execute("COMMIT");
  }
  return {std::move(db), std::move(sealer), nullptr};
}

void admit_key_file(const std::string& path, ByteView passphrase, const FileKey& key, Random& random) {
  if (size_of(path) == 0) throw StoreUnusable("there is no database " + path);
  check_file(path);
  Connection db(path, 0);
  if (schema_of(db) < first_schema_with_slots)
    throw WrongDataKey("the database " + path + " has no recovery passphrase");
  const auto sealer = make_sealer(db, open_with_passphrase(db, passphrase, path), path, random);
  db.execute("BEGIN IMMEDIATE");
  KeySlots(db, *sealer).put(SlotKind::next_file, locked_by(key, random), wall_clock());
  db.execute("COMMIT");
}

}  // namespace omegate::store
