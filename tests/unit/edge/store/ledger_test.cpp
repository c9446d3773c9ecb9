#include <atomic>
#include <fstream>
#include <thread>

#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct LedgerTable : StoreTest {
  static trust::Entry about(std::string peer, trust::Fact fact, Byte fill = 1) {
    trust::Entry entry;
    entry.actor = "cli:root";
    entry.account = "bot@example.org";
    entry.peer = std::move(peer);
    entry.device = 17;
    entry.key.fill(fill);
    entry.fact = fact;
    entry.reason = "met in person";
    return entry;
  }

  void append(std::initializer_list<trust::Fact> facts) {
    in([&](Tables& t) {
      for (const trust::Fact fact : facts) t.ledger.append(about("juliet@example.org", fact), now += 1s);
    });
  }

  /// With the triggers gone, as an attacker would.
  void tamper_with_rows(const std::string& sql) {
    tamper(
        "DROP TRIGGER ledger_is_never_updated; DROP TRIGGER ledger_is_never_deleted;"
        "DROP TRIGGER ledger_is_never_replaced; " +
        sql);
  }

  void tamper_with_rows_again(const std::string& sql) { tamper(sql); }

  std::string complaint_at_start() {
    return complaint_of<StoreCorrupt>([this] { open(); });
  }
};

// case 123
TEST_F(LedgerTable, FoldsTheSameAfterARestart) {
  append({trust::Fact::seen, trust::Fact::verified});
  open();
  in([](Tables& t) {
    const trust::View& view = t.ledger.view();
    EXPECT_EQ(view.seq(), 2u);
    const auto keys = view.keys("bot@example.org", "juliet@example.org");
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_EQ(keys[0].level, trust::Level::verified);
    EXPECT_EQ(keys[0].changed_by, "cli:root");
    EXPECT_EQ(t.ledger.verify().rows, 2u);
    EXPECT_FALSE(t.ledger.verify().fault);
  });
}

TEST_F(LedgerTable, KeepsItsSigningKey) {
  const auto before = in([](Tables& t) { return t.ledger.public_key(); });
  open();
  EXPECT_EQ(in([](Tables& t) { return t.ledger.public_key(); }), before);
}

TEST_F(LedgerTable, GivesHistoryNewestFirst) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  in([&](Tables& t) { t.ledger.append(about("romeo@example.org", trust::Fact::seen), now); });
  const auto entries = in([](Tables& t) {
    LedgerFilter filter{"bot@example.org", "juliet@example.org"};
    filter.limit = 2;
    return t.ledger.history(filter);
  });
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].fact, trust::Fact::revoked);
  EXPECT_EQ(entries[0].time, now);
  EXPECT_EQ(entries[1].fact, trust::Fact::trusted);
  EXPECT_EQ(in([](Tables& t) { return t.ledger.history({}).size(); }), 4u);
}

// case 123
TEST_F(LedgerTable, IsAppendOnlyForTheDatabaseItself) {
  append({trust::Fact::seen});
  store.reset();
  SQLite::Database db(path, SQLite::OPEN_READWRITE);
  EXPECT_THROW(db.exec("UPDATE ledger SET hash = x'00'"), SQLite::Exception);
  EXPECT_THROW(db.exec("DELETE FROM ledger"), SQLite::Exception);
  EXPECT_THROW(db.exec("REPLACE INTO ledger SELECT * FROM ledger"), SQLite::Exception);
}

// case 127
TEST_F(LedgerTable, ReportsAClockThatWentBack) {
  append({trust::Fact::seen});
  in([&](Tables& t) { t.ledger.append(about("juliet@example.org", trust::Fact::trusted), now - 1h); });
  const auto report = in([](Tables& t) { return t.ledger.verify(); });
  EXPECT_FALSE(report.fault);
  EXPECT_EQ(report.clock_regressions, std::vector<std::uint64_t>{2});
}

// case 120
TEST_F(LedgerTable, NamesARowThatWasAltered) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  tamper_with_rows("UPDATE ledger SET entry = (SELECT entry FROM ledger WHERE seq = 2) WHERE seq = 3");
  EXPECT_NE(complaint_at_start().find("row 3"), std::string::npos);
}

// case 120
TEST_F(LedgerTable, NamesARowWithAForeignSignature) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  tamper_with_rows("UPDATE ledger SET signature = zeroblob(64) WHERE seq = 2");
  const std::string text = complaint_at_start();
  EXPECT_NE(text.find("row 2"), std::string::npos);
  EXPECT_NE(text.find("signature"), std::string::npos);
}

