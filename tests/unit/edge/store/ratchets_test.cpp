#include "bridge/core/omemo/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

using omemo::DeviceId;
using omemo::Session;
using omemo::Version;

struct RatchetsTable : StoreTest {
  static Session with_skipped(const Session& session, std::size_t count) {
    omemo::SessionState state = session.state();
    std::vector<omemo::SkippedKey> keys(count);
    for (std::size_t i = 0; i < count; ++i) keys[i].counter = static_cast<std::uint32_t>(i);
    state.skipped = std::make_shared<const std::vector<omemo::SkippedKey>>(std::move(keys));
    return Session(state);
  }
  DeviceRef phone(std::uint32_t number = 1) {
    return {bot, "juliet@example.org", Version::omemo2, DeviceId(number)};
  }

  BundlePeer peer;
  AccountId bot = account();
};

TEST_F(RatchetsTable, GivesBackWhatWasSaved) {
  const Session session = peer.session();
  const Session next = omemo::seal(session, Bytes(48, 1)).value().next;
  in([&](Tables& t) {
    EXPECT_FALSE(t.ratchets.current(phone()));
    t.ratchets.save(phone(), session, now);
    t.ratchets.save(phone(), next, now);
  });
  open();
  in([&](Tables& t) {
    const auto loaded = t.ratchets.current(phone());
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(omemo::serialise(*loaded) == omemo::serialise(next));
    EXPECT_TRUE(t.ratchets.archived(phone()).empty());
    EXPECT_EQ(t.ratchets.count(bot), 1u);
  });
}

TEST_F(RatchetsTable, KeepsDevicesAndVersionsApart) {
  in([&](Tables& t) { t.ratchets.save(phone(), peer.session(), now); });
  in([&](Tables& t) {
    EXPECT_FALSE(t.ratchets.current(phone(2)));
    EXPECT_FALSE(t.ratchets.current({bot, "juliet@example.org", Version::legacy, DeviceId(1)}));
    EXPECT_FALSE(
        t.ratchets.current({t.accounts.id_of("x@y"), "juliet@example.org", Version::omemo2, DeviceId(1)}));
  });
}

TEST_F(RatchetsTable, WhatOneDeviceWasSentMovesItsSessionOnly) {
  const Session mine = with_skipped(peer.session(), 3), other = peer.session();
  const Session next = omemo::seal(mine, Bytes(48, 1)).value().next;
  in([&](Tables& t) {
    t.ratchets.save(phone(), mine, now);
    t.ratchets.save(phone(2), other, now);
    t.ratchets.save_sent(phone(), t.devices.find(phone())->row, next, now);
  });
  open();
  in([&](Tables& t) {
    EXPECT_TRUE(omemo::serialise(*t.ratchets.current(phone(), t.devices.find(phone())->row)) == omemo::serialise(next));
    EXPECT_TRUE(omemo::serialise(*t.ratchets.current(phone(2))) == omemo::serialise(other));
    EXPECT_EQ(t.ratchets.skipped_keys(bot), 3u);
  });
}

TEST_F(RatchetsTable, ArchivesTheSessionThatANewOneReplaces) {
  const Session first = peer.session(), second = peer.session(), third = peer.session();
  in([&](Tables& t) {
    for (const Session& session : {first, second, third}) t.ratchets.start(phone(), session, now);
    EXPECT_EQ(t.ratchets.current(phone())->ephemeral(), third.ephemeral());
    const auto archived = t.ratchets.archived(phone());
    ASSERT_EQ(archived.size(), 2u);
    EXPECT_EQ(archived[0].session.ephemeral(), second.ephemeral());
    EXPECT_EQ(archived[1].session.ephemeral(), first.ephemeral());
  });
}

TEST_F(RatchetsTable, KeepsTheNewestArchivedSessionsOnly) {
  const Session first = peer.session();
  in([&](Tables& t) {
    t.ratchets.start(phone(), first, now);
    for (std::size_t i = 0; i < omemo::max_archived_sessions + 1; ++i)
      t.ratchets.start(phone(), peer.session(), now);
    const auto archived = t.ratchets.archived(phone());
    EXPECT_EQ(archived.size(), omemo::max_archived_sessions);
    for (const auto& one : archived) EXPECT_NE(one.session.ephemeral(), first.ephemeral());
  });
}

