// Identities, prekeys and signed prekeys.
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

struct KeyTables : StoreTest {
  KeyTables() {
    in([&](Tables& t) { t.identities.create(bot, {own, omemo::DeviceId(4711)}); });
  }

  std::vector<omemo::PreKey> make_prekeys(std::size_t count) {
    return in([&](Tables& t) {
      std::vector<omemo::PreKey> made;
      for (const std::uint32_t id : t.prekeys.take_ids(bot, count))
        made.push_back(omemo::PreKey::generate(id, crypto::system_random()));
      t.prekeys.add(bot, made);
      return made;
    });
  }

  omemo::SignedPreKey rotate(WallTime when) {
    return in([&](Tables& t) {
      auto next = omemo::SignedPreKey::generate(t.prekeys.take_signed_id(bot), own, crypto::system_random());
      t.prekeys.rotate(bot, next, when);
      return next;
    });
  }

  AccountId bot = account();
  omemo::OwnIdentity own = omemo::OwnIdentity::generate(crypto::system_random());
};

TEST_F(KeyTables, KeepTheIdentityOverARestart) {
  open();
  const auto loaded = in([&](Tables& t) { return t.identities.load(bot); });
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->keys.secret() == own.secret());
  EXPECT_EQ(loaded->device, omemo::DeviceId(4711));
}

// case 137
TEST_F(KeyTables, NeverReplaceAnIdentity) {
  const auto other = omemo::OwnIdentity::generate(crypto::system_random());
  EXPECT_THROW(in([&](Tables& t) { t.identities.create(bot, {other, omemo::DeviceId(1)}); }), StoreError);
  EXPECT_TRUE(in([&](Tables& t) { return t.identities.load(bot)->keys.secret() == own.secret(); }));
}

TEST_F(KeyTables, KnowNoIdentityOfANewAccount) {
  const AccountId other = account("other@example.org");
  EXPECT_FALSE(in([&](Tables& t) { return t.identities.load(other).has_value(); }));
}

// case 136
TEST_F(KeyTables, NeverGiveAPrekeyIdTwice) {
  const auto first = make_prekeys(100);
  in([&](Tables& t) {
    for (const auto& prekey : first) t.prekeys.mark_used(bot, prekey.id, now);
    EXPECT_EQ(t.prekeys.delete_used(bot, now + 1ms), 100u);
  });
  open();
  EXPECT_EQ(make_prekeys(1).front().id, first.back().id + 1);
}

TEST_F(KeyTables, SkipIdsInUseAfterWrappingAround) {
  const auto first = make_prekeys(2);
  tamper("UPDATE identities SET next_prekey = 2147483647");
  open();
  const auto ids = in([&](Tables& t) { return t.prekeys.take_ids(bot, 2); });
  EXPECT_EQ(ids, (std::vector<std::uint32_t>{2147483647, first.back().id + 1}));
}

// case 136
TEST_F(KeyTables, KeepAUsedPrekeyReadableButUnpublished) {
  const auto made = make_prekeys(3);
  in([&](Tables& t) {
    t.prekeys.mark_used(bot, made[1].id, now);
    EXPECT_EQ(t.prekeys.count_published(bot), 2u);
    for (const auto& prekey : t.prekeys.published(bot)) EXPECT_NE(prekey.id, made[1].id);
    const auto used = t.prekeys.find(bot, made[1].id);
    ASSERT_TRUE(used);
    EXPECT_TRUE(used->pair.secret == made[1].pair.secret);
    EXPECT_EQ(t.prekeys.delete_used(bot, now), 0u);
    EXPECT_EQ(t.prekeys.delete_used(bot, now + 1ms), 1u);
    EXPECT_FALSE(t.prekeys.find(bot, made[1].id));
  });
}

TEST_F(KeyTables, CountTheFirstUseOfAPrekey) {
  const auto made = make_prekeys(1);
  in([&](Tables& t) {
    t.prekeys.mark_used(bot, made[0].id, now);
    t.prekeys.mark_used(bot, made[0].id, now + 1h);
    EXPECT_EQ(t.prekeys.delete_used(bot, now + 1ms), 1u);
  });
}

// case 108
TEST_F(KeyTables, KeepOneSignedPrekeyBehindTheCurrentOne) {
  const auto first = rotate(now);
  const auto second = rotate(now + 24h);
  const auto third = rotate(now + 48h);
  in([&](Tables& t) {
    EXPECT_FALSE(t.prekeys.find_signed(bot, first.id));
    const auto kept = t.prekeys.signed_prekeys(bot);
    ASSERT_EQ(kept.size(), 2u);
    EXPECT_TRUE(kept[0].current);
    EXPECT_EQ(kept[0].prekey.id, third.id);
    EXPECT_EQ(kept[0].created, now + 48h);
    EXPECT_FALSE(kept[1].current);
    EXPECT_TRUE(kept[1].prekey.pair.secret == second.pair.secret);
  });
}

}  // namespace
}  // namespace omegate::store
