// protobuf.json, payload.json, fingerprint.json.
#include "bridge/core/omemo/message.hpp"

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/omemo/verification_uri.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

void expect_message(const omemo::RatchetMessage& message, const json::value& decoded) {
  EXPECT_EQ(show(message.ratchet_key()), text(decoded.at("dh_pub")));
  EXPECT_EQ(message.counter(), decoded.at("n").to_number<std::uint32_t>());
  EXPECT_EQ(message.previous_counter(), decoded.at("pn").to_number<std::uint32_t>());
  EXPECT_EQ(show(message.ciphertext()), text(decoded.at("ciphertext")));
  EXPECT_EQ(show(message.mac()), text(decoded.at("mac")));
}

// case 90
TEST(ProtobufVectors, MessagesDecodeOrAreRefused) {
  for (const auto& c : load("protobuf.json").at("cases").as_array()) {
    if (text(c.at("kind")) != "message") continue;
    const auto message = omemo::RatchetMessage::parse(version(c.at("profile")), hex(c.at("wire")));
    ASSERT_EQ(message.has_value(), c.at("ok").as_bool()) << text(c.at("name"));
    if (message) {
      expect_message(*message, c.at("decoded"));
    } else {
      EXPECT_EQ(message.error(), omemo::Error::malformed) << text(c.at("name"));
    }
  }
}

// case 90
TEST(ProtobufVectors, KeyExchangesDecodeOrAreRefused) {
  for (const auto& c : load("protobuf.json").at("cases").as_array()) {
    if (text(c.at("kind")) != "kex") continue;
    const auto incoming = omemo::parse_incoming(version(c.at("profile")), hex(c.at("wire")));
    const std::string name = text(c.at("name"));
    if (!c.at("ok").as_bool()) {
      // We sniff, so "an authenticated message parsed as exchange" is simply a message.
      EXPECT_FALSE(incoming && incoming->key_exchange) << name;
      if (text(c.at("error")) == "no_prekey") {
        EXPECT_EQ(incoming.error(), omemo::Error::no_prekey);
      }
      continue;
    }
    ASSERT_TRUE(incoming) << name << ": " << incoming.error().message();
    ASSERT_TRUE(incoming->key_exchange) << name;
    const json::value& decoded = c.at("decoded");
    EXPECT_EQ(incoming->key_exchange->prekey_id, decoded.at("pk_id").to_number<std::uint32_t>());
    EXPECT_EQ(incoming->key_exchange->signed_prekey_id, decoded.at("spk_id").to_number<std::uint32_t>());
    EXPECT_EQ(show(incoming->key_exchange->identity.wire(version(c.at("profile")))), text(decoded.at("ik")));
    EXPECT_EQ(show(incoming->key_exchange->ephemeral), text(decoded.at("ek")));
  }
}

TEST(PayloadVectors, LegacyPayloadsOpenAndAreMadeAsRecorded) {
  for (const auto& c : load("payload.json").at("legacy").as_array()) {
    const Bytes key_material = hex(c.at("key_material")), iv = hex(c.at("iv")),
                payload = hex(c.at("payload"));
    const auto opened =
        omemo::decrypt_payload(omemo::Version::legacy, key_material, iv, payload, omemo::OldSenders::accept);
    EXPECT_EQ(show(opened.value()), text(c.at("plaintext")));
    const bool is_old = key_material.size() == 16;
    const auto strict = omemo::decrypt_payload(omemo::Version::legacy, key_material, iv, payload);
    if (is_old) {
      EXPECT_EQ(strict.error(), omemo::Error::outdated_payload);
    }
    if (is_old || iv.size() != 12) continue;
    ReplayedRandom random{hex(c.at("key")), iv};
    const auto made = omemo::encrypt_payload(omemo::Version::legacy, hex(c.at("plaintext")), random);
    EXPECT_EQ(show(made.payload), text(c.at("payload")));
    EXPECT_EQ(show(made.key_material), text(c.at("key_material")));
    EXPECT_EQ(show(made.iv), text(c.at("iv")));
  }
}

