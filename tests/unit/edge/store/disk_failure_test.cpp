// A disk that fails at the moment of the commit, by a layer between SQLite and the real files.
#include <sqlite3.h>

#include <atomic>
#include <cstring>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

/// What the next write or sync of the log answers; SQLITE_OK: it is done.
std::atomic<int> write_answer = SQLITE_OK;
std::atomic<int> sync_answer = SQLITE_OK;

/// A file of the failing layer: our methods in front, the real file behind.
struct FailingFile {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<FailingFile*>(file)->real; }

const sqlite3_io_methods failing_methods = {
    1,
    [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, size, at);
    },
    [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      if (write_answer != SQLITE_OK) return write_answer.load();
      return real(f)->pMethods->xWrite(real(f), from, size, at);
    },
    [](sqlite3_file* f, sqlite3_int64 size) { return real(f)->pMethods->xTruncate(real(f), size); },
    [](sqlite3_file* f, int flags) {
      if (sync_answer != SQLITE_OK) return sync_answer.load();
      return real(f)->pMethods->xSync(real(f), flags);
    },
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

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
  return vfs;
}

int open_failing(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const failing = reinterpret_cast<FailingFile*>(file);
  failing->real = reinterpret_cast<sqlite3_file*>(failing + 1);
  const int answer = real_vfs()->xOpen(real_vfs(), name, failing->real, flags, out_flags);
  failing->base.pMethods = failing->real->pMethods ? &failing_methods : nullptr;
  return answer;
}

struct DiskFailure : StoreTest {
  DiskFailure() {
    store.reset();
    vfs = *real_vfs();
    vfs.zName = "failing";
    vfs.szOsFile = static_cast<int>(sizeof(FailingFile)) + real_vfs()->szOsFile;
    vfs.xOpen = &open_failing;
    sqlite3_vfs_register(&vfs, 1);
    open({.on_fatal = [this](const std::string& why) { fatal = why; },
          .abort_on_fatal = false,
          .max_pages = 0});
  }
  ~DiskFailure() override {
    write_answer = sync_answer = SQLITE_OK;
    store.reset();
    sqlite3_vfs_register(real_vfs(), 1);
    sqlite3_vfs_unregister(&vfs);
  }

  void add(const std::string& jid) {
    in([&](Tables& t) {
      t.accounts.id_of(jid);
      trust::Entry entry;
      entry.account = jid;
      entry.peer = "juliet@example.org";
      t.ledger.append(entry, now);
    });
  }
  std::vector<std::string> accounts() {
    return in([](Tables& t) { return t.accounts.all(); });
  }

  sqlite3_vfs vfs{};
  std::string fatal;
};

// case 143
TEST_F(DiskFailure, AFullDiskAtTheCommitLosesNothingAndTheStoreGoesOn) {
  add("before@example.org");
  write_answer = SQLITE_FULL;
  EXPECT_THROW(add("full@example.org"), DiskFull);
  EXPECT_EQ(accounts(), std::vector<std::string>{"before@example.org"});
  EXPECT_EQ(in([](Tables& t) { return t.ledger.view().seq(); }), 1u);
  write_answer = SQLITE_OK;
  add("room@example.org");
  EXPECT_FALSE(in([](Tables& t) { return t.ledger.verify(); }).fault);
  EXPECT_EQ(fatal, "");
  open();
  EXPECT_EQ(accounts(), (std::vector<std::string>{"before@example.org", "room@example.org"}));
}

// case 140
TEST_F(DiskFailure, AfterAFailedSyncNothingIsBelievedAnyMore) {
  add("before@example.org");
  sync_answer = SQLITE_IOERR_FSYNC;
  EXPECT_THROW(add("lost@example.org"), StoreCorrupt);
  EXPECT_NE(fatal, "");
  sync_answer = SQLITE_OK;
  EXPECT_THROW(add("later@example.org"), StoreCorrupt);
  EXPECT_THROW(accounts(), StoreCorrupt);
}

// case 140
TEST_F(DiskFailure, AFailedWriteStopsTheStoreToo) {
  add("before@example.org");
  write_answer = SQLITE_IOERR_WRITE;
  EXPECT_THROW(add("lost@example.org"), StoreCorrupt);
  EXPECT_NE(fatal, "");
}

using DiskFailureDeathTest = DiskFailure;

// case 140
TEST_F(DiskFailureDeathTest, TheProcessEndsUnlessATestAsksOtherwise) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  store.reset();
  EXPECT_DEATH(
      {
        open({.on_fatal = [](const std::string& why) { std::fputs(why.c_str(), stderr); },
              .abort_on_fatal = true,
              .max_pages = 0});
        sync_answer = SQLITE_IOERR_FSYNC;
        add("lost@example.org");
      },
      "must not be used");
}

}  // namespace
}  // namespace omegate::store
