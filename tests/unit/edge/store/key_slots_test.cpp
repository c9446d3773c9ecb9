#include "bridge/edge/store/key_slots.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/opening.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

constexpr crypto::PassphraseCost cheap{1, 8};

LockedBy locked_by_words(std::string_view words) {
  const SlotLock lock = new_lock(cheap, crypto::system_random());
  return {lock, outer_key(as_bytes(words), lock).value()};
}

struct Slots : StoreTest {
  Slots() {
    in([](Tables& t) { t.kv.put("plugin", "key", as_bytes("value")); });
  }

  /// Whether this key file opens the database, with what was stored in it.
  bool opens(Byte fill) {
    store.reset();
    try {
      Store opened(path, key_of(fill));
      return opened.run([](Tables& t) { return t.kv.get("plugin", "key").has_value(); });
    } catch (const WrongDataKey&) {
      return false;
    }
  }
  bool begin(std::optional<Byte> current, Byte next) {
    open_with(opened_with);
    return in([&](Tables& t) {
      const auto file = current ? std::optional(key_of(*current)) : std::nullopt;
      return t.key_slots.begin_change(file, locked_by(key_of(next), crypto::system_random()), now);
    });
  }
  void open_with(Byte fill) {
    store.reset();
    store.emplace(path, key_of(fill));
    opened_with = fill;
  }

  Byte opened_with = 7;  // what the running gateway was started with
};

TEST_F(Slots, TheKeyFileIsNotTheDataKey) {
  store.reset();
  Connection db(path, 0);
  const auto opened = open_with_file(read_slots(db), key, database_id(db));
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->key.bytes == key.bytes);
}

TEST_F(Slots, AnotherFileOrAnotherDatabaseDoesNotOpen) {
  EXPECT_FALSE(opens(8));
  Connection db(path, 0);
  EXPECT_FALSE(open_with_file(read_slots(db), key, Bytes(16, 1)));
}

TEST_F(Slots, AnAlteredSlotDoesNotOpen) {
  store.reset();
  for (const char* change : {"sealed = zeroblob(72)", "salt = zeroblob(16)", "passes = 1, memory_kib = 8"}) {
    const std::string copy = folder.file("copy.db");
    write_file(copy, read_file(path));
    SQLite::Database(copy, SQLite::OPEN_READWRITE).exec(std::string("UPDATE key_slots SET ") + change);
    EXPECT_THROW(Store(copy, key), WrongDataKey) << change;
  }
}

// The table in key_slots.hpp, row by row.
TEST_F(Slots, DuringAChangeOfTheFileTheOneInPlaceAlwaysOpens) {
  ASSERT_TRUE(begin(7, 8));
  EXPECT_TRUE(opens(7));
  EXPECT_TRUE(opens(8)) << "the new one, too; this start ends the change";
  EXPECT_FALSE(opens(7));
  EXPECT_TRUE(opens(8));
}

TEST_F(Slots, AChangeMayBeFinishedWithoutARestart) {
  ASSERT_TRUE(begin(7, 8));
  EXPECT_TRUE(in([](Tables& t) { return t.key_slots.finish_change(); }));
  EXPECT_FALSE(in([](Tables& t) { return t.key_slots.finish_change(); }));
  EXPECT_FALSE(opens(7));
  EXPECT_TRUE(opens(8));
}

TEST_F(Slots, AChangeMayBeCalledOff) {
  ASSERT_TRUE(begin(7, 8));
  EXPECT_TRUE(in([](Tables& t) { return t.key_slots.cancel_change(); }));
  EXPECT_FALSE(opens(8));
  EXPECT_TRUE(opens(7));
}

// Interrupted after the file was replaced: the running gateway does not know it yet.
TEST_F(Slots, ASecondChangeKeepsTheFileThatIsInPlaceBy) {
  ASSERT_TRUE(begin(7, 8));
  ASSERT_TRUE(begin(8, 9));
  EXPECT_FALSE(opens(7));
  EXPECT_TRUE(opens(8));
  EXPECT_TRUE(opens(9));
}

TEST_F(Slots, AnInterruptedChangeIsBegunAnew) {
  ASSERT_TRUE(begin(7, 8));
  ASSERT_TRUE(begin(7, 9));
  EXPECT_FALSE(opens(8));
  EXPECT_TRUE(opens(7));
  EXPECT_TRUE(opens(9));
}

TEST_F(Slots, AFileInPlaceThatOpensNothingIsNotBuiltUpon) {
  EXPECT_FALSE(begin(8, 9));
  EXPECT_TRUE(opens(7));
  EXPECT_FALSE(opens(9));
}

TEST_F(Slots, WithoutTheFileInPlaceASecondChangeIsRefused) {
  ASSERT_TRUE(begin(std::nullopt, 8));
  EXPECT_FALSE(begin(std::nullopt, 9)) << "8 may already be the credential of the next start";
  EXPECT_TRUE(opens(8));
}

