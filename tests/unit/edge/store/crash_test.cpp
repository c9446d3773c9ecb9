// SIGKILL around commits: what was promised is there afterwards, what was not is all or nothing.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <cstdlib>
#include <future>
#include <thread>

#include "tests/unit/edge/store/fixture.hpp"
#include "test_places.hpp"

namespace omegate::store {
namespace {

constexpr const char* path_variable = "OMEGATE_TEST_DATABASE";
constexpr int works_of_child = 12;

void work_number(Tables& t, int i) {
  const AccountId bot = t.accounts.id_of("bot@example.org");
  t.kv.put("plugin", "left" + std::to_string(i), as_bytes("x"));
  t.seen.add(bot, std::to_string(i), WallTime(1ms));
  trust::Entry entry;
  entry.account = "bot@example.org";
  entry.peer = "peer" + std::to_string(i) + "@example.org";
  t.ledger.append(entry, WallTime(1ms));
  t.kv.put("plugin", "right" + std::to_string(i), as_bytes("x"));
}

/// What was promised is told by one byte on the standard error.
void promise() {
  if (write(STDERR_FILENO, "#", 1) != 1) std::abort();
}

/// What the child process does; by itself it tests nothing.
TEST(CrashChild, Works) {
  const char* const path = std::getenv(path_variable);
  if (!path) return;
  Store store(path, key_of(7));
  for (int i = 0; i < works_of_child; ++i) {
    store.run([i](Tables& t) { work_number(t, i); });
    promise();
  }
}

asio::awaitable<void> actor(Store& store, int i) {
  const auto work = [i](Tables& t) { work_number(t, i); };
  co_await store.transact(work);
  promise();
}

/// The same with all works in one batch: they wait while the first transaction is held.
TEST(CrashChild, WorksInOneBatch) {
  const char* const path = std::getenv(path_variable);
  if (!path) return;
  asio::thread_pool actors{1};
  Store store(path, key_of(7));
  std::promise<void> held, all_wait;
  std::thread holder([&] {
    store.run([&](Tables&) {
      held.set_value();
      all_wait.get_future().wait();
    });
  });
  held.get_future().wait();
  for (int i = 0; i < works_of_child; ++i) asio::co_spawn(actors, actor(store, i), asio::detached);
  asio::post(actors, [&] { all_wait.set_value(); });
  holder.join();
  actors.join();
}

struct Crash : testing::Test {
  /// Runs the child until it is killed or done. How many works it was told to be stored.
  int run_child(const std::string& failpoint, const char* works = "CrashChild.Works",
                const char* program = "/proc/self/exe") {
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    const pid_t child = fork();
    if (child == 0) {
      dup2(pipe_ends[1], STDERR_FILENO);
      dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
      close(pipe_ends[0]);
      setenv(path_variable, path.c_str(), 1);
      setenv("OMEGATE_FAILPOINT", failpoint.c_str(), 1);
      const std::string filter = "--gtest_filter=" + std::string(works);
      execl(program, "child", filter.c_str(), "--gtest_output=", nullptr);
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

// case 125
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

constexpr const char* in_one_batch = "CrashChild.WorksInOneBatch";

// The first commit is that of the work that holds the others up.
TEST_F(Crash, BeforeTheCommitOfABatchNobodyOfItWasTold) {
  EXPECT_EQ(run_child("store.before_commit:2:kill", in_one_batch), 0);
  EXPECT_TRUE(was_killed());
  EXPECT_EQ(stored(), 0);
}

TEST_F(Crash, AfterTheCommitOfABatchAllOfItIsThereAlthoughNobodyWasTold) {
  EXPECT_EQ(run_child("store.after_commit:2:kill", in_one_batch), 0);
  EXPECT_TRUE(was_killed());
  EXPECT_EQ(stored(), works_of_child);
  std::filesystem::remove(path);
  EXPECT_EQ(run_child("store.before_commit:3:kill", in_one_batch), works_of_child);  // there is no third
  EXPECT_FALSE(was_killed());
}

// The control: a store that lets go of results before the commit must be seen to break the promise.
TEST_F(Crash, AStoreThatReleasesResultsBeforeTheCommitIsFoundOut) {
  const char* const faulty = OMEGATE_BINARY_DIR "/tests/store_releases_too_early";
  EXPECT_GT(run_child("store.before_commit:2:kill", in_one_batch, faulty), 0);
  EXPECT_TRUE(was_killed());
  EXPECT_EQ(stored(), 0);
}

// case 137, 159
TEST_F(Crash, DuringTheFirstMigrationLeavesNothingBehind) {
  EXPECT_EQ(run_child("store.before_migration:1:kill"), 0);
  EXPECT_TRUE(was_killed());
  EXPECT_EQ(stored(), 0);
  EXPECT_EQ(run_child("never:1:kill"), works_of_child);
  EXPECT_EQ(stored(), works_of_child);
}

}  // namespace
}  // namespace omegate::store
