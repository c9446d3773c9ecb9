// All readers of a message have the key of its text. One of them, with a hand on the wire, puts another text in.
//
// Known of OMEMO 0.3: GCM does not commit to its key, so a text can be made that fits the sealed tag. Impossible in
// OMEMO 2, whose tag is an HMAC.
#include <gtest/gtest.h>

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "tests/unit/core/omemo/talk.hpp"

namespace omegate::omemo {
namespace {

/// GF(2^128) as GCM counts its bits. Source: NIST SP 800-38D §6.3.
__extension__ using Block = unsigned __int128;

Block block_at(ByteView bytes, std::size_t begin) {
  Block block = 0;
  for (const Byte byte : bytes.subspan(begin, 16)) block = block << 8 | byte;
  return block;
}

Block times(Block x, Block y) {
  constexpr Block reduction = Block{0xe1} << 120;
  Block product = 0;
  for (int bit = 127; bit >= 0; --bit) {
    if (x >> bit & 1) product ^= y;
    y = y & 1 ? y >> 1 ^ reduction : y >> 1;
  }
  return product;
}

/// x^(2^128 - 2)
Block inverse(Block x) {
  Block power = x, result = Block{1} << 127;  // the one
  for (int i = 1; i < 128; ++i) {
    power = times(power, power);
    result = times(result, power);
  }
  return result;
}

Block root(Block x) {
  for (int i = 0; i < 127; ++i) x = times(x, x);
  return x;
}

/// The hash key, from nothing but what a fellow recipient can compute: two texts under the known key and IV.
Block hash_key(ByteView key, ByteView iv) {
  const auto a = crypto::aes_gcm_encrypt(key, iv, Bytes(16, 0));
  const auto b = crypto::aes_gcm_encrypt(key, iv, Bytes(16, 1));
  const Block squared = times(block_at(a.tag, 0) ^ block_at(b.tag, 0),
                              inverse(block_at(a.ciphertext, 0) ^ block_at(b.ciphertext, 0)));
  return root(squared);
}

void change(Bytes& payload, std::size_t begin, Block by) {
  for (int i = 15; i >= 0; --i, by >>= 8) payload[begin + static_cast<std::size_t>(i)] ^= static_cast<Byte>(by);
}

constexpr std::string_view genuine = "delete nothing, 2nd block behind", wanted = "delete all of it";

// case 97
TEST(FellowRecipient, CanWriteAnotherTextUnderALegacyTag) {
  SeededRandom random(97);
  auto sealed = encrypt_payload(Version::legacy, as_bytes(genuine), random);
  const ByteView key = ByteView(sealed.key_material).first(16);
  const Block delta = block_at(as_bytes(genuine), 0) ^ block_at(as_bytes(wanted), 0);
  change(sealed.payload, 0, delta);
  change(sealed.payload, 16, times(delta, hash_key(key, sealed.iv)));  // makes up for it in the hash
  const auto opened = decrypt_payload(Version::legacy, sealed.key_material, sealed.iv, sealed.payload);
  ASSERT_TRUE(opened) << "the attack is gone? Then the label may go, too";
  EXPECT_TRUE(as_text(*opened).starts_with(wanted));
}

// case 97
TEST(FellowRecipient, CannotInOmemo2) {
  SeededRandom random(98);
  const auto sealed = encrypt_payload(Version::omemo2, as_bytes(genuine), random);
  const MessageKeys keys = payload_keys(ByteView(sealed.key_material).first(32));
  Bytes forged(crypto::cbc_size(wanted.size()));
  crypto::aes256_cbc_encrypt(keys.encryption, keys.iv, as_bytes(wanted), forged);
  const auto opened = decrypt_payload(Version::omemo2, sealed.key_material, sealed.iv, forged);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Error::payload_not_authentic);
}

}  // namespace
}  // namespace omegate::omemo
