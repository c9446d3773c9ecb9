#include "bridge/edge/store/backup_file.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>

#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/restoring.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

constexpr crypto::PassphraseCost cheap{1, 8};

struct BackupFile : StoreTest {
  BackupFile() {
    in([](Tables& t) {
      t.accounts.id_of("bot@example.org");
      for (int i = 0; i < 200; ++i) t.kv.put("plugin", "key" + std::to_string(i), Bytes(1000, Byte{1}));
    });
  }

  LockedBy locked_by_words(std::string_view words) {
    const SlotLock lock = new_lock(cheap, crypto::system_random());
    return {lock, outer_key(as_bytes(words), lock).value()};
  }
  void copy() {
    std::filesystem::remove(snapshot);
    asio::io_context context;
    std::exception_ptr failure;
    asio::co_spawn(context, store->copy_to(snapshot), [&](std::exception_ptr thrown) { failure = thrown; });
    context.run();
    if (failure) std::rethrow_exception(failure);
  }
  void back_up(std::size_t size_of_more = 10) {
    copy();
    const auto backup_key = crypto::Secret<32>::random(crypto::system_random());
    const Bytes preamble = in([&](Tables& t) {
      return backup_preamble(t.key_slots, locked_by_words("correct horse"), backup_key, now);
    });
    BackupWriter writer(file, preamble, backup_key, crypto::system_random());
    writer.add_file(database_entry, snapshot);
    writer.add("more", Bytes(size_of_more, Byte{7}));
    writer.finish();
    writer.move_into_place(true);
  }

  /// Reads all of it; the data key fits.
  static std::size_t read_through(const std::string& path) {
    BackupReader reader(path);
    const auto key = reader.unlock(outer_key(as_bytes("correct horse"), reader.lock()).value());
    if (!key) throw BackupDamaged("does not unlock");
    std::size_t entries = 0;
    while (reader.next()) ++entries;
    return entries;
  }
  void expect_damaged(const std::string& content, const std::string& what) {
    write_file(altered, content);
    EXPECT_THROW(read_through(altered), BackupDamaged) << what;
  }

  /// As `omegate restore`: to `place`, opened by `fill`.
  void restore(const std::string& place, Byte fill) {
    BackupReader reader(file);
    const auto data_key = reader.unlock(outer_key(as_bytes("correct horse"), reader.lock()).value()).value();
    ASSERT_EQ(reader.next()->name, database_entry);
    write_entry(reader, place + ".restoring");
    while (reader.next()) {
    }
    prepare_staged(place + ".restoring", data_key, key_of(fill), crypto::system_random());
    put_in_place(place + ".restoring", place, place + ".old");
  }

  std::string snapshot = folder.file("snapshot"), file = folder.file("backup"),
              altered = folder.file("altered");
};

TEST_F(BackupFile, HoldsWhatWentIn) {
  back_up();
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_FALSE(std::filesystem::exists(file + ".unfinished"));
  BackupReader reader(file);
  EXPECT_EQ(reader.made(), now);
  ASSERT_TRUE(reader.unlock(outer_key(as_bytes("correct horse"), reader.lock()).value()));
  const auto database = reader.next();
  ASSERT_TRUE(database);
  EXPECT_EQ(database->name, "database");
  EXPECT_EQ(database->size, std::filesystem::file_size(snapshot));
  const auto more = reader.next();
  ASSERT_TRUE(more);
  EXPECT_EQ(more->name, "more");
  EXPECT_EQ(reader.read_all(), crypto::SecretBytes(Bytes(10, Byte{7})));
  EXPECT_FALSE(reader.next());
}

TEST_F(BackupFile, NothingOfItIsReadable) {
  back_up();
  const std::string bytes = read_file(file);
  EXPECT_EQ(bytes.find("bot@example.org"), std::string::npos);
  EXPECT_EQ(bytes.find("SQLite"), std::string::npos);
}

TEST_F(BackupFile, AnotherPassphraseDoesNotUnlockIt) {
  back_up();
  BackupReader reader(file);
  EXPECT_FALSE(reader.unlock(outer_key(as_bytes("correct horsf"), reader.lock()).value()));
}

