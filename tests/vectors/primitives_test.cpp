// curve.json, xeddsa.json, kdf.json, x3dh.json, files.json.
#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/sha256.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

TEST(CurveVectors, AgreeOnSharedSecretsAndRefuseLowOrderPoints) {
  for (const auto& c : load("curve.json").at("x25519").as_array()) {
    const auto shared = crypto::x25519(secret(c.at("priv")), key(c.at("u")));
    if (c.at("libsodium_rc").as_int64() == 0) {
      EXPECT_EQ(show(shared.value().bytes()), text(c.at("shared")));
    } else {
      EXPECT_EQ(shared.error(), crypto::Error::low_order_point) << text(c.at("u"));
    }
  }
}

TEST(CurveVectors, DeriveBothPublicFormsFromOneScalar) {
  const json::value& file = load("curve.json");
  for (const auto& c : file.at("priv_to_keys").as_array()) {
    const auto clamped = crypto::clamp(secret(c.at("priv")));
    EXPECT_EQ(show(clamped.bytes()), text(c.at("clamped")));
    EXPECT_EQ(show(crypto::x25519_public(secret(c.at("priv")))), text(c.at("mont_pub")));
    EXPECT_EQ(show(crypto::edwards_public(clamped)), text(c.at("ed_pub_natural")));
    EXPECT_EQ(show(crypto::to_edwards(key(c.at("mont_pub")), 0).value()), text(c.at("ed_pub_sign0")));
    EXPECT_EQ(show(crypto::to_edwards(key(c.at("mont_pub")), 1).value()), text(c.at("ed_pub_sign1")));
  }
  for (const auto& c : file.at("seed_to_keys").as_array()) {
    EXPECT_EQ(show(crypto::ed25519_public(secret(c.at("seed")))), text(c.at("ed_pub")));
    EXPECT_EQ(show(crypto::x25519_public(secret(c.at("curve_priv")))), text(c.at("mont_pub")));
  }
}

// case 81
TEST(CurveVectors, ConvertBetweenTheFormsAndRefuseBadPoints) {
  const json::value& file = load("curve.json");
  for (const auto& c : file.at("mont_to_ed").as_array()) {
    const auto ed = crypto::to_edwards(key(c.at("mont")), static_cast<int>(c.at("sign_bit").as_int64()));
    EXPECT_EQ(show(ed.value()), text(c.at("ed")));
  }
  for (const auto& c : file.at("ed_to_mont").as_array()) {
    const auto curve = crypto::to_montgomery(key(c.at("ed")));
    EXPECT_EQ(curve.has_value(), text(c.at("expect")) == "ok") << text(c.at("name"));
    if (curve) {
      EXPECT_EQ(show(*curve), text(c.at("mont")));
    }
  }
}

TEST(XeddsaVectors, SignAsRecordedAndVerifyBothForms) {
  for (const auto& c : load("xeddsa.json").at("sign").as_array()) {
    const Bytes message = hex(c.at("msg"));
    if (c.as_object().contains("seed")) {
      EXPECT_EQ(show(crypto::ed25519_sign(secret(c.at("seed")), message)), text(c.at("ed25519_sig")));
      continue;
    }
    ReplayedRandom random{hex(c.at("nonce64"))};
    const auto made = crypto::xeddsa_sign(crypto::clamp(secret(c.at("priv"))), 0, message, random);
    EXPECT_EQ(show(made), text(c.at("xeddsa_sig")));
    EXPECT_TRUE(crypto::xeddsa_verify(key(c.at("mont_pub")), message, made));
    EXPECT_TRUE(crypto::xeddsa_verify(key(c.at("mont_pub")), message, signature(c.at("legacy_sig"))));
  }
}

// case 82
TEST(XeddsaVectors, JudgeEverySignature) {
  for (const auto& c : load("xeddsa.json").at("verify").as_array()) {
    const Bytes message = hex(c.at("msg"));
    const bool valid = text(c.at("kind")) == "legacy"
                           ? crypto::xeddsa_verify(key(c.at("mont_pub")), message, signature(c.at("sig")))
                           : crypto::ed25519_verify(key(c.at("ed_pub")), message, signature(c.at("sig")));
    EXPECT_EQ(valid, c.at("valid").as_bool()) << text(c.at("name"));
  }
}

TEST(KdfVectors, BothWaysToDeriveAgreeWithTheRecord) {
  for (const auto& c : load("kdf.json").at("hkdf").as_array()) {
    Bytes general(static_cast<std::size_t>(c.at("len").as_int64())), fast = general;
    crypto::hkdf_sha256(hex(c.at("ikm")), hex(c.at("salt")), text(c.at("info_ascii")), general);
    crypto::hkdf_sha256_short_salt(hex(c.at("ikm")), hex(c.at("salt")), text(c.at("info_ascii")), fast);
    EXPECT_EQ(show(general), text(c.at("okm")));
    EXPECT_EQ(show(fast), text(c.at("okm")));
  }
}

