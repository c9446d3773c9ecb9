#include "bridge/core/crypto/curve25519.hpp"

#include <gtest/gtest.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/random.hpp"

namespace omegate::crypto {
namespace {

PublicKey key(std::string_view hex) {
  PublicKey out{};
  const Bytes bytes = from_hex(hex).value();
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

/// Everything of order 1, 2, 4 or 8 on the curve and its twist, and encodings above p of the same.
const PublicKey low_order_points[] = {
    key("0000000000000000000000000000000000000000000000000000000000000000"),
    key("0100000000000000000000000000000000000000000000000000000000000000"),
    key("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    key("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    key("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    key("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    key("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")};

// case 80
TEST(X25519, RefusesEveryLowOrderPoint) {
  const auto secret = PrivateKey::random(system_random());
  for (PublicKey point : low_order_points) {
    EXPECT_EQ(x25519(secret, point).error(), Error::low_order_point);
    point[31] |= 0x80;  // the top bit does not count
    EXPECT_EQ(x25519(secret, point).error(), Error::low_order_point);
  }
}

// The public key comes through the Edwards table and a field inversion of our own: the ladder is the judge.
TEST(X25519, PublicKeysAreTheLaddersToo) {
  const PublicKey base{9};
  for (int i = 0; i < 300; ++i) {
    const auto secret = PrivateKey::random(system_random());
    ASSERT_EQ(to_hex(x25519_public(secret)), to_hex(x25519(secret, base).value().bytes()));
  }
}

TEST(X25519, BothSidesAgree) {
  const auto a = KeyPair::generate(system_random()), b = KeyPair::generate(system_random());
  EXPECT_TRUE(x25519(a.secret, b.curve).value() == x25519(b.secret, a.curve).value());
}

TEST(Conversion, GoesThereAndBack) {
  for (int i = 0; i < 100; ++i) {
    const auto pair = KeyPair::generate(system_random());
    const PublicKey natural = edwards_public(clamp(pair.secret));
    const PublicKey ed = to_edwards(pair.curve, natural[31] >> 7).value();
    EXPECT_EQ(ed, natural);
    EXPECT_EQ(to_montgomery(ed).value(), pair.curve);
  }
}

// case 81
TEST(Conversion, RefusesWhatIsNoPointOfTheGroup) {
  PublicKey minus_one = key("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  EXPECT_EQ(to_edwards(minus_one, 0).error(), Error::bad_point);
  EXPECT_EQ(to_montgomery(PublicKey{}).error(), Error::bad_point);   // order 4
  EXPECT_EQ(to_montgomery(PublicKey{1}).error(), Error::bad_point);  // the identity
  EXPECT_EQ(to_montgomery(PublicKey{2}).error(), Error::bad_point);  // not on the curve
  EXPECT_EQ(to_montgomery(key("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")).error(),
            Error::bad_point);  // 3 + p: not canonical
}

// case 82
TEST(Xeddsa, SignaturesVerifyForEitherSignAndBreakWithEveryBit) {
  for (int i = 0; i < 16; ++i) {
    const PrivateKey secret = clamp(PrivateKey::random(system_random()));
    const PublicKey curve = x25519_public(secret);
    for (const int sign : {0, 1}) {
      const Signature signature = xeddsa_sign(secret, sign, as_bytes("message"), system_random());
      EXPECT_EQ(signature[63] >> 7, 0);
      EXPECT_TRUE(ed25519_verify(to_edwards(curve, sign).value(), as_bytes("message"), signature));
      EXPECT_FALSE(ed25519_verify(to_edwards(curve, 1 - sign).value(), as_bytes("message"), signature));
      EXPECT_EQ(xeddsa_verify(curve, as_bytes("message"), signature), sign == 0);
      EXPECT_FALSE(xeddsa_verify(curve, as_bytes("massage"), signature));
    }
  }
  const PrivateKey secret = clamp(PrivateKey::random(system_random()));
  const Signature signature = xeddsa_sign(secret, 0, as_bytes("message"), system_random());
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature altered = signature;
    altered[bit / 8] = static_cast<Byte>(altered[bit / 8] ^ (1u << bit % 8));
    EXPECT_FALSE(xeddsa_verify(x25519_public(secret), as_bytes("message"), altered)) << bit;
  }
}

// case 80
TEST(Xeddsa, RefusesLowOrderKeys) {
  for (const PublicKey& point : low_order_points) {
    EXPECT_FALSE(xeddsa_verify(point, as_bytes("message"), Signature{}));
    Signature signature{};
    signature[0] = 1;
    EXPECT_FALSE(xeddsa_verify(point, as_bytes("message"), signature));
  }
}

TEST(Ed25519, SignsAsTheRfcSays) {
  const auto seed =
      Secret<32>::from(from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").value());
  EXPECT_EQ(to_hex(ed25519_public(*seed)),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const Signature signature = ed25519_sign(*seed, {});
  EXPECT_EQ(to_hex(signature).substr(0, 16), "e5564300c360ac72");
  EXPECT_TRUE(ed25519_verify(ed25519_public(*seed), {}, signature));
}

}  // namespace
}  // namespace omegate::crypto