TEST_F(BackupFile, ACutIsFoundWhereverItIs) {
  back_up();
  const std::string whole = read_file(file);
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 300)
    expect_damaged(whole.substr(0, size), std::to_string(size));
  const std::size_t head = whole.size() % (backup_piece + crypto::piece_overhead);
  for (const std::size_t off : {1u, 2u, 16u, 17u, 18u})
    expect_damaged(whole.substr(0, whole.size() - off), "end");
  expect_damaged(whole.substr(0, head), "");
}

TEST_F(BackupFile, AFlippedBitIsFoundWhereverItIs) {
  back_up();
  const std::string whole = read_file(file);
  for (std::size_t place = 0; place < whole.size(); place += place < 250 ? 1 : 9973) {
    if (place >= 33 && place < 41) continue;  // the cost of the passphrase: below
    std::string bytes = whole;
    bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
    expect_damaged(bytes, std::to_string(place));
  }
}

TEST_F(BackupFile, ACostThatWasRaisedIsNotPaid) {
  back_up();
  std::string bytes = read_file(file);
  bytes[33] = '\x7f';
  write_file(altered, bytes);
  BackupReader reader(altered);
  EXPECT_EQ(outer_key(as_bytes("correct horse"), reader.lock()).error(), crypto::Error::too_costly);
}

TEST_F(BackupFile, PiecesThatChangedPlacesAreFound) {
  back_up();
  const std::string whole = read_file(file);
  constexpr std::size_t head = 17 + 16 + 4 + 4 + 8 + 104 + 24, piece = backup_piece + crypto::piece_overhead;
  ASSERT_GT(whole.size(), head + 3 * piece);
  const std::string one = whole.substr(head, piece), two = whole.substr(head + piece, piece);
  std::string bytes = whole;
  expect_damaged(bytes.replace(head, 2 * piece, two + one), "swapped");
  bytes = whole;
  expect_damaged(bytes.replace(head + piece, piece, one), "doubled");
  bytes = whole;
  expect_damaged(bytes.erase(head + piece, piece), "left out");
  expect_damaged(whole + "x", "something behind the end");
}

TEST_F(BackupFile, EntriesMayEndWhereAPieceEnds) {
  for (std::size_t more = 0; more < 4; ++more) {
    back_up(backup_piece - 2 + more);
    EXPECT_EQ(read_through(file), 2u);
  }
}

TEST_F(BackupFile, AnotherFileIsNoBackup) {
  expect_damaged("", "empty");
  expect_damaged(std::string(5000, 'x'), "text");
  std::string newer(5000, 'x');
  newer.replace(0, 17, "OMEGATE-BACKUP-2\n");
  write_file(altered, newer);
  EXPECT_NE(complaint_of<BackupDamaged>([&] { BackupReader reader(altered); }).find("newer"),
            std::string::npos);
}

TEST_F(BackupFile, OneThatIsThereIsNotReplacedUnasked) {
  write_file(file, "last week's");
  const auto backup_key = crypto::Secret<32>::random(crypto::system_random());
  {
    BackupWriter writer(file, Bytes(1), backup_key, crypto::system_random());
    writer.finish();
    EXPECT_THROW(writer.move_into_place(false), StoreUnusable);
  }
  EXPECT_EQ(read_file(file), "last week's");
  EXPECT_FALSE(std::filesystem::exists(file + ".unfinished"));
}

// --- the copy

