// Project Wycheproof: the inputs on which implementations of these primitives have failed.
#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/sha256.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

/// Runs `judge` on every test; it says whether the input was accepted and gave the right answer.
void run(const std::string& name, std::size_t at_least, auto judge) {
  std::size_t count = 0;
  for (const auto& test : load("wycheproof/" + name + ".json").at("tests").as_array()) {
    SCOPED_TRACE(name + " " + std::to_string(test.at("id").as_int64()));
    judge(test, text(test.at("result")) == "valid");
    ++count;
  }
  EXPECT_GE(count, at_least);
}

// case 83
TEST(Wycheproof, AesCbcRefusesBadPadding) {
  run("aes_cbc_pkcs5", 70, [](const json::value& test, bool valid) {
    const auto plaintext = crypto::aes256_cbc_decrypt(secret(test.at("key")),
                                                      array_of<16>(hex(test.at("iv"))), hex(test.at("ct")));
    ASSERT_EQ(plaintext.has_value(), valid);
    if (!valid) return;
    EXPECT_EQ(show(*plaintext), text(test.at("msg")));
    Bytes again(crypto::cbc_size(plaintext->size()));
    crypto::aes256_cbc_encrypt(secret(test.at("key")), array_of<16>(hex(test.at("iv"))), *plaintext, again);
    EXPECT_EQ(show(again), text(test.at("ct")));
  });
}

// case 83
TEST(Wycheproof, AesGcmRefusesForgeriesAndOtherIvLengths) {
  run("aes_gcm", 100, [](const json::value& test, bool valid) {
    const Bytes key = hex(test.at("key")), iv = hex(test.at("iv"));
    const auto opened = crypto::aes_gcm_decrypt(key, iv, hex(test.at("ct")), hex(test.at("tag")));
    if (iv.size() != 12 && iv.size() != 16) {
      EXPECT_EQ(opened.error(), crypto::Error::bad_length);
      return;
    }
    ASSERT_EQ(opened.has_value(), valid);
    if (!valid) return;
    EXPECT_EQ(show(*opened), text(test.at("msg")));
    const auto sealed = crypto::aes_gcm_encrypt(key, iv, *opened);
    EXPECT_EQ(show(sealed.ciphertext), text(test.at("ct")));
    EXPECT_EQ(show(sealed.tag), text(test.at("tag")));
  });
}

TEST(Wycheproof, XChaCha20Poly1305OpensOnlyWhatIsAuthentic) {
  run("xchacha20_poly1305", 300, [](const json::value& test, bool valid) {
    Bytes sealed;
    for (const char* part : {"iv", "ct", "tag"}) {
      const Bytes bytes = hex(test.at(part));
      sealed.insert(sealed.end(), bytes.begin(), bytes.end());
    }
    const auto opened = crypto::aead_open(secret(test.at("key")), hex(test.at("aad")), sealed);
    ASSERT_EQ(opened.has_value(), valid);
    if (opened) {
      EXPECT_EQ(show(*opened), text(test.at("msg")));
    }
  });
}

// case 83
TEST(Wycheproof, Ed25519RefusesWhatIsNotCanonical) {
  run("ed25519", 150, [](const json::value& test, bool valid) {
    const Bytes bytes = hex(test.at("sig"));
    if (bytes.size() != 64) {
      EXPECT_FALSE(valid);  // has no place in our type
      return;
    }
    EXPECT_EQ(crypto::ed25519_verify(key(test.at("pk")), hex(test.at("msg")), array_of<64>(bytes)), valid);
  });
}

// case 83
TEST(Wycheproof, X25519RefusesSecretsThatAreZero) {
  run("x25519", 500, [](const json::value& test, bool) {
    const auto shared = crypto::x25519(secret(test.at("private")), key(test.at("public")));
    if (hex(test.at("shared")) == Bytes(32)) {
      EXPECT_EQ(shared.error(), crypto::Error::low_order_point);
    } else {
      EXPECT_EQ(show(shared.value().bytes()), text(test.at("shared")));
    }
  });
}

// case 83
TEST(Wycheproof, HmacAndHkdfGiveTheRightBytes) {
  run("hmac_sha256", 170, [](const json::value& test, bool valid) {
    const Bytes key = hex(test.at("key")), message = hex(test.at("msg")), tag = hex(test.at("tag"));
    const Bytes general = crypto::hmac(crypto::Hash::sha256, key, message);
    EXPECT_EQ(crypto::equal(ByteView(general).first(tag.size()), tag), valid);
    if (key.size() > 64) return;
    crypto::HmacSha256 fast(key);
    fast.update(message);
    std::array<Byte, 32> mac;
    fast.finish(mac);
    EXPECT_EQ(show(mac), show(general));
  });
  run("hkdf_sha256", 80, [](const json::value& test, bool valid) {
    if (!valid) return;  // asks for more than there is: an assertion of ours
    Bytes out(test.at("size").to_number<std::size_t>());
    crypto::hkdf_sha256(hex(test.at("ikm")), hex(test.at("salt")), as_text(hex(test.at("info"))), out);
    EXPECT_EQ(show(out), text(test.at("okm")));
  });
}

}  // namespace
}  // namespace omegate::vectors
