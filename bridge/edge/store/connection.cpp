#include "bridge/edge/store/connection.hpp"

#include <sqlite3.h>

#include <cassert>

#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/schema.hpp"

namespace omegate::store {

namespace {

const int open_flags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;

// FULL, not NORMAL: a ratchet step that a power cut takes back would use its key twice.
// Exclusive: keeps a second process out, and needs no shared memory beside the file.
#ifdef OMEGATE_SABOTAGE_SYNC_NORMAL  // for one test program: tests/power/control.cmake
constexpr const char* synchronous = "PRAGMA synchronous = NORMAL";
#else
constexpr const char* synchronous = "PRAGMA synchronous = FULL";
#endif
constexpr const char* settings[] = {
    synchronous,
    "PRAGMA foreign_keys = ON",      "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",   "PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 0",  // the store does it, see Connection::checkpoint
};

SQLite::Database open(const std::string& path) {
  try {
    return SQLite::Database(path, open_flags);
  } catch (const SQLite::Exception& failure) {
    throw StoreUnusable("cannot open the database " + path + ": " + failure.what());
  }
}

/// After these nobody knows what is on the disk.
bool leaves_state_unknown(int code) {
  return code == SQLITE_IOERR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_PROTOCOL;
}

}  // namespace

Connection::Connection(const std::string& path, int max_pages) : db_(open(path)) {
  try {
    set_up(max_pages);
  } catch (const SQLite::Exception& failure) {
    const std::string what = failure.what();
    switch (failure.getErrorCode()) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        throw StoreLocked("the database " + path +
                          " is in use by another process; is a gateway already running on it?");
      case SQLITE_NOTADB:
        throw StoreCorrupt(path + " is not a database; it is left as it is");
      case SQLITE_CORRUPT:
        throw StoreCorrupt("the database " + path + " is damaged (" + what + "); restore a backup");
      default:
        throw StoreUnusable("cannot use the database " + path + ": " + what);
    }
  }
}

void Connection::set_up(int max_pages) {
  sqlite3* const handle = db_.getHandle();
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  db_.exec("PRAGMA locking_mode = EXCLUSIVE");
  refuse_foreign();
  if (db_.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
    throw StoreUnusable("the file system of " + db_.getFilename() + " does not support a write-ahead log");
  for (const char* setting : settings) db_.exec(setting);
  db_.exec("PRAGMA cache_size = -" + std::to_string(page_cache));
  if (max_pages > 0) db_.exec("PRAGMA max_page_count = " + std::to_string(max_pages));
  // The lock is taken by the first write, not by opening: take it now.
  db_.exec("BEGIN IMMEDIATE; COMMIT");
  const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle, count_pages, this);
}

void Connection::refuse_foreign() {
  const bool empty = db_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (empty || db_.execAndGet("PRAGMA application_id").getInt64() == application_id) return;
  throw StoreCorrupt(db_.getFilename() + " is the database of another program; it is left as it is");
}

void Connection::execute(const char* sql) {
  try {
    db_.exec(sql);
  } catch (const SQLite::Exception& failure) {
    fail(failure);
  }
}

bool Connection::idle() { return sqlite3_get_autocommit(db_.getHandle()) != 0; }

void Connection::sync_commits(bool on) {
  if (syncs_commits_ == on) return;
  execute(on ? synchronous : "PRAGMA synchronous = NORMAL");
  syncs_commits_ = on;
}

void Connection::checkpoint() {
  Query(*this, "PRAGMA wal_checkpoint(TRUNCATE)").next();
  log_pages_ = 0;
}

Connection::Prepared& Connection::prepare(const char* sql) {
  auto& prepared = prepared_[sql];
  if (!prepared) {
    try {
      prepared = std::make_unique<Prepared>(Prepared{SQLite::Statement(db_, sql)});
    } catch (const SQLite::Exception& failure) {
      fail(failure);
    }
  }
  return *prepared;
}

void Connection::fail(const SQLite::Exception& failure) {
  const int code = failure.getErrorCode() & 0xff;
  const std::string what = std::string("database: ") + failure.what();
  if (leaves_state_unknown(code)) broken_ = what;
  if (code == SQLITE_FULL) throw DiskFull("the disk is full: nothing was stored");
  throw StoreError(what);
}

Query::Query(Connection& db, const char* sql) : db_(db), prepared_(db.prepare(sql)) {
  assert(!prepared_.in_use);  // a statement has one cursor
  prepared_.in_use = true;
}

Query::~Query() {
  prepared_.statement.tryReset();
  prepared_.statement.clearBindings();
  prepared_.in_use = false;
}

Query& Query::bind(std::int64_t value) {
  prepared_.statement.bind(++bound_, value);
  return *this;
}

Query& Query::bind(std::string_view value) {
  prepared_.statement.bind(++bound_, std::string(value));
  return *this;
}

Query& Query::bind(ByteView value) {
  const void* const data = value.empty() ? "" : static_cast<const void*>(value.data());  // null would be NULL
  prepared_.statement.bind(++bound_, data, static_cast<int>(value.size()));
  return *this;
}

Query& Query::bind(std::nullopt_t) {
  prepared_.statement.bind(++bound_);
  return *this;
}

bool Query::next() {
  try {
    return prepared_.statement.executeStep();
  } catch (const SQLite::Exception& failure) {
    db_.fail(failure);
  }
}

std::size_t Query::run() {
  while (next()) {
  }
  return static_cast<std::size_t>(prepared_.statement.getChanges());
}

bool Query::is_null(int column) { return prepared_.statement.getColumn(column).isNull(); }
std::int64_t Query::integer(int column) { return prepared_.statement.getColumn(column).getInt64(); }
std::string Query::text(int column) { return prepared_.statement.getColumn(column).getString(); }

Bytes Query::blob(int column) {
  const SQLite::Column value = prepared_.statement.getColumn(column);
  const auto* const data = static_cast<const Byte*>(value.getBlob());
  return data ? Bytes(data, data + value.getBytes()) : Bytes();
}

}  // namespace omegate::store