TEST(KdfVectors, RatchetKeysAreAsRecorded) {
  const json::value& file = load("kdf.json");
  for (const auto& c : file.at("kdf_rk").as_array()) {
    const auto next = omemo::next_root(version(c.at("profile")), secret(c.at("rk")), secret(c.at("dh_out")));
    EXPECT_EQ(show(next.root_key.bytes()), text(c.at("new_rk")));
    EXPECT_EQ(show(next.chain_key.bytes()), text(c.at("chain_key")));
  }
  for (const auto& c : file.at("kdf_ck").as_array()) {
    auto chain = secret(c.at("ck"));
    EXPECT_EQ(show(omemo::next_message_key(chain).bytes()), text(c.at("mk (0x01)")));
    EXPECT_EQ(show(chain.bytes()), text(c.at("next_ck (0x02)")));
  }
  const auto expect_keys = [](const omemo::MessageKeys& keys, const json::value& c) {
    EXPECT_EQ(show(keys.encryption.bytes()), text(c.at("enc_key")));
    EXPECT_EQ(show(keys.authentication.bytes()), text(c.at("auth_key")));
    EXPECT_EQ(show(keys.iv), text(c.at("iv")));
  };
  for (const auto& c : file.at("message_keys").as_array()) {
    expect_keys(omemo::message_keys(version(c.at("profile")), secret(c.at("mk"))), c);
  }
  for (const auto& c : file.at("omemo2_payload_keys").as_array()) {
    expect_keys(omemo::payload_keys(hex(c.at("key"))), c);
  }
}

TEST(X3dhVectors, BothSidesFindTheSameKey) {
  int cases = 0;
  for (const auto& c : load("x3dh.json").at("cases").as_array()) {
    if (!c.at("omemo_accepts").as_bool()) continue;  // without a one-time prekey: OMEMO has no such exchange
    ++cases;
    const auto profile = version(c.at("profile"));
    const auto initiator = identity(c.at("initiator_ik_priv"), c.at("initiator_ik_ed"));
    const auto responder = identity(c.at("responder_ik_priv"), c.at("responder_ik_ed"));
    EXPECT_EQ(show(initiator.curve()), text(c.at("initiator_ik_mont")));
    EXPECT_EQ(show(initiator.ed()), text(c.at("initiator_ik_ed")));
    EXPECT_EQ(omemo::IdentityKey::from_ed(key(c.at("responder_ik_ed"))).value(), responder.public_key());
    const auto ours = omemo::x3dh_initiator(profile, initiator, secret(c.at("ek_priv")), responder.curve(),
                                            key(c.at("spk_pub")), key(c.at("pk_pub")));
    const auto theirs =
        omemo::x3dh_responder(profile, responder, secret(c.at("spk_priv")), secret(c.at("pk_priv")),
                              initiator.curve(), key(c.at("ek_pub")));
    EXPECT_EQ(show(ours.value().bytes()), text(c.at("sk")));
    EXPECT_EQ(show(theirs.value().bytes()), text(c.at("sk")));
  }
  EXPECT_EQ(cases, 8);
}

TEST(FileVectors, EncryptedFilesOpen) {
  const auto open_gcm = [](ByteView key, ByteView iv, const Bytes& uploaded) {
    const ByteView all = uploaded;
    return crypto::aes_gcm_decrypt(key, iv, all.first(all.size() - 16), all.last(16)).value();
  };
  const json::value& file = load("files.json");
  for (const auto& c : file.at("aesgcm").as_array()) {
    const std::string url = text(c.at("url"));
    const Bytes fragment = crypto::from_hex(url.substr(url.find('#') + 1)).value();
    const ByteView iv = ByteView(fragment).first(fragment.size() - 32), key = ByteView(fragment).last(32);
    EXPECT_EQ(show(iv), text(c.at("iv")));
    EXPECT_EQ(show(open_gcm(key, iv, hex(c.at("uploaded")))), text(c.at("plaintext")));
  }
  for (const auto& c : file.at("esfs").as_array()) {
    const Bytes uploaded = hex(c.at("uploaded"));
    const bool is_gcm = text(c.at("cipher")).find("gcm") != std::string::npos;
    const crypto::SecretBytes plaintext =
        is_gcm ? open_gcm(hex(c.at("key")), hex(c.at("iv")), uploaded)
               : crypto::aes256_cbc_decrypt(secret(c.at("key")), array_of<16>(hex(c.at("iv"))), uploaded)
                     .value();
    EXPECT_EQ(show(plaintext), text(c.at("plaintext")));
    EXPECT_EQ(crypto::to_base64(crypto::digest(crypto::Hash::sha256, plaintext)),
              text(c.at("sha256_plain_b64")));
    EXPECT_EQ(crypto::to_base64(crypto::digest(crypto::Hash::sha256, uploaded)),
              text(c.at("sha256_uploaded_b64")));
  }
}

}  // namespace
}  // namespace omegate::vectors