// What a failed transaction had signed must not be missed at the next start.
TEST_F(LedgerTable, OpensAfterATransactionThatFailed) {
  append({trust::Fact::seen});
  EXPECT_THROW(in([&](Tables& t) {
                 t.ledger.append(about("juliet@example.org", trust::Fact::trusted), now);
                 throw std::runtime_error("no");
               }),
               std::runtime_error);
  append({trust::Fact::revoked});
  open();
  EXPECT_EQ(in([](Tables& t) { return t.ledger.history({}).size(); }), 2u);
}

// case 122
TEST_F(LedgerTable, NamesTheGapOfARowThatWasDeleted) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  tamper_with_rows("DELETE FROM ledger WHERE seq = 2");
  EXPECT_NE(complaint_at_start().find("row 2"), std::string::npos);
}

// case 121
TEST_F(LedgerTable, NoticesThatItsEndIsMissing) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  tamper_with_rows("DELETE FROM ledger WHERE seq = 3");
  EXPECT_NE(complaint_at_start().find("newest rows are missing"), std::string::npos);
}

TEST_F(LedgerTable, DoesNotBelieveAMovedPlace) {
  append({trust::Fact::seen});
  tamper_with_rows("UPDATE ledger SET seq = 5");
  EXPECT_NE(complaint_at_start().find("row 1"), std::string::npos);
}

// case 123
TEST_F(LedgerTable, NeverStartsAnewOverALostKeyOrHead) {
  append({trust::Fact::seen});
  tamper("CREATE TABLE backup AS SELECT * FROM meta; DELETE FROM meta WHERE name = 'ledger_seed'");
  EXPECT_THROW(open(), StoreCorrupt);
  tamper("REPLACE INTO meta SELECT * FROM backup; DELETE FROM meta WHERE name = 'ledger_head'");
  EXPECT_THROW(open(), StoreCorrupt);
}

// Two people who decide on what they both saw: the second one sees what the first one decided.
// case 119
TEST_F(LedgerTable, DecisionsOfManyAtOnceAreOneLine) {
  std::atomic<int> decided = 0;
  std::vector<std::thread> people;
  for (int person = 0; person < 4; ++person) {
    people.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const std::string peer = "peer" + std::to_string(i) + "@example.org";
        in([&](Tables& t) {
          if (!t.ledger.view().keys("bot@example.org", peer).empty()) return;
          t.ledger.append(about(peer, trust::Fact::trusted), now);
          ++decided;
        });
      }
    });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(decided, 25);
  const auto report = in([](Tables& t) { return t.ledger.verify(); });
  EXPECT_EQ(report.rows, 25u);
  EXPECT_FALSE(report.fault);
  open();
  EXPECT_EQ(in([](Tables& t) { return t.ledger.view().seq(); }), 25u);
}

TEST_F(LedgerTable, FiltersItsHistory) {
  append({trust::Fact::seen, trust::Fact::trusted, trust::Fact::revoked});
  in([&](Tables& t) { t.ledger.append(about("romeo@example.org", trust::Fact::seen, 9), now += 1h); });
  const auto rows_of = [&](const LedgerFilter& filter) {
    std::vector<std::uint64_t> rows;
    for (const auto& entry : in([&](Tables& t) { return t.ledger.history(filter); }))
      rows.push_back(entry.seq);
    return rows;
  };
  using Rows = std::vector<std::uint64_t>;
  LedgerFilter filter;
  filter.peer = "juliet@example.org";
  EXPECT_EQ(rows_of(filter), (Rows{3, 2, 1}));
  filter.fact = trust::Fact::trusted;
  EXPECT_EQ(rows_of(filter), (Rows{2}));
  filter = {};
  filter.key.emplace().fill(9);
  EXPECT_EQ(rows_of(filter), (Rows{4}));
  filter = {};
  filter.since = now;
  EXPECT_EQ(rows_of(filter), (Rows{4}));
  filter = {};
  filter.until = now;
  filter.before = 3;
  EXPECT_EQ(rows_of(filter), (Rows{2, 1}));
}

TEST_F(LedgerTable, ForgetsAContactAndStillVerifies) {
  append({trust::Fact::seen, trust::Fact::verified});
  in([&](Tables& t) { t.ledger.append(about("romeo@example.org", trust::Fact::trusted, 9), now); });
  const auto result = in([&](Tables& t) {
    return t.ledger.forget("bot@example.org", "juliet@example.org", "cli:root", "asked", now);
  });
  EXPECT_EQ(result.rows, 2u);
  EXPECT_EQ(result.in_clear, 0u);
  const auto look = [&] {
    return in([](Tables& t) {
      EXPECT_TRUE(t.ledger.view().keys("bot@example.org", "juliet@example.org").empty());
      EXPECT_EQ(t.ledger.view().keys("bot@example.org", "romeo@example.org").size(), 1u);
      EXPECT_FALSE(t.ledger.verify().fault);
      return t.ledger.verify().forgotten;
    });
  };
  EXPECT_EQ(look(), 2u);
  open();
  EXPECT_EQ(look(), 2u);
  const auto history = in([](Tables& t) { return t.ledger.history({}); });
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0].fact, trust::Fact::forgot);
  EXPECT_EQ(history[0].peer, "");
  EXPECT_EQ(history[3].fact, trust::Fact::forgotten);
}

