#include "bridge/edge/store/limits.hpp"
#include "tests/unit/edge/store/fixture.hpp"

namespace omegate::store {
namespace {

using omemo::DeviceId;
using omemo::Version;

struct DevicesTable : StoreTest {
  std::vector<DeviceId> ids(std::initializer_list<std::uint32_t> numbers) {
    std::vector<DeviceId> made;
    for (const std::uint32_t number : numbers) made.emplace_back(number);
    return made;
  }
  ListChange replace(std::initializer_list<std::uint32_t> numbers) {
    return in(
        [&](Tables& t) { return t.devices.replace_list(bot, juliet, Version::omemo2, ids(numbers), now); });
  }
  DeviceRef device(std::uint32_t number) { return {bot, juliet, Version::omemo2, DeviceId(number)}; }

  AccountId bot = account();
  std::string juliet = "juliet@example.org";
};

TEST_F(DevicesTable, TellsWhatANewListChanged) {
  EXPECT_EQ(replace({1, 2, 3}).appeared, ids({1, 2, 3}));
  const ListChange second = replace({3, 4});
  EXPECT_EQ(second.appeared, ids({4}));
  EXPECT_EQ(second.vanished, ids({1, 2}));
  const ListChange third = replace({3, 4, 1});
  EXPECT_EQ(third.returned, ids({1}));
  EXPECT_TRUE(third.appeared.empty());
  EXPECT_TRUE(replace({3, 4, 1}).empty());
}

TEST_F(DevicesTable, GivesActiveDevicesInTheOrderOfTheList) {
  replace({1, 2, 3});
  replace({3, 2});
  const auto all = in([&](Tables& t) { return t.devices.all(bot, juliet, Version::omemo2); });
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].id, DeviceId(3));
  EXPECT_EQ(all[1].id, DeviceId(2));
  EXPECT_EQ(all[2].id, DeviceId(1));
  EXPECT_FALSE(all[2].active);
}

// case 85
TEST_F(DevicesTable, CountsADeviceThatIsListedTwiceOnce) { EXPECT_EQ(replace({5, 5}).appeared, ids({5})); }

TEST_F(DevicesTable, KeepsVersionsAndPeersApart) {
  replace({1});
  in([&](Tables& t) {
    EXPECT_TRUE(t.devices.all(bot, juliet, Version::legacy).empty());
    EXPECT_TRUE(t.devices.all(bot, "romeo@example.org", Version::omemo2).empty());
    EXPECT_FALSE(t.devices.list_fetched(bot, juliet, Version::legacy));
  });
}

TEST_F(DevicesTable, KnowsWhenAListWasFetchedUntilItIsForgotten) {
  replace({1});
  in([&](Tables& t) {
    EXPECT_EQ(t.devices.list_fetched(bot, juliet, Version::omemo2), now);
    t.devices.forget_list(bot, juliet, Version::omemo2);
    EXPECT_FALSE(t.devices.list_fetched(bot, juliet, Version::omemo2));
    EXPECT_EQ(t.devices.all(bot, juliet, Version::omemo2).size(), 1u);
  });
  replace({1});
  in([&](Tables& t) {
    t.devices.forget_lists(bot);
    EXPECT_FALSE(t.devices.list_fetched(bot, juliet, Version::omemo2));
  });
}

TEST_F(DevicesTable, RemembersWhatADeviceShowed) {
  crypto::PublicKey curve{};
  curve.fill(9);
  in([&](Tables& t) {
    t.devices.set_identity(device(8), curve, now);
    t.devices.note_message(device(8), now + 1s);
    t.devices.note_bundle_failure(device(8), now + 1h, "item-not-found", now);
  });
  open();
  in([&](Tables& t) {
    auto found = t.devices.find(device(8));
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->active);
    EXPECT_EQ(found->identity, curve);
    EXPECT_EQ(found->last_message, now + 1s);
    EXPECT_EQ(found->bundle_failed_until, now + 1h);
    EXPECT_EQ(found->bundle_failure, "item-not-found");
    t.devices.clear_bundle_failure(device(8));
    EXPECT_FALSE(t.devices.find(device(8))->bundle_failed_until);
    EXPECT_EQ(t.devices.peers(bot), std::vector<std::string>{juliet});
  });
}

TEST_F(DevicesTable, ForgetsTheOldestStrangersOfAListThatAlwaysChanges) {
  const BundlePeer peer;
  in([&](Tables& t) { t.ratchets.save(device(1), peer.session(), now); });
  in([&](Tables& t) {
    for (std::uint32_t round = 0; round < 10; ++round) {
      std::vector<DeviceId> fresh;
      for (std::uint32_t i = 1; i <= 50; ++i) fresh.emplace_back(1000 + round * 100 + i);
      t.devices.replace_list(bot, juliet, Version::omemo2, fresh, now + std::chrono::seconds(round));
    }
    EXPECT_LE(t.devices.all(bot, juliet, Version::omemo2).size(), 50 + 1 + max_remembered_devices);
    EXPECT_TRUE(t.ratchets.current(device(1)));  // who has a session is no stranger
    EXPECT_FALSE(t.devices.find(device(1001)));
  });
}

}  // namespace
}  // namespace omegate::store
