#include "bridge/edge/store/messages.hpp"

#include "bridge/edge/store/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

using omemo::Version;

class MessagesTable : public testing::Test {
 protected:
  AccountId account() {
    return store.run([](Tables& t) { return t.accounts.id_of("bot@example.org"); });
  }
  NewKnownMessage ours(const std::string& id, const std::string& handle = {}, const std::string& name = {}) {
    NewKnownMessage message{account(), "alice@example.net", true, id};
    message.owner = "webhook";
    message.handle = handle;
    message.name = name;
    return message;
  }

  TempFolder folder;
  Store store{folder.file("omegate.db"), key_of(1)};
};

TEST_F(MessagesTable, FindsAMessageByItsIdInItsConversationOnly) {
  NewKnownMessage theirs{account(), "alice@example.net", false, "m1"};
  theirs.writer = crypto::PublicKey{7};
  const auto own = ours("m1");
  store.run([&](Tables& t) {
    const auto id = t.messages.add(theirs, from_ms(1)).value();
    t.messages.add(own, from_ms(1)).value();
    const auto found = t.messages.find(theirs.account, "alice@example.net", false, "m1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->writer, crypto::PublicKey{7});
    EXPECT_FALSE(t.messages.find(theirs.account, "mallory@example.net", false, "m1"));
    EXPECT_TRUE(t.messages.find(theirs.account, "alice@example.net", true, "m1")->own);
    EXPECT_FALSE(t.messages.find(theirs.account, "alice@example.net", false, "m2"));
  });
}

TEST_F(MessagesTable, OfTwoWithOneIdFindsTheNewer) {
  const auto first = ours("m1"), second = ours("m1");
  store.run([&](Tables& t) {
    t.messages.add(first, from_ms(1));
    const auto newer = t.messages.add(second, from_ms(2));
    EXPECT_EQ(t.messages.find(first.account, first.peer, true, "m1")->id, newer);
  });
}

TEST_F(MessagesTable, AHandleNamesOneMessageForItsOwnerOnly) {
  const auto first = ours("m1", "in-7:0"), again = ours("m2", "in-7:0");
  auto other = ours("m3", "in-7:0");
  other.owner = "responder";
  store.run([&](Tables& t) {
    const auto id = t.messages.add(first, from_ms(1));
    EXPECT_FALSE(t.messages.add(again, from_ms(2)));
    EXPECT_TRUE(t.messages.add(other, from_ms(3)));
    EXPECT_EQ(t.messages.by_handle("webhook", "in-7:0")->id, id);
    EXPECT_EQ(t.messages.by_handle("responder", "in-7:0")->message_id, "m3");
    EXPECT_FALSE(t.messages.by_handle("operator", "in-7:0"));
  });
}

TEST_F(MessagesTable, ANameGoesOverToTheNewestMessageOfThatPerson) {
  const auto first = ours("m1", {}, "disk"), second = ours("m2", {}, "disk");
  auto to_bob = ours("m3", {}, "disk");
  to_bob.peer = "bob@example.net";
  store.run([&](Tables& t) {
    t.messages.add(first, from_ms(1));
    t.messages.add(to_bob, from_ms(1));
    EXPECT_EQ(t.messages.by_name(first.account, "alice@example.net", "webhook", "disk")->message_id, "m1");
    t.messages.add(second, from_ms(2));
    EXPECT_EQ(t.messages.by_name(first.account, "alice@example.net", "webhook", "disk")->message_id, "m2");
    EXPECT_EQ(t.messages.by_name(first.account, "bob@example.net", "webhook", "disk")->message_id, "m3");
    EXPECT_FALSE(t.messages.by_name(first.account, "alice@example.net", "operator", "disk"));
  });
}

TEST_F(MessagesTable, KeepsWhatBelongsToAMessage) {
  const auto message = ours("m1");
  store.run([&](Tables& t) {
    const MessageId id = t.messages.add(message, from_ms(1)).value();
    EXPECT_EQ(t.messages.find(id)->sent, SentVersions{});
    t.messages.set_sent(id, {Version::legacy, Version::omemo2});
    t.messages.set_details(id, as_bytes("reactions"));
  });
  store.run([&](Tables& t) {
    const auto found = t.messages.find(message.account, message.peer, true, "m1");
    EXPECT_EQ(found->sent, (SentVersions{Version::legacy, Version::omemo2}));
    EXPECT_EQ(as_text(found->details), "reactions");
  });
}

TEST_F(MessagesTable, ShowsNeitherNamesNorReactionsToWhoReadsTheFile) {
  const auto message = ours("m1", "handle-of-mine", "name-of-mine");
  store.run([&](Tables& t) {
    const MessageId id = t.messages.add(message, from_ms(1)).value();
    t.messages.set_details(id, as_bytes("thumbs-up-of-mine"));
  });
  const std::string path = folder.file("omegate.db");
  const std::string disk = read_file(path) + read_file(path + "-wal");
  EXPECT_NE(disk.find("alice@example.net"), std::string::npos);  // the search would find it
  EXPECT_EQ(disk.find("-of-mine"), std::string::npos);
}

TEST_F(MessagesTable, ForgetsOldOnes) {
  const auto old = ours("m1"), young = ours("m2");
  store.run([&](Tables& t) {
    t.messages.add(old, from_ms(1000));
    t.messages.add(young, from_ms(2000));
    EXPECT_EQ(t.messages.purge(from_ms(2000)), 1u);
    EXPECT_FALSE(t.messages.find(old.account, old.peer, true, "m1"));
    EXPECT_TRUE(t.messages.find(old.account, old.peer, true, "m2"));
  });
}

TEST_F(MessagesTable, KeepsNoMoreThanItsLimit) {
  auto message = ours("m0");
  store.run([&](Tables& t) {
    for (std::size_t i = 0; i <= max_known_messages; ++i) {
      message.message_id = "m" + std::to_string(i);
      t.messages.add(message, from_ms(1));
    }
    EXPECT_FALSE(t.messages.find(message.account, message.peer, true, "m0"));
    EXPECT_TRUE(t.messages.find(message.account, message.peer, true, "m1"));
  });
}

TEST_F(MessagesTable, FindsByTheNumberThatARoomGave) {
  auto message = ours("m1");
  message.peer = "team@rooms.example.org";
  store.run([&](Tables& t) {
    const auto id = t.messages.add(message, from_ms(1000));
    EXPECT_FALSE(t.messages.in_room(message.account, message.peer, "r1"));
    EXPECT_FALSE(t.messages.in_room(message.account, message.peer, "")) << "no number is no number";
    t.messages.set_room_id(*id, "r1");
    EXPECT_EQ(t.messages.in_room(message.account, message.peer, "r1")->message_id, "m1");
    EXPECT_EQ(t.messages.find(*id)->room_id, "r1");
    EXPECT_FALSE(t.messages.in_room(message.account, "other@rooms.example.org", "r1"));
  });
}

}  // namespace
}  // namespace omegate::store
