#include "bridge/edge/store/unread.hpp"

#include "bridge/edge/store/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

class UnreadTable : public testing::Test {
 protected:
  UnreadMessage from(const std::string& peer, const std::string& id, WallTime when = from_ms(1000)) {
    UnreadMessage message{account(), peer, 7, "legacy", id};
    message.cause = "no_session";
    message.received = when;
    return message;
  }
  AccountId account() {
    return store.run([](Tables& t) { return t.accounts.id_of("bot@example.org"); });
  }

  TempFolder folder;
  Store store{folder.file("omegate.db"), key_of(1)};
};

TEST_F(UnreadTable, ListsTheNewestFirstAndFindsByPeerAndId) {
  const auto a = from("alice@example.net", "m1"), b = from("bob@example.net", "m2");
  store.run([&](Tables& t) {
    t.unread.add(a);
    t.unread.add(b);
    ASSERT_EQ(t.unread.list({}).size(), 2u);
    EXPECT_EQ(t.unread.list({})[0].message.peer, "bob@example.net");
    UnreadFilter of_alice;
    of_alice.peer = "alice@example.net";
    ASSERT_EQ(t.unread.list(of_alice).size(), 1u);
    UnreadFilter by_id;
    by_id.message_id = "m2";
    EXPECT_EQ(t.unread.list(by_id).at(0).message.device, 7u);
  });
}

TEST_F(UnreadTable, ARepetitionIsNoSecondRow) {
  const auto first = from("alice@example.net", "m1", from_ms(1000)), again = from("alice@example.net", "m1", from_ms(9000));
  store.run([&](Tables& t) {
    const UnreadId row = t.unread.add(first);
    EXPECT_EQ(t.unread.add(again), row);
    ASSERT_EQ(t.unread.list({}).size(), 1u);
    EXPECT_EQ(t.unread.list({})[0].message.received, from_ms(9000));
  });
}

TEST_F(UnreadTable, MessagesWithoutIdAreRowsOfTheirOwn) {
  const auto nameless = from("alice@example.net", "");
  store.run([&](Tables& t) {
    t.unread.add(nameless);
    t.unread.add(nameless);
    EXPECT_EQ(t.unread.list({}).size(), 2u);
  });
}

TEST_F(UnreadTable, KeepsOnlyTheNewest) {
  const auto nameless = from("alice@example.net", "");
  store.run([&](Tables& t) {
    for (std::size_t i = 0; i < max_unread + 5; ++i) t.unread.add(nameless);
    UnreadFilter all;
    all.limit = 2 * max_unread;
    EXPECT_EQ(t.unread.list(all).size(), max_unread);
  });
}

TEST_F(UnreadTable, AnIdOfAnyLengthIsCut) {
  const auto lengthy = from("alice@example.net", std::string(100'000, 'x'));
  store.run([&](Tables& t) {
    t.unread.add(lengthy);
    EXPECT_EQ(t.unread.add(lengthy), t.unread.list({})[0].id);
    EXPECT_EQ(t.unread.list({})[0].message.message_id.size(), max_message_id);
  });
}

TEST_F(UnreadTable, RemembersWhenTheSenderWasTold) {
  const auto first = from("alice@example.net", "m1"), second = from("alice@example.net", "m2");
  store.run([&](Tables& t) {
    const auto id = t.unread.add(first);
    t.unread.add(second);
    EXPECT_FALSE(t.unread.last_told(first.account, "alice@example.net", 7, "no_session"));
    t.unread.set_told(id, from_ms(5000));
    EXPECT_EQ(t.unread.last_told(first.account, "alice@example.net", 7, "no_session"), from_ms(5000));
    EXPECT_FALSE(t.unread.last_told(first.account, "alice@example.net", 8, "no_session"));
    EXPECT_EQ(t.unread.find(id)->told, from_ms(5000));
  });
}

TEST_F(UnreadTable, ForgetsWhatIsOld) {
  const auto old = from("alice@example.net", "m1", from_ms(1000)), fresh = from("alice@example.net", "m2", from_ms(2000));
  store.run([&](Tables& t) {
    t.unread.add(old);
    t.unread.add(fresh);
    EXPECT_EQ(t.unread.purge(from_ms(2000)), 1u);
    EXPECT_EQ(t.unread.list({}).at(0).message.message_id, "m2");
  });
}

}  // namespace
}  // namespace omegate::store
