#include "bridge/edge/store/copying.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/files.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

namespace {

SQLite::Database make_copy(const std::string& path) {
  const OpenFile created(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!created) throw StoreUnusable("cannot make the copy " + path + ": " + last_system_error());
  SQLite::Database copy(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
  copy.exec(
      "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");  // thrown away if we do not come to its end
  return copy;
}

}  // namespace

Copying::Copying(Connection& db, const std::string& path)
    : copy_(make_copy(path)), backup_(copy_, db.database()) {}

bool Copying::step() {
  try {
    return backup_.executeStep(pages_per_portion) != SQLITE_DONE;
  } catch (const SQLite::Exception& failure) {
    throw StoreError(std::string("the copy of the database cannot be made: ") + failure.what());
  }
}

}  // namespace omegate::store
