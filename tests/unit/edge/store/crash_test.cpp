// SIGKILL around commits: what was promised is there afterwards, what was not is all or nothing.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

constexpr const char* path_variable = "OMEGATE_TEST_DATABASE";
constexpr int works_of_child = 12;

/// What the child process does; by itself it tests nothing. It tells what was promised by one byte on its
/// standard error after each commit.
TEST(CrashChild, Works) {
  const char* const path = std::getenv(path_variable);
  if (!path) return;
  Store store(path, key_of(7));
  for (int i = 0; i < works_of_child; ++i) {
    store.run([i](Tables& t) {
      const AccountId bot = t.accounts.id_of("bot@example.org");
      t.kv.put("plugin", "left" + std::to_string(i), as_bytes("x"));
      t.seen.add(bot, std::to_string(i), WallTime(1ms));
      trust::Entry entry;
      entry.account = "bot@example.org";
      entry.peer = "peer" + std::to_string(i) + "@example.org";
      t.ledger.append(entry, WallTime(1ms));
      t.kv.put("plugin", "right" + std::to_string(i), as_bytes("x"));
    });
    if (write(STDERR_FILENO, "#", 1) != 1) std::abort();
  }
}

struct Crash : testing::Test {
  /// Runs the child until it is killed or done. How many works it was told to be stored.
  int run_child(const std::string& failpoint) {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child == 0) {
      dup2(pipe_ends[1], STDERR_FILENO);
      dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
      close(pipe_ends[0]);
      setenv(path_variable, path.c_str(), 1);
      setenv("OMEGATE_FAILPOINT", failpoint.c_str(), 1);
      execl("/proc/self/exe", "child", "--gtest_filter=CrashChild.Works", "--gtest_output=", nullptr);
      _exit(127);
    }
    close(pipe_ends[1]);
    int promised = 0;
    for (char c; read(pipe_ends[0], &c, 1) == 1;) promised += c == '#' ? 1 : 0;
    close(pipe_ends[0]);
    waitpid(child, &status, 0);
    return promised;
  }

  bool was_killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }

  /// How many works are in the database; each of them whole.
  int stored() {
    Store store(path, key_of(7));
    return store.run([](Tables& t) {
      const auto left = t.kv.keys("plugin", "left"), right = t.kv.keys("plugin", "right");
      EXPECT_EQ(left.size(), right.size());
      EXPECT_EQ(t.ledger.view().seq(), left.size());
      EXPECT_FALSE(t.ledger.verify().fault);
      const AccountId bot = t.accounts.id_of("bot@example.org");
      for (int i = 0; i < works_of_child; ++i) {
        const bool is_left = std::find(left.begin(), left.end(), "left" + std::to_string(i)) != left.end();
        EXPECT_EQ(t.seen.contains(bot, std::to_string(i)), is_left);
      }
      return static_cast<int>(left.size());
    });
  }

  TempFolder folder;
  std::string path = folder.file("omegate.db");
  int status = 0;
};

TEST_F(Crash, BeforeEachCommitKeepsWhatWasPromisedAndNothingOfTheWork) {
  for (int hit = 1; hit <= works_of_child; hit += 3) {
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-wal");
    const int promised = run_child("store.before_commit:" + std::to_string(hit) + ":kill");
    EXPECT_TRUE(was_killed());
    EXPECT_EQ(promised, hit - 1);
    EXPECT_EQ(stored(), hit - 1);
  }
}

TEST_F(Crash, AfterEachCommitKeepsTheWorkAlthoughNobodyWasTold) {
  for (int hit = 1; hit <= works_of_child; hit += 3) {
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-wal");
    const int promised = run_child("store.after_commit:" + std::to_string(hit) + ":kill");
    EXPECT_TRUE(was_killed());
    EXPECT_EQ(promised, hit - 1);
    EXPECT_EQ(stored(), hit);
  }
}

TEST_F(Crash, DuringTheFirstMigrationLeavesNothingBehind) {
  EXPECT_EQ(run_child("store.before_migration:1:kill"), 0);
  EXPECT_TRUE(was_killed());
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(run_child("never:1:kill"), works_of_child);
  EXPECT_EQ(stored(), works_of_child);
}

}  // namespace
}  // namespace omegate::store
