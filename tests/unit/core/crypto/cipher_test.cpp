#include <gtest/gtest.h>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/aes_blocks.hpp"
#include "bridge/core/crypto/random.hpp"

namespace omegate::crypto {
namespace {

TEST(Aead, OpensWithTheSameKeyAndPlaceOnly) {
  Random& random = system_random();
  const auto key = Secret<32>::random(random);
  const Bytes sealed = aead_seal(key, as_bytes("table|row"), as_bytes("text"), random);
  EXPECT_EQ(sealed.size(), 4 + aead_overhead);
  EXPECT_EQ(as_text(aead_open(key, as_bytes("table|row"), sealed).value()), "text");
  EXPECT_EQ(aead_open(key, as_bytes("table|other"), sealed).error(), Error::not_authentic);
  EXPECT_EQ(aead_open(Secret<32>::random(random), as_bytes("table|row"), sealed).error(),
            Error::not_authentic);
  EXPECT_NE(aead_seal(key, {}, as_bytes("text"), random), aead_seal(key, {}, as_bytes("text"), random));
}

// case 110
TEST(Aead, RefusesEveryFlippedBitAndEveryCut) {
  const auto key = Secret<32>::random(system_random());
  const Bytes sealed = aead_seal(key, {}, as_bytes("text"), system_random());
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
    EXPECT_FALSE(aead_open(key, {}, altered));
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(aead_open(key, {}, ByteView(sealed).first(size)));
  }
}

// case 109
TEST(Aead, AnEmptyTextIsAuthenticatedToo) {
  const auto key = Secret<32>::random(system_random());
  Bytes sealed = aead_seal(key, {}, {}, system_random());
  EXPECT_TRUE(aead_open(key, {}, sealed).value().empty());
  sealed.back() ^= 1;
  EXPECT_FALSE(aead_open(key, {}, sealed));
}

// case 109
TEST(Gcm, RefusesEveryFlippedBitOfAnEmptyText) {
  const Bytes key(16, 1), iv(12, 2);
  const auto sealed = aes_gcm_encrypt(key, iv, {});
  EXPECT_TRUE(aes_gcm_decrypt(key, iv, {}, sealed.tag).value().empty());
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Tag altered = sealed.tag;
    altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
    EXPECT_EQ(aes_gcm_decrypt(key, iv, {}, altered).error(), Error::not_authentic);
  }
}

TEST(Gcm, TakesNoOtherLengths) {
  const Bytes key(16), iv(12), tag(16);
  EXPECT_EQ(aes_gcm_decrypt(Bytes(24), iv, {}, tag).error(), Error::bad_length);
  EXPECT_EQ(aes_gcm_decrypt(key, Bytes(8), {}, tag).error(), Error::bad_length);
  EXPECT_EQ(aes_gcm_decrypt(key, iv, {}, Bytes(12)).error(), Error::bad_length);
}

// The contexts are kept from call to call: one that failed, or had another IV length, must not colour the
// next.
// case 110
TEST(Gcm, ACallLeavesNoTraceInTheNext) {
  const Bytes key(16, 1), short_iv(12, 2), long_iv(16, 2);
  const auto first = aes_gcm_encrypt(key, short_iv, as_bytes("text"));
  const auto second = aes_gcm_encrypt(key, long_iv, as_bytes("text"));
  EXPECT_FALSE(aes_gcm_decrypt(key, short_iv, second.ciphertext, second.tag));
  EXPECT_EQ(as_text(aes_gcm_decrypt(key, short_iv, first.ciphertext, first.tag).value()), "text");
  EXPECT_EQ(as_text(aes_gcm_decrypt(key, long_iv, second.ciphertext, second.tag).value()), "text");
  EXPECT_EQ(aes_gcm_encrypt(key, short_iv, as_bytes("text")).tag, first.tag);
}

// The processor's instructions against OpenSSL, for one to nine blocks.
TEST(Cbc, BothWaysToEncryptAgree) {
  Random& random = system_random();
  for (std::size_t blocks = 1; blocks < 10; ++blocks) {
    const auto key = Secret<32>::random(random);
    Iv iv;
    random.fill(iv);
    Bytes plaintext(16 * blocks);
    random.fill(plaintext);
    Bytes ours = plaintext, reference = plaintext;
    aes256_cbc().encrypt(key, iv, ours);
    aes256_cbc_by_openssl.encrypt(key, iv, reference);
    EXPECT_EQ(ours, reference);
    aes256_cbc().decrypt(key, iv, ours);
    aes256_cbc_by_openssl.decrypt(key, iv, reference);
    EXPECT_EQ(ours, plaintext);
    EXPECT_EQ(reference, plaintext);
  }
}

// case 110
TEST(Cbc, ACallLeavesNoTraceInTheNext) {
  const Secret<32> key;
  const Iv iv{};
  Bytes once(32), again(32);
  aes256_cbc_encrypt(key, iv, as_bytes("0123456789abcdef"), once);
  EXPECT_EQ(aes256_cbc_decrypt(key, iv, Bytes(16, 9)).error(), Error::bad_padding);
  EXPECT_EQ(aes256_cbc_decrypt(key, iv, Bytes(15)).error(), Error::bad_length);
  EXPECT_EQ(aes256_cbc_decrypt(key, iv, {}).error(), Error::bad_length);
  EXPECT_EQ(as_text(aes256_cbc_decrypt(key, iv, once).value()), "0123456789abcdef");
  aes256_cbc_encrypt(key, iv, as_bytes("0123456789abcdef"), again);
  EXPECT_EQ(once, again);
}

}  // namespace
}  // namespace omegate::crypto