TEST_F(BackupFile, TheCopyIsWholeAlthoughWorkGoesOn) {
  asio::io_context context;
  bool done = false;
  asio::co_spawn(context, store->copy_to(snapshot), [&](std::exception_ptr failure) {
    EXPECT_FALSE(failure);
    done = true;
  });
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        for (int i = 0; !done || i < 20; ++i) {
          const std::string name = std::to_string(i);
          const auto work = [name](Tables& t) {
            t.kv.put("plugin", "left" + name, Bytes(3000, Byte{1}));
            t.kv.put("plugin", "right" + name, Bytes(3000, Byte{1}));
          };
          co_await store->transact(work);
        }
      },
      [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  context.run();
  check_copy(snapshot);
  EXPECT_FALSE(std::filesystem::exists(snapshot + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(snapshot + "-shm"));
  Store copied(snapshot, key);
  copied.run([](Tables& t) {
    EXPECT_EQ(t.kv.keys("plugin", "left").size(), t.kv.keys("plugin", "right").size());
    EXPECT_EQ(t.kv.keys("plugin", "key").size(), 200u);
  });
}

TEST_F(BackupFile, ACopyIsForTheOwnerAndReplacesNothing) {
  copy();
  struct stat status {};
  ASSERT_EQ(stat(snapshot.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  write_file(snapshot, "something");
  asio::io_context context;
  std::exception_ptr failure;
  asio::co_spawn(context, store->copy_to(snapshot), [&](std::exception_ptr thrown) { failure = thrown; });
  context.run();
  EXPECT_TRUE(failure);
  EXPECT_EQ(read_file(snapshot), "something");
  EXPECT_NO_THROW(copy()) << "and the next one can be made";
}

// --- coming back

TEST_F(BackupFile, ComesBackOnANewMachineWithANewKeyFile) {
  back_up();
  const std::string place = folder.file("new.db");
  restore(place, 9);
  EXPECT_THROW(Store(place, key), WrongDataKey) << "the old key file stays behind";
  Store restored(place, key_of(9));
  restored.run([](Tables& t) {
    EXPECT_EQ(t.kv.keys("plugin", "key").size(), 200u);
    EXPECT_EQ(t.lineage.rekeying_due(), Rekeying::restored);
  });
}

TEST_F(BackupFile, ADatabaseInItsPlaceIsPutAside) {
  back_up();
  const std::string place = folder.file("new.db");
  write_file(place, "old");
  write_file(place + "-wal", "its log");
  restore(place, 9);
  EXPECT_EQ(read_file(place + ".old"), "old");
  EXPECT_EQ(read_file(place + ".old-wal"), "its log");
  EXPECT_NO_THROW(Store(place, key_of(9)));
}

TEST_F(BackupFile, ADatabaseInItsPlaceIsNotReplacedUnasked) {
  back_up();
  write_file(altered, "staged");
  const std::string before = read_file(path);
  EXPECT_THROW(put_in_place(altered, path, ""), StoreUnusable);
  EXPECT_EQ(read_file(path), before);
}

TEST_F(BackupFile, ADamagedDatabaseInsideIsRefused) {
  back_up();
  store.reset();
  const std::string staged = folder.file("staged");
  std::string bytes = read_file(snapshot);
  std::fill_n(bytes.begin() + 8192, 4096, '\x55');
  write_file(staged, bytes);
  EXPECT_THROW(prepare_staged(staged, DataKey{}, key, crypto::system_random()), StoreError);
}

TEST_F(BackupFile, ItIsSeenWhetherAGatewayHasTheDatabase) {
  EXPECT_FALSE(is_in_use(folder.file("none")));
  store.reset();
  EXPECT_FALSE(is_in_use(path));
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();  // locks of one's own process do not show
  if (child == 0) {
    Store held(path, key);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(is_in_use(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

// case 164
TEST_F(BackupFile, APlainCopyOfTheDatabaseIsNotTakenForABackup) {
  write_file(altered, read_file(path));
  EXPECT_NE(complaint_of<BackupDamaged>([&] { BackupReader reader(altered); }), "");
}

// A plain copy of a running database, without its log: the anchor knows.
// case 164
TEST_F(BackupFile, APlainCopyOfTheFileIsNoticedAsOld) {
  Options options;
  options.anchor = folder.file("anchor/a");
  open(options);
  in([](Tables& t) { t.kv.put("plugin", "late", as_bytes("x")); });
  const std::string raw = read_file(path);
  store.reset();
  write_file(path, raw);
  open(options);
  EXPECT_EQ(in([](Tables& t) { return t.lineage.rekeying_due(); }), Rekeying::rolled_back);
}

}  // namespace
}  // namespace omegate::store
