#include "tests/power/recorder.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>

namespace omegate::power {
namespace {

/// What the callbacks of SQLite, which are plain functions, write into.
struct Record {
  std::mutex mutex;  // the store has a thread of its own, and the test asks for moments
  std::string folder;
  std::vector<Op> ops;
  std::map<std::string, std::size_t> inodes;  // of the names that are there
  std::size_t next_inode = 0;

  void add(Op op) {
    const std::lock_guard lock(mutex);
    ops.push_back(std::move(op));
  }
};

Record* record = nullptr;

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  return vfs;
}

/// A file of ours: our methods in front, the real file behind.
struct RecordedFile {
  sqlite3_file base;
  sqlite3_file* real;
  std::size_t inode;
  bool syncs_folder;  // the next sync reaches the folder, too: the first one of a log or journal
};

RecordedFile* ours(sqlite3_file* file) { return reinterpret_cast<RecordedFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file)->real; }

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  const auto* const bytes = static_cast<const Byte*>(from);
  record->add({.kind = Op::Kind::write, .inode = ours(file)->inode, .at = at, .bytes = Bytes(bytes, bytes + size)});
  return real(file)->pMethods->xWrite(real(file), from, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  record->add({.kind = Op::Kind::truncate, .inode = ours(file)->inode, .at = size});
  return real(file)->pMethods->xTruncate(real(file), size);
}

int sync(sqlite3_file* file, int flags) {
  const int answer = real(file)->pMethods->xSync(real(file), flags);
  record->add({.kind = Op::Kind::sync, .inode = ours(file)->inode, .with_folder = ours(file)->syncs_folder});
  ours(file)->syncs_folder = false;
  return answer;
}

const sqlite3_io_methods recorded_methods = {
    1,
    [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, size, at);
    },
    &write,
    &truncate,
    &sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* held) { return real(f)->pMethods->xCheckReservedLock(real(f), held); },
    [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

bool is_recorded(const char* name) {
  return name && std::filesystem::path(name).parent_path() == record->folder;
}

/// The inode behind the name; a new one if there was none.
std::size_t inode_of(const std::string& name) {
  const std::lock_guard lock(record->mutex);
  const auto [place, is_new] = record->inodes.emplace(name, record->next_inode);
  if (is_new) {
    ++record->next_inode;
    record->ops.push_back({.kind = Op::Kind::create, .inode = place->second, .name = name});
  }
  return place->second;
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  if (!is_recorded(name)) return real_vfs()->xOpen(real_vfs(), name, file, flags, out_flags);
  RecordedFile* const recorded = ours(file);
  recorded->real = reinterpret_cast<sqlite3_file*>(recorded + 1);
  const int answer = real_vfs()->xOpen(real_vfs(), name, recorded->real, flags, out_flags);
  recorded->base.pMethods = recorded->real->pMethods ? &recorded_methods : nullptr;
  if (answer != SQLITE_OK) return answer;
  recorded->inode = inode_of(std::filesystem::path(name).filename());
  recorded->syncs_folder = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  return answer;
}

int remove(sqlite3_vfs*, const char* name, int with_folder) {
  const int answer = real_vfs()->xDelete(real_vfs(), name, with_folder);
  if (answer != SQLITE_OK || !is_recorded(name)) return answer;
  const std::lock_guard lock(record->mutex);
  const std::string file = std::filesystem::path(name).filename();
  const auto place = record->inodes.find(file);
  if (place == record->inodes.end()) return answer;
  record->ops.push_back(
      {.kind = Op::Kind::remove, .inode = place->second, .name = file, .with_folder = with_folder != 0});
  record->inodes.erase(place);
  return answer;
}

}  // namespace

Recorder::Recorder(std::string folder) : vfs_(*real_vfs()) {
  if (record) throw std::logic_error("one recorder at a time");
  record = new Record;
  record->folder = std::move(folder);
  vfs_.zName = "recorder";
  vfs_.szOsFile = static_cast<int>(sizeof(RecordedFile)) + real_vfs()->szOsFile;
  vfs_.xOpen = &open;
  vfs_.xDelete = &remove;
  sqlite3_vfs_register(&vfs_, 1);
}

Recorder::~Recorder() {
  sqlite3_vfs_register(real_vfs(), 1);
  sqlite3_vfs_unregister(&vfs_);
  delete record;
  record = nullptr;
}

std::size_t Recorder::moment() const {
  const std::lock_guard lock(record->mutex);
  return record->ops.size();
}

std::vector<Op> Recorder::history() const {
  const std::lock_guard lock(record->mutex);
  return record->ops;
}

}  // namespace omegate::power
