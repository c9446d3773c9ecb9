#include "bridge/core/omemo/bundle.hpp"

#include <gtest/gtest.h>

#include <map>

#include "bridge/core/omemo/device_id.hpp"
#include "tests/unit/core/omemo/talk.hpp"

namespace omegate::omemo {
namespace {

TEST(Bundle, VerifiesInBothVersionsFromOneIdentity) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SeededRandom random(seed);
    const Device device(random);
    for (const Version version : versions) EXPECT_TRUE(verify(device.bundle(version))) << seed;
    EXPECT_EQ(device.identity.ed()[31] >> 7, 0);
  }
}

// case 82
TEST(Bundle, IsRefusedForEveryFlippedBitOfKeysAndSignature) {
  SeededRandom random(1);
  const Device device(random), other(random);
  for (const Version version : versions) {
    const Bundle good = device.bundle(version);
    for (std::size_t bit = 0; bit < 512; ++bit) {
      Bundle altered = good;
      altered.signature[bit / 8] = static_cast<Byte>(altered.signature[bit / 8] ^ (1u << bit % 8));
      EXPECT_EQ(verify(altered).error(), Error::bad_signature) << bit;
      if (bit >= 256) continue;
      altered = good;
      altered.signed_prekey[bit / 8] = static_cast<Byte>(altered.signed_prekey[bit / 8] ^ (1u << bit % 8));
      EXPECT_EQ(verify(altered).error(), Error::bad_signature) << bit;
    }
    Bundle foreign = good;
    foreign.identity = other.identity.public_key();
    EXPECT_EQ(verify(foreign).error(), Error::bad_signature);
    foreign = good;
    foreign.signature = {};
    EXPECT_EQ(verify(foreign).error(), Error::bad_signature);
    EXPECT_EQ(start_session(other.identity, foreign, good.prekeys.front(), random).error(),
              Error::bad_signature);
  }
}

// case 84
TEST(Bundle, WithoutPrekeysStartsNothing) {
  SeededRandom random(2);
  const Device device(random);
  for (const Version version : versions) {
    Bundle bundle = device.bundle(version);
    bundle.prekeys.clear();
    EXPECT_EQ(verify(bundle).error(), Error::no_prekey);
    EXPECT_EQ(choose_prekey(bundle, random).error(), Error::no_prekey);
  }
}

TEST(ChoosePrekey, IsUniformAndAvoidsIdZero) {
  SeededRandom random(3);
  Bundle bundle;
  for (std::uint32_t id = 0; id < 11; ++id) bundle.prekeys.push_back({id, {}});
  std::map<std::uint32_t, int> chosen;
  for (int i = 0; i < 10'000; ++i) ++chosen[choose_prekey(bundle, random).value().id];
  EXPECT_FALSE(chosen.contains(0));
  ASSERT_EQ(chosen.size(), 10u);
  for (const auto& [id, count] : chosen) EXPECT_NEAR(count, 1000, 150) << id;
  bundle.prekeys.resize(1);
  EXPECT_EQ(choose_prekey(bundle, random).value().id, 0u);
}

TEST(Keys, SurviveTheStoreAndRefuseOtherBytes) {
  SeededRandom random(4);
  const Device device(random);
  const auto prekey = parse_prekey(serialise(device.prekeys[1])).value();
  EXPECT_EQ(prekey.id, 2u);
  EXPECT_EQ(prekey.pair.curve, device.prekeys[1].pair.curve);
  EXPECT_TRUE(prekey.pair.secret == device.prekeys[1].pair.secret);
  const auto signed_prekey = parse_signed_prekey(serialise(device.signed_prekey)).value();
  EXPECT_EQ(signed_prekey.legacy_signature, device.signed_prekey.legacy_signature);
  EXPECT_EQ(signed_prekey.omemo2_signature, device.signed_prekey.omemo2_signature);
  EXPECT_EQ(parse_prekey(serialise(device.signed_prekey)).error(), Error::bad_state);
  EXPECT_EQ(parse_signed_prekey(serialise(device.prekeys[0])).error(), Error::bad_state);
  EXPECT_EQ(parse_prekey({}).error(), Error::bad_state);
  const auto identity = OwnIdentity::from_secret(device.identity.secret());
  EXPECT_EQ(identity.curve(), device.identity.curve());
  EXPECT_EQ(identity.ed(), device.identity.ed());
}

TEST(Keys, IdsWrapToOneAndNeverToZero) {
  EXPECT_EQ(next_prekey_id(1), 2u);
  EXPECT_EQ(next_prekey_id(max_prekey_id), 1u);
  EXPECT_EQ(next_prekey_id(0xffff'ffff), 1u);
}

TEST(DeviceId, IsDrawnAndReadWithinItsRange) {
  SeededRandom random(5);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(make_device_id(random_device_id(random).value()));
  for (const std::uint64_t bad : {0ull, 0x8000'0000ull, 0xffff'ffffull, 0x1'0000'0001ull}) {
    EXPECT_EQ(make_device_id(bad).error(), Error::device_id_out_of_range);
  }
  EXPECT_EQ(make_device_id(max_device_id).value().value(), max_device_id);
}

}  // namespace
}  // namespace omegate::omemo
