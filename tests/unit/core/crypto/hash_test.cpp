#include "bridge/core/crypto/hash.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/sha256.hpp"

namespace omegate::crypto {
namespace {

Bytes numbered(std::size_t size, unsigned start = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<Byte>(start + 7 * i);
  return bytes;
}

TEST(Hash, DigestsAndMacsAreTheStandards) {
  EXPECT_EQ(to_hex(digest(Hash::sha1, as_bytes("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(digest(Hash::sha256, {})),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(hmac(Hash::sha256, as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac(Hash::sha512, {}, {}).size(), digest_size(Hash::sha512));
}

TEST(Hash, Pbkdf2IsThatOfTheRfc) {
  EXPECT_EQ(to_hex(pbkdf2(Hash::sha1, as_bytes("password"), as_bytes("salt"), 4096)),
            "4b007901b765489abead49d926f721d065a429c1");
}

// Every length around the block borders, in one piece and in two, by OpenSSL's blocks and by the processor's.
TEST(FastHmac, AgreesWithTheReferenceForAllLengthsAndBothWaysToHash) {
  for (const Sha256Blocks* blocks : {&sha256_blocks(), &sha256_by_openssl}) {
    for (const std::size_t key_size : {0, 1, 32, 63, 64}) {
      const Bytes key = numbered(key_size, 3);
      HmacSha256 fast(key, *blocks);
      for (std::size_t size = 0; size < 200; ++size) {
        const Bytes message = numbered(size);
        std::array<Byte, 32> mac;
        fast.update(ByteView(message).first(size / 3));
        fast.update(ByteView(message).subspan(size / 3));
        fast.finish(mac);
        ASSERT_EQ(to_hex(mac), to_hex(hmac(Hash::sha256, key, message))) << key_size << " " << size;
      }
    }
  }
}

TEST(FastHmac, ComputesTwoSideBySide) {
  for (const Sha256Blocks* blocks : {&sha256_blocks(), &sha256_by_openssl}) {
    const Bytes key = numbered(32);
    std::array<Byte, 32> one, two;
    HmacSha256(key, *blocks).finish_two(1, 2, one, two);
    EXPECT_EQ(to_hex(one), to_hex(hmac(Hash::sha256, key, numbered(1, 1))));
    EXPECT_EQ(to_hex(two), to_hex(hmac(Hash::sha256, key, numbered(1, 2))));
  }
}

TEST(FastHkdf, AgreesWithTheReference) {
  for (const std::size_t size : {1, 32, 33, 64, 80, 255}) {
    for (const std::size_t info : {0, 17, 23, 24, 26, 90}) {
      const Bytes secret = numbered(size), label = numbered(info, 9), salt = numbered(32, 5);
      Bytes fast(80), reference(80);
      hkdf_sha256_zero_salt(secret, as_text(label), fast);
      hkdf_sha256(secret, {}, as_text(label), reference);
      EXPECT_EQ(fast, reference);
      hkdf_sha256_short_salt(secret, salt, as_text(label), fast);
      hkdf_sha256(secret, salt, as_text(label), reference);
      EXPECT_EQ(fast, reference);
    }
  }
}

}  // namespace
}  // namespace omegate::crypto
