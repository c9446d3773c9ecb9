#include "bridge/gateway/devices/rotation.hpp"

#include <gmock/gmock.h>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/operator/operator_error.hpp"
#include "tests/support/party.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;
using omemo::Version;
using test::noon;
using test::Party;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string bot_jid = "bot@example.org", alice_jid = "alice@example.net", bob_jid = "bob@example.net";

struct RotatingKeys : testing::Test {
  Party bot{bot_jid}, alice{alice_jid}, bob{bob_jid};

  RotatingKeys() {
    bot.meet(alice, Version::legacy);
    bot.meet(bob, Version::legacy);
  }
  Rotation begin(bool stolen = false) {
    return bot.run([&](store::Tables& t) {
      return begin_rotation(t, bot.self, Language::english, {"operator test", "yearly", stolen}, bot.random, noon);
    });
  }
  std::optional<Rotation> under_way() {
    return bot.run([&](store::Tables& t) { return rotation_under_way(t, bot.self.account); });
  }
  void finish() {
    bot.run([&](store::Tables& t) { switch_key(t, bot.self, *rotation_under_way(t, bot.self.account), noon); });
  }
  bool may(const Rotation& rotation, bool caught_up, WallTime now = noon) {
    return bot.run([&](store::Tables& t) { return may_switch(t, rotation, caught_up, now); });
  }
  store::Identity identity() {
    return bot.run([&](store::Tables& t) { return *t.identities.load(bot.self.account); });
  }
  /// As "to: text", oldest first.
  std::vector<std::string> notices() {
    return bot.run([](store::Tables& t) {
      std::vector<std::string> texts;
      for (const auto& row : t.outbox.list({})) texts.push_back(row.recipient + ": " + decode_outgoing(row.body).text);
      std::ranges::sort(texts);
      return texts;
    });
  }
  store::DeviceRef device_of(Party& party) { return {bot.self.account, party.self.jid, Version::legacy, party.self.device}; }
};

TEST_F(RotatingKeys, TheOldKeyTellsEverybodyTheNextOneAndStaysInForce) {
  const auto before = identity();
  const Rotation rotation = begin();
  const std::string next = omemo::fingerprint(rotation.next.keys.curve());
  EXPECT_THAT(notices(), ElementsAre(testing::AllOf(testing::StartsWith(alice_jid), HasSubstr(next)),
                                     testing::AllOf(testing::StartsWith(bob_jid), HasSubstr(next))));
  EXPECT_EQ(identity().keys.curve(), before.keys.curve());
  EXPECT_NE(rotation.next.keys.curve(), before.keys.curve());
  EXPECT_NE(rotation.next.device, before.device);
  EXPECT_TRUE(bot.run([&](store::Tables& t) { return t.ratchets.current(device_of(alice)); })) << "what the old key opens is still read";
}

TEST_F(RotatingKeys, WhoIsNotAllowedToReadUsHearsNothingOfTheNextKey) {
  bot.decide(bob_jid, bob.device().identity.curve(), trust::Fact::revoked);
  EXPECT_THAT(begin().notices, SizeIs(1));
  EXPECT_THAT(notices(), ElementsAre(testing::StartsWith(alice_jid)));
}

TEST_F(RotatingKeys, AStolenKeyIsCalledThat) {
  begin(true);
  EXPECT_THAT(notices(), testing::Each(HasSubstr("may be in other hands")));
}

TEST_F(RotatingKeys, ARestartGoesOnWithTheSameNextKey) {
  const Rotation rotation = begin(true);
  const auto found = under_way();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->next.keys.curve(), rotation.next.keys.curve()) << "else contacts were told of a key that never comes";
  EXPECT_EQ(found->next.device, rotation.next.device);
  EXPECT_EQ(found->notices, rotation.notices);
  EXPECT_EQ(found->began, noon);
  EXPECT_TRUE(found->order.stolen);
  EXPECT_EQ(found->order.why, "yearly");
  EXPECT_THROW(begin(), OperatorError) << "one at a time";
  EXPECT_EQ(under_way()->next.device, rotation.next.device);
}

TEST_F(RotatingKeys, NothingIsSwitchedWhileANoticeOrTheArchiveNeedsTheOldKey) {
  const Rotation rotation = begin();
  EXPECT_FALSE(may(rotation, true)) << "nobody knows of the next key yet";
  bot.run([&](store::Tables& t) {
    for (std::size_t i = 0; i < rotation.notices.size(); ++i) bot.seal_next(t, trust::MessageRule::partial);
  });
  EXPECT_FALSE(may(rotation, true)) << "nobody knows whether they arrived";
  bot.run([&](store::Tables& t) { t.outbox.mark_sent(rotation.notices, noon); });
  EXPECT_FALSE(may(rotation, false)) << "what waits in the archive only the old key opens";
  EXPECT_TRUE(may(rotation, true));
}

TEST_F(RotatingKeys, NobodyKeepsAnOldKeyAliveForEver) {
  const Rotation rotation = begin();
  EXPECT_FALSE(may(rotation, false, noon + rotation_patience));
  EXPECT_TRUE(may(rotation, false, noon + rotation_patience + 1ms));
  bot.run([&](store::Tables& t) {
    for (const store::OutboxId id : rotation.notices) t.outbox.park(id, "the server does not want it", noon);
  });
  EXPECT_TRUE(may(rotation, true)) << "a notice that does not go out holds nothing up";
}

TEST_F(RotatingKeys, AfterTheSwitchNothingOfTheOldKeyIsLeft) {
  const auto before = identity();
  const Rotation rotation = begin();
  finish();
  EXPECT_EQ(identity().keys.curve(), rotation.next.keys.curve());
  EXPECT_EQ(identity().device, rotation.next.device);
  EXPECT_EQ(bot.self.device, rotation.next.device) << "what is sealed from now on names it";
  EXPECT_FALSE(under_way());
  bot.run([&](store::Tables& t) {
    EXPECT_FALSE(t.ratchets.current(device_of(alice)));
    EXPECT_TRUE(t.ratchets.archived(device_of(alice)).empty());
    EXPECT_TRUE(t.prekeys.signed_prekeys(bot.self.account).empty());
    EXPECT_EQ(t.prekeys.count_published(bot.self.account), 0u);
    EXPECT_TRUE(was_ours(t, bot.self.account, before.device));
    EXPECT_FALSE(was_ours(t, bot.self.account, rotation.next.device));
    store::LedgerFilter filter{bot_jid};
    filter.fact = trust::Fact::own_key;
    const auto rows = t.ledger.history(filter);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].key, rotation.next.keys.curve());
    EXPECT_THAT(rows[0].reason, HasSubstr(omemo::fingerprint(before.keys.curve(), omemo::FingerprintStyle::plain)));
    EXPECT_THAT(rows[0].reason, HasSubstr("yearly"));
  });
}

TEST_F(RotatingKeys, EachDeviceThatWeWereIsWithdrawnAndRememberedByItself) {
  const omemo::DeviceId first = identity().device;
  begin();
  finish();
  const omemo::DeviceId second = identity().device;
  bot.device();  // prekeys for the next one
  begin();
  finish();
  bot.run([&](store::Tables& t) {
    note_withdrawn(t, bot.self.account, first);
    const auto former = former_devices(t, bot.self.account);
    ASSERT_EQ(former.size(), 2u);
    EXPECT_EQ(former[0].id, first);
    EXPECT_TRUE(former[0].withdrawn);
    EXPECT_EQ(former[1].id, second);
    EXPECT_FALSE(former[1].withdrawn) << "what it had published is still there";
  });
}

}  // namespace
}  // namespace omegate::gateway
