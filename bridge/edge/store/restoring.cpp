#include "bridge/edge/store/restoring.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/store/opening.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::store {

namespace {

bool exists(const std::string& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

void move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0)
    throw StoreUnusable("cannot move " + from + " to " + to + ": " + last_system_error());
}

void remove_leftovers(const std::string& staged) {
  for (const char* suffix : {"", "-wal", "-journal", "-shm"}) unlink((staged + suffix).c_str());
}

}  // namespace

bool is_in_use(const std::string& path) {
  const OpenFile file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;  // length 0: all of it
  return fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void write_entry(BackupReader& reader, const std::string& path) {
  if (const auto complaint = folder_complaint(path))
    throw StoreUnusable("cannot restore to " + path + ": " + *complaint);
  remove_leftovers(path);
  const OpenFile file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw StoreUnusable("cannot write " + path + ": " + last_system_error());
  for (auto some = reader.read(); !some.empty(); some = reader.read()) {
    if (write(file.get(), some.bytes().data(), some.size()) != static_cast<ssize_t>(some.size()))
      throw StoreUnusable("cannot write " + path + ": " + last_system_error());
  }
  if (fsync(file.get()) != 0) throw StoreUnusable("cannot sync " + path + ": " + last_system_error());
}

void prepare_staged(const std::string& staged, const DataKey& data_key, const FileKey& key, Random& random) {
  Opened opened = open_with_data_key(staged, data_key, random);
  Tables tables(*opened.db, *opened.sealer);  // verifies the ledger
  opened.db->execute("BEGIN IMMEDIATE");
  tables.key_slots.cancel_change();
  tables.key_slots.put(SlotKind::file, locked_by(key, random),
                       std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  tables.lineage.demand_rekeying(Rekeying::restored);
  tables.lineage.set_halted(false);
  tables.lineage.count_commit();
  opened.db->execute("COMMIT");
  opened.db->checkpoint();
}

void check_copy(const std::string& copy) {
  try {
    SQLite::Database db(copy, SQLite::OPEN_READWRITE);  // so that it leaves no log behind
    db.exec("PRAGMA locking_mode = EXCLUSIVE");         // and no index of one
    const std::string found = db.execAndGet("PRAGMA quick_check(1)").getString();
    if (found != "ok") throw StoreCorrupt("the copy " + copy + " of the database is damaged: " + found);
  } catch (const SQLite::Exception& failure) {
    throw StoreCorrupt("the copy " + copy + " of the database cannot be read: " + failure.what());
  }
}

void put_in_place(const std::string& staged, const std::string& path, const std::string& aside) {
  if (!aside.empty()) {
    if (exists(path + "-wal")) move(path + "-wal", aside + "-wal");
    failpoint("restore.log_moved");
    if (exists(path)) move(path, aside);
    failpoint("restore.database_moved");
  }
  if (exists(path) || exists(path + "-wal"))
    throw StoreUnusable("there is a database at " + path + " already");
  move(staged, path);
  sync_folder(path);
}

}  // namespace omegate::store