// The point of it: with the key of the whole database in hand nothing of the contact can be read any more.
TEST_F(LedgerTable, LeavesNothingOfAForgottenContactInItsFile) {
  append({trust::Fact::seen});
  const auto stored = [&] {
    store.reset();
    std::ifstream file(path, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), {}};
    open();
    return content;
  };
  EXPECT_EQ(stored().find("juliet"), std::string::npos) << "rows are sealed";
  const auto name_of = [&] {
    SQLite::Database db(path, SQLite::OPEN_READONLY);
    return db.execAndGet("SELECT count(*) FROM ledger_contacts").getInt();
  };
  store.reset();
  EXPECT_EQ(name_of(), 1);
  open();
  in([&](Tables& t) { t.ledger.forget("bot@example.org", "juliet@example.org", "cli:root", "", now); });
  store.reset();
  EXPECT_EQ(name_of(), 0);
  open();
}

TEST_F(LedgerTable, MeetsAForgottenContactAsAStranger) {
  append({trust::Fact::revoked});
  in([&](Tables& t) { t.ledger.forget("bot@example.org", "juliet@example.org", "cli:root", "", now); });
  append({trust::Fact::seen});
  open();
  in([](Tables& t) {
    const auto keys = t.ledger.view().keys("bot@example.org", "juliet@example.org");
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_EQ(keys[0].level, trust::Level::undecided);
  });
}

// Else whoever can write the file takes a revocation back by deleting a key.
TEST_F(LedgerTable, DoesNotBelieveThatAContactWasForgottenWithoutASignedRow) {
  append({trust::Fact::trusted, trust::Fact::revoked});
  tamper("DELETE FROM ledger_contacts");
  EXPECT_NE(complaint_at_start().find("row 1"), std::string::npos);
}

TEST_F(LedgerTable, NamesARowOfAContactThatWasAlteredOrMoved) {
  append({trust::Fact::seen});
  in([&](Tables& t) { t.ledger.append(about("romeo@example.org", trust::Fact::revoked, 9), now); });
  tamper_with_rows("UPDATE ledger SET contact = 1 WHERE seq = 2");
  EXPECT_NE(complaint_at_start().find("row 2"), std::string::npos);
  tamper_with_rows_again("UPDATE ledger SET contact = NULL WHERE seq = 2");
  EXPECT_NE(complaint_at_start().find("row 2"), std::string::npos);
}

TEST_F(LedgerTable, AFailedTransactionForgetsNothingAndKeepsTheKey) {
  append({trust::Fact::verified});
  const auto before = in([](Tables& t) { return t.ledger.public_key(); });
  EXPECT_THROW(in([&](Tables& t) {
                 t.ledger.rotate_key("cli:root", "", now);
                 t.ledger.forget("bot@example.org", "juliet@example.org", "cli:root", "", now);
                 throw std::runtime_error("no");
               }),
               std::runtime_error);
  in([&](Tables& t) {
    EXPECT_EQ(t.ledger.public_key(), before);
    EXPECT_EQ(t.ledger.view().keys("bot@example.org", "juliet@example.org").size(), 1u);
    EXPECT_EQ(t.ledger.view().seq(), 1u);
  });
  append({trust::Fact::revoked});
  open();
  EXPECT_FALSE(in([](Tables& t) { return t.ledger.verify(); }).fault);
}

// case 124
TEST_F(LedgerTable, ChangesItsSigningKeyByASignedRow) {
  append({trust::Fact::seen});
  const auto before = in([](Tables& t) { return t.ledger.public_key(); });
  in([&](Tables& t) { t.ledger.rotate_key("cli:root", "a laptop was lost", now); });
  in([&](Tables& t) { t.ledger.rotate_key("cli:root", "another one", now); });
  append({trust::Fact::trusted});
  open();
  in([&](Tables& t) {
    EXPECT_EQ(t.ledger.first_public_key(), before);
    EXPECT_NE(t.ledger.public_key(), before);
    EXPECT_FALSE(t.ledger.verify().fault);
    trust::Verifier verifier(before);
    for (const auto& row : t.ledger.rows(0, 100)) EXPECT_TRUE(verifier.next(row));
    EXPECT_EQ(verifier.head(), t.ledger.head());
    EXPECT_EQ(verifier.signed_by(), t.ledger.public_key());
    EXPECT_TRUE(trust::is_genuine(t.ledger.checkpoint()));
  });
}

}  // namespace
}  // namespace omegate::store
