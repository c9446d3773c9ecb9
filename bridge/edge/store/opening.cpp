#include "bridge/edge/store/opening.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/store/files.hpp"
#include "bridge/edge/store/ledger.hpp"
#include "bridge/edge/store/schema.hpp"

namespace omegate::store {

namespace {

const Place check_place{"meta", "value", 0, "key_check"};
constexpr std::string_view check_text = "omegate";
constexpr std::size_t database_id_size = 16;

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

Bytes database_id(Connection& db) {
  Query find(db, "SELECT value FROM meta WHERE name = 'database_id'");
  if (!find.next()) throw StoreCorrupt("database: its id is missing; restore a backup");
  return find.blob(0);
}

void write_meta(Connection& db, std::string_view name, ByteView value) {
  Query(db, "INSERT INTO meta (name, value) VALUES (?, ?)", name, value).run();
}

/// What every database has from its first moment on.
void initialise(Connection& db, const DataKey& key, Random& random) {
  Bytes id(database_id_size);
  random.fill(id);
  const Sealer sealer(key, id, random);
  write_meta(db, "database_id", id);
  write_meta(db, check_place.row, sealer.seal(check_place, check_text));
  Ledger::initialise(db, sealer, random);
}

void bring_up_to_date(Connection& db, const DataKey& key, Random& random) {
  const std::size_t from = schema_of(db);
  if (from == newest_schema()) return;
  db.execute("BEGIN IMMEDIATE");
  migrate(db, from);
  if (from == 0) initialise(db, key, random);
  failpoint("store.before_migration");
  db.execute("COMMIT");
}

void check_key(Connection& db, const Sealer& sealer, const std::string& path) {
  Query find(db, "SELECT value FROM meta WHERE name = 'key_check'");
  if (!find.next()) throw StoreCorrupt("the database " + path + " has lost its key check; restore a backup");
  try {
    sealer.open(check_place, find.blob(0));
  } catch (const SealBroken&) {
    throw WrongDataKey("the data key does not belong to the database " + path +
                       "; give the key it was made with, nothing was changed");
  }
}

}  // namespace

Opened open_database(const std::string& path, const DataKey& key, int max_pages, Random& random) {
  const bool was_unclean = check_file(path);
  auto db = std::make_unique<Connection>(path, max_pages);
  if (was_unclean) check_integrity(*db, path);
  bring_up_to_date(*db, key, random);
  auto sealer = std::make_unique<Sealer>(key, database_id(*db), random);
  check_key(*db, *sealer, path);
  if (was_unclean) db->checkpoint();
  return {std::move(db), std::move(sealer)};
}

}  // namespace omegate::store