TEST(PayloadVectors, Omemo2PayloadsOpenAndAreMadeAsRecorded) {
  for (const auto& c : load("payload.json").at("omemo2").as_array()) {
    ReplayedRandom random{hex(c.at("key"))};
    const auto made = omemo::encrypt_payload(omemo::Version::omemo2, hex(c.at("plaintext")), random);
    EXPECT_EQ(show(made.payload), text(c.at("payload")));
    EXPECT_EQ(show(made.key_material), text(c.at("key_material")));
    const auto opened = omemo::decrypt_payload(omemo::Version::omemo2, made.key_material, {}, made.payload);
    EXPECT_EQ(show(opened.value()), text(c.at("plaintext")));
  }
}

TEST(PayloadVectors, AlteredPayloadsAreRefused) {
  const json::value& file = load("payload.json");
  for (const auto& c : file.at("legacy_negative").as_array()) {
    EXPECT_FALSE(omemo::decrypt_payload(omemo::Version::legacy, hex(c.at("key_material")), hex(c.at("iv")),
                                        hex(c.at("payload")), omemo::OldSenders::accept))
        << text(c.at("name"));
  }
  for (const auto& c : file.at("omemo2_negative").as_array()) {
    EXPECT_FALSE(
        omemo::decrypt_payload(omemo::Version::omemo2, hex(c.at("key_material")), {}, hex(c.at("payload"))))
        << text(c.at("name"));
  }
}

TEST(FingerprintVectors, ReadAsEachClientShowsThem) {
  using Style = omemo::FingerprintStyle;
  for (const auto& c : load("fingerprint.json").at("cases").as_array()) {
    const auto curve = key(c.at("ik_mont"));
    const std::pair<Style, const char*> styles[] = {{Style::plain, "hex"},
                                                    {Style::conversations, "conversations"},
                                                    {Style::profanity, "profanity"},
                                                    {Style::gajim, "gajim"},
                                                    {Style::dino, "dino"}};
    for (const auto& [style, name] : styles) {
      EXPECT_EQ(omemo::fingerprint(curve, style), text(c.at(name)));
      EXPECT_EQ(omemo::parse_fingerprint(text(c.at(name))).value(), curve);
    }
    EXPECT_EQ(omemo::IdentityKey::from_ed(key(c.at("ik_ed"))).value().curve, curve);
    EXPECT_EQ(crypto::to_base64(key(c.at("ik_ed"))), text(c.at("omemo2_ik_b64")));

    const std::string uri = text(c.at("conversations_uri"));
    const auto parsed = omemo::parse_verification_uri(uri).value();
    EXPECT_EQ(omemo::make_verification_uri(parsed.jid, parsed.devices), uri);
    EXPECT_EQ(omemo::parse_verification_uri(text(c.at("conversations_https"))).value().devices,
              parsed.devices);
  }
}

TEST(FingerprintVectors, UrisGiveTheirUsableFingerprints) {
  for (const auto& c : load("fingerprint.json").at("uri_parse").as_array()) {
    const auto uri = omemo::parse_verification_uri(text(c.at("uri"))).value();
    const json::object& expected = c.at("fingerprints").as_object();
    EXPECT_EQ(uri.devices.size(), expected.size()) << text(c.at("uri"));
    for (const auto& [device, curve] : uri.devices) {
      EXPECT_EQ(show(curve), text(expected.at(std::to_string(device.value()))));
    }
    if (const auto* jid = c.as_object().if_contains("jid")) {
      EXPECT_EQ(uri.jid, text(*jid));
    }
    const auto* action = c.as_object().if_contains("action");
    EXPECT_EQ(uri.action, action ? text(*action) : "");
  }
}

}  // namespace
}  // namespace omegate::vectors
