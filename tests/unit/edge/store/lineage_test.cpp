// Old copies of the database are noticed, each of them; crashes are never taken for one.
#include "bridge/edge/store/lineage.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

constexpr const char* folder_variable = "OMEGATE_TEST_LINEAGE";
constexpr int works_of_child = 4;

Options with_anchor(const std::string& anchor) {
  Options options;
  options.anchor = anchor;
  return options;
}

void do_work(Store& store, int number) {
  store.run([number](Tables& t) {
    t.kv.put("plugin", "work" + std::to_string(number), as_bytes("x"));
    trust::Entry entry;
    entry.account = "bot@example.org";
    entry.peer = "peer" + std::to_string(number) + "@example.org";
    t.ledger.append(entry, WallTime(1ms));
  });
}

/// By itself it tests nothing: the process that is killed.
TEST(LineageChild, Works) {
  const char* const folder = std::getenv(folder_variable);
  if (!folder) return;
  Store store(std::string(folder) + "/omegate.db", key_of(7), with_anchor(std::string(folder) + "/anchor/a"));
  for (int i = 0; i < works_of_child; ++i) do_work(store, i);
}

struct LineageTest : testing::Test {
  Store open() { return Store(path, key_of(7), with_anchor(anchor)); }

  std::optional<Rekeying> due(Store& store) {
    return store.run([](Tables& t) { return t.lineage.rekeying_due(); });
  }
  std::optional<Rekeying> due_after_start() {
    Store store(path, key_of(7), with_anchor(anchor));
    return due(store);
  }
  void settle() {
    Store store(path, key_of(7), with_anchor(anchor));
    store.run([](Tables& t) { t.lineage.note_rekeyed(WallTime(5ms)); });
  }
  void work(int number) {
    Store store(path, key_of(7), with_anchor(anchor));
    do_work(store, number);
  }

  struct Copy {
    std::string database, log;
  };
  Copy copy() const { return {read_file(path), read_file(path + "-wal")}; }
  void put_back(const Copy& old) {
    write_file(path, old.database);
    if (old.log.empty()) {
      std::filesystem::remove(path + "-wal");
    } else {
      write_file(path + "-wal", old.log);
    }
  }

