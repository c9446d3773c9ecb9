// A million messages wait in the outbox of the real program.
#include <sqlite3.h>

#include "tests/flow/crash/machine.hpp"

namespace omegate::flow {
namespace {

constexpr int many = 1'000'000;

/// They are due in a year: what is sealed in them is never opened.
void add_rows(const std::string& database) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
  const std::string rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                           std::to_string(many) +
                           ") INSERT INTO outbox (account, recipient, message_id, body, created_ms, due_ms, changed_ms) "
                           "SELECT 1, 'alice@example.net', 'waits' || i, zeroblob(200), 1, 4102444800000, 1 FROM n";
  char* failure = nullptr;
  EXPECT_EQ(sqlite3_exec(db, rows.c_str(), nullptr, nullptr, &failure), SQLITE_OK) << failure;
  EXPECT_EQ(sqlite3_close(db), SQLITE_OK);
}

// case 157
TEST(ManyRows, AMillionThatWaitCostNeitherMemoryNorTime) {
  Machine machine(Version::omemo2);
  machine.start();
  ASSERT_TRUE(machine.until([&] { return machine.xmpp.online(); })) << machine.log();
  machine.let_alice_in();
  machine.post("first");
  ASSERT_TRUE(machine.until([&] { return machine.is_accepted() && machine.alice->times_heard("first") == 1; }));
  const long few = machine.most_memory();
  machine.stop();
  add_rows(machine.database());
  if (testing::Test::HasFailure()) return;

  const auto start = SteadyClock::now();
  machine.post("second");
  machine.start();
  ASSERT_TRUE(machine.until([&] { return machine.is_accepted() && machine.alice->times_heard("second") == 1; }))
      << machine.log();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
  EXPECT_LT(took.count(), 10'000) << "ms from the start to the message";
  machine.post("third");
  ASSERT_TRUE(machine.until([&] { return machine.is_accepted() && machine.alice->times_heard("third") == 1; }, 5s));
  EXPECT_LT(machine.most_memory() - few, 50'000) << "kB more than with an empty queue, " << few;
  machine.stop();
}

}  // namespace
}  // namespace omegate::flow
