#include "bridge/core/omemo/payload.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/omemo/talk.hpp"

namespace omegate::omemo {
namespace {

Result<SecretBytes> decrypt(Version version, const EncryptedPayload& encrypted) {
  return decrypt_payload(version, encrypted.key_material, encrypted.iv, encrypted.payload);
}

Bytes flipped(ByteView bytes, std::size_t bit) {
  Bytes altered(bytes.begin(), bytes.end());
  altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
  return altered;
}

TEST(Payload, OpensAgainAndHasTheRightForm) {
  SeededRandom random(1);
  for (const Version version : versions) {
    for (const std::string_view text :
         {"", "x", "exactly 16 bytes", "a longer text of more than one block"}) {
      const auto encrypted = encrypt_payload(version, as_bytes(text), random);
      EXPECT_EQ(as_text(decrypt(version, encrypted).value()), text);
      EXPECT_EQ(encrypted.key_material.size(), version == Version::legacy ? 32u : 48u);
      EXPECT_EQ(encrypted.iv.size(), version == Version::legacy ? 12u : 0u);
    }
  }
}

// case 74
TEST(Payload, RefusesEveryFlippedBit) {
  SeededRandom random(2);
  for (const Version version : versions) {
    for (const std::string_view text : {"", "some text"}) {
      const auto good = encrypt_payload(version, as_bytes(text), random);
      for (std::size_t bit = 0; bit < 8 * good.payload.size(); ++bit) {
        EXPECT_FALSE(decrypt_payload(version, good.key_material, good.iv, flipped(good.payload, bit)));
      }
      for (std::size_t bit = 0; bit < 8 * good.key_material.size(); ++bit) {
        EXPECT_FALSE(decrypt_payload(version, flipped(good.key_material, bit), good.iv, good.payload)) << bit;
      }
      for (std::size_t bit = 0; bit < 8 * good.iv.size(); ++bit) {
        EXPECT_FALSE(decrypt_payload(version, good.key_material, flipped(good.iv, bit), good.payload));
      }
    }
  }
}

// case 102
TEST(Payload, LegacyTakesIvsOf12And16BytesOnly) {
  SeededRandom random(3);
  const auto good = encrypt_payload(Version::legacy, as_bytes("text"), random);
  for (const std::size_t size : {0, 8, 11, 13, 15, 17, 32}) {
    EXPECT_EQ(decrypt_payload(Version::legacy, good.key_material, Bytes(size), good.payload).error(),
              Error::bad_payload);
  }
  EXPECT_EQ(decrypt_payload(Version::legacy, good.key_material, Bytes(16), good.payload).error(),
            Error::payload_not_authentic);
}

TEST(Payload, KeyMaterialOfAnyOtherLengthIsRefused) {
  SeededRandom random(4);
  const auto legacy = encrypt_payload(Version::legacy, as_bytes("text"), random);
  for (const std::size_t size : {0, 1, 15, 17, 31}) {
    EXPECT_EQ(decrypt_payload(Version::legacy, Bytes(size), legacy.iv, legacy.payload).error(),
              Error::bad_payload);
  }
  const auto omemo2 = encrypt_payload(Version::omemo2, as_bytes("text"), random);
  for (const std::size_t size : {0, 16, 32, 47, 49, 64}) {
    EXPECT_EQ(decrypt_payload(Version::omemo2, Bytes(size), {}, omemo2.payload).error(), Error::bad_payload);
  }
}

// The MAC of OMEMO 2 is over the ciphertext alone: an empty one with its right MAC still has no valid
// padding.
// case 109
TEST(Payload, AnEmptyCiphertextIsVerifiedNotSkipped) {
  EXPECT_EQ(decrypt_payload(Version::omemo2, Bytes(48), {}, {}).error(), Error::payload_not_authentic);
  EXPECT_EQ(decrypt_payload(Version::legacy, Bytes(32), Bytes(12), {}).error(), Error::payload_not_authentic);
}

// case 98
TEST(Payload, EmptyMessagesCarryWhatTheirVersionExpects) {
  SeededRandom random(5);
  const auto legacy = empty_message(Version::legacy, random), omemo2 = empty_message(Version::omemo2, random);
  EXPECT_EQ(legacy.key_material.size(), 16u);
  EXPECT_EQ(legacy.iv.size(), 12u);
  EXPECT_FALSE(legacy.key_material == SecretBytes(16));
  EXPECT_TRUE(omemo2.key_material == SecretBytes(32));
  EXPECT_TRUE(omemo2.iv.empty() && omemo2.payload.empty() && legacy.payload.empty());
}

}  // namespace
}  // namespace omegate::omemo