  /// Runs the child until the failpoint kills it. False if it came to its end.
  bool killed_at(const std::string& failpoint) {
    const pid_t child = fork();
    if (child == 0) {
      dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
      setenv(folder_variable, folder.path().c_str(), 1);
      setenv("OMEGATE_FAILPOINT", (failpoint + ":kill").c_str(), 1);
      execl("/proc/self/exe", "child", "--gtest_filter=LineageChild.Works", "--gtest_output=", nullptr);
      _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  TempFolder folder;
  std::string path = folder.file("omegate.db");
  std::string anchor = folder.file("anchor/a");
};

TEST_F(LineageTest, RestartsAreNothing) {
  for (int i = 0; i < 3; ++i) {
    work(i);
    EXPECT_FALSE(due_after_start());
  }
}

// case 121
TEST_F(LineageTest, ACopyFromBeforeTheLastCommitIsNoticed) {
  work(0);
  const Copy old = copy();
  work(1);
  put_back(old);
  EXPECT_EQ(due_after_start(), Rekeying::rolled_back);
}

// With the log beside it, as a snapshot of the file system takes it: each commit counts, not each start.
// case 162
TEST_F(LineageTest, ACopyOfTheRunningDatabaseIsNoticedHoweverLittleItLacks) {
  for (int after = 0; after < 3; ++after) {
    Copy old;
    {
      Store store = open();
      for (int i = 0; i < after; ++i) do_work(store, i);
      old = copy();
      do_work(store, 99);
    }
    put_back(old);
    EXPECT_EQ(due_after_start(), Rekeying::rolled_back) << after;
    settle();
  }
}

TEST_F(LineageTest, ACopyTakenAtTheVeryEndIsTheDatabaseItself) {
  work(0);
  const Copy same = copy();
  put_back(same);
  EXPECT_FALSE(due_after_start());
}

TEST_F(LineageTest, ItIsDueUntilItIsDoneAndOnlyOnce) {
  work(0);
  const Copy old = copy();
  work(1);
  put_back(old);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(due_after_start(), Rekeying::rolled_back);
  settle();
  EXPECT_FALSE(due_after_start());
  Store store = open();
  const auto last = store.run([](Tables& t) { return t.lineage.last_rekeyed(); });
  ASSERT_TRUE(last);
  EXPECT_EQ(last->cause, Rekeying::rolled_back);
  EXPECT_EQ(last->at, WallTime(5ms));
}

// It ran elsewhere, with an anchor of its own, and has more commits by now.
// case 163
TEST_F(LineageTest, ACopyThatWentItsOwnWayIsNoticed) {
  work(0);
  const Copy old = copy();
  work(1);
  const std::string ours = read_file(anchor);
  put_back(old);
  std::filesystem::remove(anchor);
  settle();
  for (int i = 2; i < 8; ++i) work(i);
  write_file(anchor, ours);
  EXPECT_EQ(due_after_start(), Rekeying::rolled_back);
}

TEST_F(LineageTest, WithoutItsAnchorNobodyKnows) {
  work(0);
  std::filesystem::remove(anchor);
  EXPECT_EQ(due_after_start(), Rekeying::anchor_lost);
  settle();
  write_file(anchor, "garbage");
  EXPECT_EQ(due_after_start(), Rekeying::anchor_lost);
}

TEST_F(LineageTest, AnAnchorWhereThereWasNoneBeforeIsNothing) {
  { Store store(path, key_of(7)); }
  EXPECT_FALSE(due_after_start());
}

TEST_F(LineageTest, ADatabaseThatIsGoneIsNotBegunAnew) {
  work(0);
  std::filesystem::remove(path);
  const std::string text = complaint_of<StoreCorrupt>([&] { open(); });
  EXPECT_NE(text.find(path), std::string::npos);
  EXPECT_NE(text.find(anchor), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::remove(anchor);
  EXPECT_NO_THROW(open());
}

// case 163
TEST_F(LineageTest, ASecondCopyThatRunsAtTheSameTimeIsRefused) {
  work(0);
  const std::string clone = folder.file("clone.db");
  write_file(clone, read_file(path));
  Store first = open();
  EXPECT_THROW(Store(clone, key_of(7), with_anchor(anchor)), StoreLocked);
  do_work(first, 1);
}

// case 121
TEST_F(LineageTest, ALedgerThatWasShortenedWithTheKeyIsNoticed) {
  work(0);
  {  // As one with the data key can: rows, head and signatures fit.
    Store store(path, key_of(7), with_anchor(anchor));
    do_work(store, 1);
  }
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec("DROP TRIGGER ledger_is_never_updated; UPDATE ledger SET hash = zeroblob(32) WHERE seq = 2");
  EXPECT_NE(complaint_of<StoreCorrupt>([&] { open(); }).find("row 2"), std::string::npos);
}

TEST_F(LineageTest, AnAnchorThatCannotBeWrittenStopsTheGateway) {
  std::string said;
  Options options = with_anchor("/dev/full");
  EXPECT_THROW(Store(path, key_of(7), options), StoreUnusable) << "it is not even a file";
}

TEST_F(LineageTest, DoesNotTakeWhatAPowerCutMayForgetForAnOldCopy) {
  settle();
  Copy before;
  {
    Store store = open();
    do_work(store, 1);
    before = copy();
    asio::io_context here;
    auto done = asio::co_spawn(here, store.transact_without_sync([](Tables& t) { t.kv.put("plugin", "light", as_bytes("x")); }),
                               asio::use_future);
    here.run();
    done.get();
    EXPECT_TRUE(store.run([](Tables& t) { return t.kv.get("plugin", "light").has_value(); }));
  }
  put_back(before);  // the disk as it was synced last
  EXPECT_EQ(due_after_start(), std::nullopt);
}

// The table in anchor.hpp and the list in lineage.hpp, each step at several commits.
// case 121
TEST_F(LineageTest, ACrashAtAnyStepIsNoRollback) {
  for (const char* step :
       {"store.before_epoch", "store.after_epoch", "store.after_first_mark", "store.after_anchored",
        "store.before_commit", "store.after_commit", "store.after_mark"}) {
    for (int hit = 1; hit <= works_of_child; ++hit) {
      std::filesystem::remove(path);
      std::filesystem::remove(path + "-wal");
      std::filesystem::remove_all(folder.file("anchor"));
      const bool killed = killed_at(std::string(step) + ":" + std::to_string(hit));
      ASSERT_TRUE(killed || hit > 1) << step;
      if (!killed) break;  // the steps of a start come once
      EXPECT_FALSE(due_after_start()) << step << ", time " << hit;
      EXPECT_FALSE(due_after_start());
    }
  }
}

TEST_F(LineageTest, ACrashDuringALaterStartIsNone) {
  for (const char* step : {"store.before_epoch", "store.after_epoch", "store.after_first_mark"}) {
    work(0);
    EXPECT_TRUE(killed_at(std::string(step) + ":1")) << step;
    EXPECT_FALSE(due_after_start()) << step;
  }
}

TEST_F(LineageTest, AnOldCopyIsNoticedAfterACrashToo) {
  for (const char* step : {"store.before_commit:3", "store.after_commit:3", "store.after_mark:3"}) {
    work(0);
    const Copy old = copy();
    EXPECT_TRUE(killed_at(step));
    put_back(old);
    EXPECT_EQ(due_after_start(), Rekeying::rolled_back) << step;
    settle();
  }
}

// The start that notices is killed: the next one still knows, and knows it once.
TEST_F(LineageTest, ACrashWhileAnOldCopyIsNoticedLosesNothing) {
  for (const char* step : {"store.before_epoch:1", "store.after_epoch:1", "store.after_first_mark:1"}) {
    work(0);
    const Copy old = copy();
    work(1);
    put_back(old);
    EXPECT_TRUE(killed_at(step));
    EXPECT_EQ(due_after_start(), Rekeying::rolled_back) << step;
    settle();
    EXPECT_FALSE(due_after_start()) << step;
  }
}

}  // namespace
}  // namespace omegate::store
