// A layer between SQLite and the files that writes down each write, sync, creation and removal, in order.
//
// Only files below one folder; all others pass through. Not here: what a power cut makes of it (disk.hpp).
// Source: the VFS interface of SQLite, https://www.sqlite.org/vfs.html; which syncs reach the folder:
// os_unix.c, UNIXFILE_DIRSYNC.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"

namespace omegate::power {

/// One thing that was done to the disk. `inode` is the file itself, `name` where the folder shows it.
struct Op {
  enum class Kind { create, remove, write, truncate, sync };
  Kind kind = Kind::write;
  std::size_t inode = 0;
  std::string name{};        // of create and remove: the file's name without folder
  std::int64_t at = 0;       // of write: the offset; of truncate: the new size
  Bytes bytes{};             // of write
  bool with_folder = false;  // of sync and remove: the folder is synced as well
};

/// While it lives it is SQLite's default layer; there is one at a time.
class Recorder {
 public:
  explicit Recorder(std::string folder);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// How many things were done so far: a moment. From any thread.
  std::size_t moment() const;
  std::vector<Op> history() const;

 private:
  sqlite3_vfs vfs_{};
};

}  // namespace omegate::power
