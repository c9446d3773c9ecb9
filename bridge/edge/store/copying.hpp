// A consistent copy of the whole database while it is in use, in portions.
//
// SQLite's backup interface over the one connection there is: what is written between two portions is written
// to the copy as well, so the copy is the state at its end. Used on the store's thread only, outside of
// transactions. Not here: making a backup of it (backup_file.hpp).
#pragma once

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Database.h>

#include <string>

namespace omegate::store {

class Connection;

class Copying {
 public:
  /// Makes the file at `path`, 0600; nothing may be there. Throws `StoreUnusable`.
  Copying(Connection& db, const std::string& path);

  /// The next portion. False behind the last one. Throws `StoreError`.
  bool step();

 private:
  SQLite::Database copy_;
  SQLite::Backup backup_;
};

}  // namespace omegate::store
