// What plugins hash with says the same as what we hash with.
#include "bridge/core/crypto/plain_hash.hpp"

#include <gmock/gmock.h>

#include <string>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"

namespace {

using namespace omegate;
using namespace omegate::crypto;

TEST(PlainHash, IsWhatTheStandardSays) {
  EXPECT_EQ(to_hex(plain_sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(plain_sha512(as_bytes("abc"))).substr(0, 16), "ddaf35a193617aba");
}

TEST(PlainHash, IsThatOfTheOtherLibrary) {
  for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000}) {
    const std::string text(size, 'x'), key(size, 'k');
    EXPECT_EQ(plain_sha256(as_bytes(text)), digest(Hash::sha256, as_bytes(text))) << size;
    EXPECT_EQ(plain_sha512(as_bytes(text)), digest(Hash::sha512, as_bytes(text))) << size;
    if (size == 0) continue;  // that library wants a key
    EXPECT_EQ(plain_hmac_sha256(as_bytes(key), as_bytes(text)), hmac(Hash::sha256, as_bytes(key), as_bytes(text))) << size;
  }
  EXPECT_EQ(to_hex(plain_hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

}  // namespace
