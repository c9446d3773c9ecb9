#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct AccountsTable : StoreTest {};

TEST_F(AccountsTable, NumbersEachAccountOnceAndForEver) {
  const AccountId bot = account("bot@example.org");
  const AccountId other = account("other@example.org");
  EXPECT_NE(bot, other);
  open();
  EXPECT_EQ(account("bot@example.org"), bot);
  EXPECT_EQ(in([&](Tables& t) { return t.accounts.jid_of(other); }), "other@example.org");
}

TEST_F(AccountsTable, RemembersNotesOfEachAccount) {
  const AccountId bot = account("bot@example.org");
  const AccountId other = account("other@example.org");
  in([&](Tables& t) {
    t.accounts.set_note(bot, "archive_cursor", as_bytes("old"));
    t.accounts.set_note(bot, "archive_cursor", as_bytes("new"));
  });
  open();
  in([&](Tables& t) {
    EXPECT_EQ(t.accounts.note(bot, "archive_cursor"), to_bytes("new"));
    EXPECT_EQ(t.accounts.note(other, "archive_cursor"), std::nullopt);
    t.accounts.forget_note(bot, "archive_cursor");
    EXPECT_EQ(t.accounts.note(bot, "archive_cursor"), std::nullopt);
  });
}

}  // namespace
}  // namespace omegate::store
