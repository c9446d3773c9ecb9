// Databases of earlier versions are brought up to date with all they have, and wherever that is interrupted, by the end
// of the process or by a power cut, the next start completes it.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/schema.hpp"
#include "tests/power/disk.hpp"
#include "tests/power/earlier.hpp"
#include "tests/support/party.hpp"
#include "test_places.hpp"

namespace omegate::power {
namespace {

using gateway::test::TempDir;

constexpr const char* folder_variable = "OMEGATE_TEST_FOLDER";
constexpr const char* schema_variable = "OMEGATE_TEST_SCHEMA";
constexpr std::size_t images_of_a_cut = 20;

std::string folder_of(const TempDir& dir) { return std::filesystem::path(dir / "x").parent_path(); }

/// Looks at a copy: to open a database is to recover it, which is what is tested.
std::size_t schema_in(const std::string& folder) {
  const TempDir copy;
  std::filesystem::copy(folder, folder_of(copy), std::filesystem::copy_options::recursive);
  SQLite::Database db(copy / "omegate.db", SQLite::OPEN_READWRITE);
  return static_cast<std::size_t>(db.execAndGet("PRAGMA user_version").getInt64());
}

class Upgrade : public testing::TestWithParam<std::size_t> {
 protected:
  Earlier earlier{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Schemas, Upgrade, testing::ValuesIn(Earlier::all()),
                         [](const auto& schema) { return std::to_string(schema.param); });

// case 160
TEST_P(Upgrade, KeepsIdentityTrustSessionsAndAllThatWasQueued) {
  for (std::size_t version = earlier.schema(); version <= store::newest_schema(); ++version) {
    const TempDir disk, beside;
    earlier.put(folder_of(disk), beside / "anchor");
    earlier.carry(folder_of(disk), version);
    ASSERT_EQ(schema_in(folder_of(disk)), version);
    EXPECT_EQ(earlier.fault(folder_of(disk), beside / "anchor"), "") << "as version " << version << " left it";
    EXPECT_EQ(schema_in(folder_of(disk)), store::newest_schema());
  }
}

/// What the child process does; by itself it tests nothing.
TEST(UpgradeChild, Opens) {
  const char* const folder = std::getenv(folder_variable);
  if (!folder) return;
  const Earlier earlier(std::stoul(std::getenv(schema_variable)));
  store::Store store(std::string(folder) + "/omegate.db", earlier.key());
}

/// Opens the database in a process of its own. True if it was killed at the failpoint.
bool is_killed(const std::string& folder, std::size_t schema, const std::string& failpoint) {
  const std::string number = std::to_string(schema);
  const pid_t child = fork();
  if (child == 0) {
    setenv(folder_variable, folder.c_str(), 1);
    setenv(schema_variable, number.c_str(), 1);
    setenv("OMEGATE_FAILPOINT", failpoint.c_str(), 1);
    execl("/proc/self/exe", "child", "--gtest_filter=UpgradeChild.Opens", "--gtest_output=", "--gtest_brief=1", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

// case 159
TEST_P(Upgrade, KilledAtAnyStepItIsCompletedByTheNextStart) {
  for (std::size_t step = 1; step <= store::newest_schema() - earlier.schema(); ++step) {
    const TempDir disk, beside;
    earlier.put(folder_of(disk), beside / "anchor");
    const std::string place = "store.migration_step:" + std::to_string(step) + ":kill";
    ASSERT_TRUE(is_killed(folder_of(disk), earlier.schema(), place)) << place;
    EXPECT_EQ(schema_in(folder_of(disk)), earlier.schema()) << "half of the steps were kept";
    EXPECT_EQ(earlier.fault(folder_of(disk), beside / "anchor"), "") << "killed at step " << step;
  }
}

/// All that was done to the disk while today's program opened it, from the old file on, which is on the disk.
std::vector<Op> recorded_upgrade(const Earlier& earlier) {
  const TempDir disk, beside;
  const std::string folder = folder_of(disk);
  earlier.put(folder, beside / "anchor");
  std::ifstream file(folder + "/omegate.db", std::ios::binary);
  const Bytes old(std::istreambuf_iterator<char>(file), {});
  Recorder recorder(folder);
  { store::Store store(folder + "/omegate.db", earlier.key()); }
  std::vector<Op> history = recorder.history();
  if (history.empty() || history[0].name != "omegate.db") throw std::logic_error("the database was not opened first");
  const Op content{.kind = Op::Kind::write, .inode = history[0].inode, .at = 0, .bytes = old};
  const Op synced{.kind = Op::Kind::sync, .inode = history[0].inode, .with_folder = true};
  history.insert(history.begin() + 1, {content, synced});
  return history;
}

// case 159
TEST_P(Upgrade, APowerCutLeavesTheOldDatabaseOrTheNew) {
  const char* const given = std::getenv("OMEGATE_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::mt19937_64 random(seed);
  const std::vector<Op> history = recorded_upgrade(earlier);
  const std::size_t old_is_there = 3;  // created, written, synced
  std::set<std::size_t> versions;
  std::size_t checked = 0;
  for (const std::size_t moment : cuts(history, {old_is_there})) {
    if (moment < old_is_there) continue;
    for (const Image& image : Disk(history, moment).images(images_of_a_cut, random)) {
      const TempDir disk;
      write_image(image, folder_of(disk));
      versions.insert(schema_in(folder_of(disk)));
      ASSERT_EQ(earlier.fault(folder_of(disk)), "")
          << "cut after " << moment << " of " << history.size() << " writes; OMEGATE_SEED=" << seed;
      ++checked;
    }
  }
  std::printf("%zu images, seed %llu\n", checked, static_cast<unsigned long long>(seed));
  EXPECT_EQ(versions, (std::set{earlier.schema(), store::newest_schema()}));
}

/// Without comments and white space: what SQLite makes of it.
std::string bare(const std::string& sql) {
  std::string found;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql.compare(i, 2, "--") == 0) i = std::min(sql.find('\n', i), sql.size() - 1);
    if (std::isspace(static_cast<unsigned char>(sql[i])) == 0) found += sql[i];
  }
  return found;
}

std::string schema_hash(std::size_t version) {
  const TempDir disk;
  store::Connection db(disk / "omegate.db", 0);
  store::migrate(db, 0, version);
  store::Query rows(db, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY rowid");
  std::string all;
  while (rows.next()) all += rows.text(0) + " " + rows.text(1) + " " + bare(rows.text(2)) + "\n";
  return crypto::to_hex(crypto::digest(crypto::Hash::sha256, as_bytes(all)));
}

// A step that was changed later makes two kinds of databases that claim to be the same version.
// case 160
TEST(Schema, AStepNeverChangesOnceItIsOut) {
  std::ifstream list(OMEGATE_SOURCE_DIR "/tests/data/databases/schemas.sha256");
  std::size_t version = 0, seen = 0;
  for (std::string wanted; list >> wanted >> version; ++seen) {
    EXPECT_EQ(schema_hash(version), wanted) << "step " << version << " of bridge/edge/store/schema.cpp, or one before it, "
                                            << "was changed: append a step instead";
  }
  EXPECT_GE(seen, Earlier::all().back());
}

}  // namespace
}  // namespace omegate::power