TEST_F(RatchetsTable, PromotesAnArchivedSession) {
  const Session old = peer.session(), current = peer.session();
  const Session old_next = omemo::seal(old, Bytes(48, 1)).value().next;
  in([&](Tables& t) {
    t.ratchets.start(phone(), old, now);
    t.ratchets.start(phone(), current, now);
    t.ratchets.promote(phone(), t.ratchets.archived(phone()).front().slot, old_next, now);
  });
  open();
  in([&](Tables& t) {
    EXPECT_TRUE(omemo::serialise(*t.ratchets.current(phone())) == omemo::serialise(old_next));
    const auto archived = t.ratchets.archived(phone());
    ASSERT_EQ(archived.size(), 1u);
    EXPECT_EQ(archived[0].session.ephemeral(), current.ephemeral());
  });
}

TEST_F(RatchetsTable, AStepOfAnArchivedSessionMakesItTheNewestOfThem) {
  const Session a = peer.session(), b = peer.session(), c = peer.session();
  in([&](Tables& t) {
    for (const Session& session : {a, b, c}) t.ratchets.start(phone(), session, now);
    const auto before = t.ratchets.archived(phone());
    t.ratchets.save_archived(phone(), before.back().slot, omemo::seal(a, Bytes(48, 1)).value().next, now);
    const auto after = t.ratchets.archived(phone());
    ASSERT_EQ(after.size(), 2u);
    EXPECT_EQ(after[0].session.ephemeral(), a.ephemeral());
    EXPECT_EQ(after[0].session.state().sent, 1u);
    EXPECT_EQ(t.ratchets.current(phone())->ephemeral(), c.ephemeral());
  });
}

TEST_F(RatchetsTable, ForgetsAllSessionsOfADevice) {
  in([&](Tables& t) {
    t.ratchets.start(phone(), peer.session(), now);
    t.ratchets.start(phone(), with_skipped(peer.session(), 3), now);
    t.ratchets.forget(phone());
    EXPECT_FALSE(t.ratchets.current(phone()));
    EXPECT_TRUE(t.ratchets.archived(phone()).empty());
    EXPECT_EQ(t.ratchets.skipped_keys(bot), 0u);
  });
}

TEST_F(RatchetsTable, CountsSkippedKeysOverCurrentAndArchivedSessions) {
  in([&](Tables& t) {
    t.ratchets.start(phone(), with_skipped(peer.session(), 10), now);
    t.ratchets.start(phone(), with_skipped(peer.session(), 5), now);
    EXPECT_EQ(t.ratchets.skipped_keys(bot), 15u);
    t.ratchets.save(phone(), with_skipped(peer.session(), 2), now);
    EXPECT_EQ(t.ratchets.skipped_keys(bot), 12u);
  });
}

// case 79
TEST_F(RatchetsTable, DropsTheOldestSkippedKeysOfAnAccountThatHasTooMany) {
  const Session session = with_skipped(peer.session(), omemo::max_skipped_keys);
  in([&](Tables& t) {
    constexpr auto devices = omemo::max_skipped_keys_per_account / omemo::max_skipped_keys;
    for (std::uint32_t i = 1; i <= devices; ++i)
      t.ratchets.save(phone(i), session, now + std::chrono::seconds(i));
    EXPECT_EQ(t.ratchets.skipped_keys(bot), omemo::max_skipped_keys_per_account);
    t.ratchets.save(phone(devices + 1), session, now + 1h);
    EXPECT_LE(t.ratchets.skipped_keys(bot), omemo::max_skipped_keys_per_account);
    EXPECT_EQ(t.ratchets.current(phone(1))->skipped_keys(), 0u);
    EXPECT_EQ(t.ratchets.current(phone(devices + 1))->skipped_keys(), omemo::max_skipped_keys);
  });
}

}  // namespace
}  // namespace omegate::store
