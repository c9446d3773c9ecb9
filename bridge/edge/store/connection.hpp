// The SQLite connection and prepared statements. The only header here that knows the engine.
//
// Not here: transactions (store.cpp), the schema (schema.hpp), SQL (each table's own file).
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/id.hpp"
#include "bridge/core/base/time.hpp"

namespace omegate::store {

/// Opens `path` and keeps the statements, each compiled once.
class Connection {
 public:
  /// Opens or creates the file, takes it exclusively and sets it up.
  /// Throws `StoreLocked`, `StoreUnusable`, `StoreCorrupt`.
  Connection(const std::string& path, int max_pages);

  /// For statements without values and rows. Throws as `Query` does.
  void execute(const char* sql);

  /// Whether the next transactions are synced when they are committed; between transactions. One that is not is on the disk
  /// after the next that is, survives the end of the process, and not a power cut. True at first.
  void sync_commits(bool on);

  /// False between BEGIN and COMMIT or ROLLBACK. SQLite rolls back by itself after some errors.
  bool idle();

  /// Set when a statement failed in a way that makes the state of the file unknown: stop.
  const std::optional<std::string>& broken() const { return broken_; }

  /// For a copy of all of it.
  SQLite::Database& database() { return db_; }

  /// Rows changed since it was opened: differs after a transaction that wrote something.
  std::int64_t changes() { return db_.getTotalChanges(); }

  /// Pages in the log behind the database after the last commit.
  int log_pages() const { return log_pages_; }

  /// Folds the log into the database and empties it: what was deleted is gone from both.
  void checkpoint();

  /// Throws what this failure of SQLite means: `DiskFull`, `StoreLocked` or `StoreError`.
  [[noreturn]] void fail(const SQLite::Exception& failure);

 private:
  friend class Query;
  struct Prepared {
    SQLite::Statement statement;
    bool in_use = false;
  };
  Prepared& prepare(const char* sql);
  void set_up(int max_pages);
  void refuse_foreign();  // before anything of another program's file is changed

  SQLite::Database db_;
  std::unordered_map<const char*, std::unique_ptr<Prepared>> prepared_;  // by the literal's address
  std::optional<std::string> broken_;
  int log_pages_ = 0;
  bool syncs_commits_ = true;
};

/// One use of a prepared statement: bind values, then read rows or run it. `sql` is a string literal.
/// Values are copied. Columns count from 0. Throws `DiskFull` or `StoreError`.
class Query {
 public:
  Query(Connection& db, const char* sql);
  template <class... Values>
  Query(Connection& db, const char* sql, const Values&... values) : Query(db, sql) {
    (bind(values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::int64_t value);
  Query& bind(int value) { return bind(std::int64_t{value}); }
  Query& bind(std::uint32_t value) { return bind(std::int64_t{value}); }
  Query& bind(std::uint64_t value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(bool value) { return bind(std::int64_t{value}); }
  Query& bind(WallTime value) { return bind(to_ms(value)); }
  Query& bind(std::string_view value);
  Query& bind(const std::string& value) { return bind(std::string_view(value)); }
  Query& bind(const char* value) { return bind(std::string_view(value)); }
  Query& bind(ByteView value);
  Query& bind(const Bytes& value) { return bind(ByteView(value)); }
  Query& bind(std::nullopt_t);
  template <class Tag, class Rep>
  Query& bind(const Id<Tag, Rep>& id) {
    return bind(id.value());
  }
  template <class Value>
  Query& bind(const std::optional<Value>& value) {
    return value ? bind(*value) : bind(std::nullopt);
  }

  /// Moves to the next row; false behind the last one.
  bool next();
  /// To the end. How many rows were inserted, updated or deleted.
  std::size_t run();

  bool is_null(int column);
  std::int64_t integer(int column);
  std::string text(int column);
  Bytes blob(int column);  // empty for NULL
  WallTime time(int column) { return from_ms(integer(column)); }
  std::optional<WallTime> maybe_time(int column) {
    return is_null(column) ? std::nullopt : std::optional(time(column));
  }

 private:
  Connection& db_;
  Connection::Prepared& prepared_;
  int bound_ = 0;
};

}  // namespace omegate::store
