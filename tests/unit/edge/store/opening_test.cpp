#include <sys/stat.h>

#include "bridge/edge/store/schema.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

using testing::Test;

struct Opening : StoreTest {
  void expect_data_is_still_there() {
    open();
    EXPECT_EQ(in([](Tables& t) { return t.accounts.all(); }), std::vector<std::string>{"bot@example.org"});
  }
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST_F(Opening, ANewDatabaseAndItsLogAreForTheOwnerOnly) {
  account();
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(mode_of(path + "-wal"), 0600u);
}

TEST_F(Opening, ADatabaseThatOthersMayReadIsClosedToThem) {
  store.reset();
  chmod(path.c_str(), 0644);
  open();
  EXPECT_EQ(mode_of(path), 0600u);
}

TEST_F(Opening, WhatWasStoredIsThereAfterARestart) {
  account();
  expect_data_is_still_there();
}

// case 147
TEST_F(Opening, ASecondGatewayIsRefusedWithAClearWord) {
  const std::string text = complaint_of<StoreLocked>([&] { Store second(path, key); });
  EXPECT_NE(text.find(path), std::string::npos);
  EXPECT_NE(text.find("already running"), std::string::npos);
  account();  // the first one goes on
}

// case 166
TEST_F(Opening, AnotherDataKeyIsRefusedAndChangesNothing) {
  account();
  store.reset();
  const std::string before = read_file(path);
  const std::string text = complaint_of<WrongDataKey>([&] { Store wrong(path, key_of(8)); });
  EXPECT_NE(text.find("does not open the database " + path), std::string::npos);
  EXPECT_EQ(read_file(path), before);
  expect_data_is_still_there();
}

TEST_F(Opening, AFileThatIsNoDatabaseIsLeftAsItIs) {
  const std::string other = folder.file("letter.txt");
  const std::string content = std::string(8192, 'x') + "dear diary";
  write_file(other, content);
  EXPECT_THROW(Store(other, key), StoreCorrupt);
  EXPECT_EQ(read_file(other), content);
}

TEST_F(Opening, TheDatabaseOfAnotherProgramIsLeftAsItIs) {
  const std::string other = folder.file("other.db");
  SQLite::Database(other, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE diary (text)");
  const std::string before = read_file(other);
  EXPECT_THROW(Store(other, key), StoreCorrupt);
  EXPECT_EQ(read_file(other), before);
}

// case 159
TEST_F(Opening, ADatabaseOfANewerOmegateIsRefused) {
  tamper("PRAGMA user_version = " + std::to_string(newest_schema() + 1));
  const std::string text = complaint_of<StoreCorrupt>([&] { open(); });
  EXPECT_NE(text.find("newer omegate"), std::string::npos);
}

// case 144
TEST_F(Opening, AMissingFolderIsNamed) {
  const std::string text =
      complaint_of<StoreUnusable>([&] { Store(folder.file("no/such/omegate.db"), key); });
  EXPECT_NE(text.find(folder.file("no/such")), std::string::npos);
}

TEST_F(Opening, AFolderThatAnybodyMayWriteInIsRefused) {
  const std::string open_folder = folder.file("open");
  std::filesystem::create_directory(open_folder);
  chmod(open_folder.c_str(), 0777);
  EXPECT_THROW(Store(open_folder + "/omegate.db", key), StoreUnusable);
}

// case 146
TEST_F(Opening, ALogWithoutItsDatabaseIsNotTheStartOfANewOne) {
  store.reset();
  std::filesystem::remove(path);
  write_file(path + "-wal", std::string(4096, 'w'));
  EXPECT_THROW(open(), StoreCorrupt);
  write_file(path, "");
  EXPECT_THROW(open(), StoreCorrupt);
  EXPECT_EQ(read_file(path), "");
}

// case 166
TEST_F(Opening, ALostKeyCheckIsNotReplaced) {
  tamper("DELETE FROM meta WHERE name = 'key_check'");
  EXPECT_THROW(open(), StoreCorrupt);
}

// In a table that nobody reads at the start: only the check can find it.
// case 145
TEST_F(Opening, DamageIsFoundAfterAnUncleanStop) {
  in([&](Tables& t) { t.kv.put("plugin", "key", as_bytes("value")); });
  store.reset();
  const int page =
      SQLite::Database(path).execAndGet("SELECT rootpage FROM sqlite_master WHERE name = 'kv'").getInt();
  std::string bytes = read_file(path);
  std::fill_n(bytes.begin() + (page - 1) * 4096, 64, '\xff');
  write_file(path, bytes);
  write_file(path + "-wal", std::string(32, '\0'));  // what a process leaves that was killed
  const std::string text = complaint_of<StoreCorrupt>([&] { open(); });
  EXPECT_NE(text.find("damaged"), std::string::npos);
  EXPECT_EQ(read_file(path), bytes);
}

// case 145
TEST_F(Opening, RandomDamageIsRefusedOrHarmless) {
  in([&](Tables& t) {
    for (int i = 0; i < 50; ++i) t.kv.put("plugin", "key" + std::to_string(i), as_bytes("value"));
  });
  store.reset();
  const std::string intact = read_file(path);
  std::uint32_t state = 12345;  // a fixed sequence: each run sees the same damage
  const auto next = [&] { return state = state * 1664525u + 1013904223u; };
  for (int round = 0; round < 150; ++round) {
    std::string bytes = intact;
    for (int hit = 0; hit < 8; ++hit) bytes[next() % bytes.size()] = static_cast<char>(next() >> 24);
    write_file(path, bytes);
    std::filesystem::remove(path + "-wal");
    write_file(path + "-wal", std::string(32, '\0'));
    try {
      Options options;
      options.abort_on_fatal = false;
      Store damaged(path, key, options);
      damaged.run([](Tables& t) { return t.kv.keys("plugin").size(); });
    } catch (const StoreError&) {
      // refused: fine
    }
  }
}

// case 144
TEST_F(Opening, WhatCannotBeWrittenIsRefusedByName) {
  store.reset();
  const std::string taken = folder.file("taken.db");
  std::filesystem::create_directory(taken);
  for (const std::string& place : {taken, std::string("/proc/omegate.db")}) {
    const std::string text = complaint_of<StoreUnusable>([&] { Store(place, key); });
    EXPECT_NE(text.find(place), std::string::npos) << text;
  }
}

// case 148
TEST_F(Opening, NobodyElseReadsTheDatabaseMeanwhile) {
  account();
  const auto read = [&] {
    SQLite::Database other(path, SQLite::OPEN_READONLY);
    other.execAndGet("SELECT count(*) FROM sqlite_master");
  };
  EXPECT_THROW(read(), SQLite::Exception);
  store.reset();
  EXPECT_NO_THROW(read());
}

// What a crash leaves behind, the log damaged in every way: what opens is a state that once was.
// case 146
TEST_F(Opening, ALogThatIsCutOrForeignLosesOnlyItsEnd) {
  const auto put = [&](int number) {
    in([&](Tables& t) { t.kv.put("plugin", "key" + std::to_string(number), Bytes(3000, Byte{1})); });
  };
  for (int i = 0; i < 8; ++i) put(i);
  const std::string database = read_file(path), log = read_file(path + "-wal");
  ASSERT_GT(log.size(), 32u);
  store.reset();

  std::vector<std::string> logs{"", std::string(log.size(), '\0'), std::string(log.size(), '\xff'),
                                log + log};
  for (std::size_t size = 0; size < log.size(); size += log.size() / 20 + 1)
    logs.push_back(log.substr(0, size));
  for (std::size_t at = 0; at < log.size(); at += log.size() / 20 + 1) {
    logs.push_back(log);
    logs.back()[at] = static_cast<char>(logs.back()[at] ^ 0x40);
  }
  std::size_t most = 0, refused = 0;
  for (const std::string& damaged : logs) {
    write_file(path, database);
    write_file(path + "-wal", damaged);
    write_file(path + "-shm", std::string(32768, '\xa5'));
    try {
      open();
      const auto keys = in([](Tables& t) { return t.kv.keys("plugin"); });
      most = std::max(most, keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i], "key" + std::to_string(i));
      EXPECT_FALSE(in([](Tables& t) { return t.ledger.verify().fault; }));
      put(100);
    } catch (const StoreError&) {
      ++refused;
    }
    store.reset();
  }
  EXPECT_EQ(most, 8u);
  EXPECT_LT(refused, logs.size() / 2);
}

}  // namespace
}  // namespace omegate::store
