#include "bridge/core/crypto/passphrase.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::crypto {
namespace {

constexpr PassphraseCost cheap{1, 8};

std::string key(std::string_view passphrase, Byte salt, const PassphraseCost& cost) {
  Salt filled{};
  filled.fill(salt);
  return to_hex(key_of_passphrase(as_bytes(passphrase), filled, cost).value().bytes());
}

TEST(Passphrase, GivesTheSameKeyForTheSameWordsSaltAndCost) {
  EXPECT_EQ(key("correct horse", 1, cheap), key("correct horse", 1, cheap));
  EXPECT_NE(key("correct horse", 1, cheap), key("correct horsf", 1, cheap));
  EXPECT_NE(key("correct horse", 1, cheap), key("correct horse", 2, cheap));
  EXPECT_NE(key("correct horse", 1, cheap), key("correct horse", 1, {2, 8}));
  EXPECT_NE(key("correct horse", 1, cheap), key("correct horse", 1, {1, 16}));
}

// Computed with PyNaCl (nacl.pwhash.argon2id.kdf): pins the algorithm and the unit of the memory, which
// stored databases depend on.
TEST(Passphrase, IsArgon2id) {
  EXPECT_EQ(key("password", 'a', {2, 64}),
            "a4a02567f139da769c14f7f46d6a12bc131b9e9d8ee50953bf28490e6f47fd29");
}

TEST(Passphrase, DoesNotPayWhateverAForgedFileAsks) {
  for (const PassphraseCost cost :
       {PassphraseCost{0, 8}, PassphraseCost{1, 7}, PassphraseCost{17, 8}, PassphraseCost{1, 4u << 20}})
    EXPECT_EQ(key_of_passphrase({}, Salt{}, cost).error(), Error::too_costly);
}

}  // namespace
}  // namespace omegate::crypto