struct Recovery : Slots {
  Recovery() {
    in([&](Tables& t) { t.key_slots.set_recovery(locked_by_words("correct horse"), now); });
  }
  void admit(std::string_view words, Byte fill) {
    store.reset();
    admit_key_file(path, as_bytes(words), key_of(fill), crypto::system_random());
  }
};

// case 167
TEST_F(Recovery, ThePassphraseLetsAnotherKeyFileIn) {
  admit("correct horse", 8);
  EXPECT_TRUE(opens(8));
  EXPECT_FALSE(opens(7));
}

// case 167
TEST_F(Recovery, AnotherPassphraseDoesNot) {
  store.reset();
  const std::string before = read_file(path);
  EXPECT_THROW(admit("correct horsf", 8), WrongDataKey);
  EXPECT_EQ(read_file(path), before);
}

// case 167
TEST_F(Recovery, ALostKeyIsToldWhatToDo) {
  store.reset();
  EXPECT_NE(complaint_of<WrongDataKey>([&] { Store(path, key_of(8)); }).find("omegate key unlock"),
            std::string::npos);
}

TEST_F(Recovery, ANewPassphraseReplacesTheOldOne) {
  in([&](Tables& t) { t.key_slots.set_recovery(locked_by_words("battery staple"), now); });
  EXPECT_THROW(admit("correct horse", 8), WrongDataKey);
  admit("battery staple", 8);
  EXPECT_TRUE(opens(8));
}

TEST_F(Recovery, OutlivesAChangeOfTheKeyFile) {
  ASSERT_TRUE(begin(7, 8));
  EXPECT_TRUE(opens(8));
  admit("correct horse", 9);
  EXPECT_TRUE(opens(9));
}

TEST_F(Recovery, ItsKeyIsKnownToTheGatewayForBackups) {
  const auto kept = in([](Tables& t) { return t.key_slots.recovery(); });
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->outer == outer_key(as_bytes("correct horse"), kept->lock).value());
}

TEST_F(Slots, WithoutAPassphraseThereIsNoWayIn) {
  store.reset();
  EXPECT_THROW(admit_key_file(path, as_bytes(""), key_of(8), crypto::system_random()), WrongDataKey);
  EXPECT_THROW(admit_key_file(folder.file("none.db"), as_bytes(""), key_of(8), crypto::system_random()),
               StoreUnusable);
  EXPECT_FALSE(std::filesystem::exists(folder.file("none.db")));
}

// Schema 2 knew no slots: the file held the data key.
struct BeforeSlots : Slots {
  BeforeSlots() {
    store.reset();
    Connection db(path, 0);
    old_key = FileKey{open_with_file(read_slots(db), key, database_id(db))->key.bytes};
    db.execute("DROP TABLE key_slots; DROP TABLE epochs; DROP TABLE lineage; DROP TABLE unanswered");
    db.execute("DROP TABLE unread; DROP TABLE questions; DROP TABLE trust_statements");
    db.execute("DROP TABLE ledger_contacts; ALTER TABLE ledger DROP COLUMN contact");
    db.execute("DROP INDEX kv_expiry; ALTER TABLE kv DROP COLUMN expires_ms; DROP TABLE timers; DROP TABLE messages");
    db.execute("DROP TABLE mail_files; DROP TABLE mails; DROP TABLE runs");
    db.execute("DROP TABLE api_events; DROP TABLE api_clients");
    db.execute("DROP INDEX outbox_kept; ALTER TABLE outbox DROP COLUMN keep_ms");
    db.execute("DROP TABLE streams; ALTER TABLE outbox DROP COLUMN number");
    db.execute("DROP INDEX outbox_file; ALTER TABLE outbox DROP COLUMN file; DROP TABLE files");
    db.execute("DROP INDEX outbox_urgency; DROP INDEX outbox_expiry");
    db.execute("ALTER TABLE outbox DROP COLUMN priority; ALTER TABLE outbox DROP COLUMN expires_ms");
    db.execute("PRAGMA user_version = 2");
  }
  FileKey old_key;
};

TEST_F(BeforeSlots, ADatabaseIsBroughtUpToDateWithItsKey) {
  Store(path, old_key).run([](Tables& t) { EXPECT_TRUE(t.kv.get("plugin", "key")); });
  Connection db(path, 0);
  EXPECT_TRUE(open_with_file(read_slots(db), old_key, database_id(db)));
}

TEST_F(BeforeSlots, AWrongKeyIsRefusedAndChangesNothing) {
  EXPECT_THROW(Store(path, key), WrongDataKey);
  EXPECT_EQ(SQLite::Database(path).execAndGet("PRAGMA user_version").getInt(), 2);
  EXPECT_THROW(admit_key_file(path, as_bytes("x"), key, crypto::system_random()), WrongDataKey);
}

}  // namespace
}  // namespace omegate::store
