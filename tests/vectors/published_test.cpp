// bundle.json and stanza.json: what the keys, signatures and ciphertexts in them are worth. Their XML is cut
// apart here by hand; that it is read right is tested with the code that reads it.
#include "bridge/core/omemo/payload.hpp"
#include "bridge/core/omemo/session.hpp"
#include "tests/vectors/vectors.hpp"

namespace omegate::vectors {
namespace {

struct Element {
  std::string attributes, content;
};

/// All elements of this name that hold text alone.
std::vector<Element> elements(const std::string& xml, const std::string& name) {
  std::vector<Element> found;
  const std::string open = "<" + name, close = "</" + name + ">";
  for (std::size_t at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1)) {
    const std::size_t attributes = at + open.size();
    if (xml[attributes] != ' ' && xml[attributes] != '>') continue;
    const std::size_t content = xml.find('>', attributes) + 1, end = xml.find('<', content);
    if (xml.compare(end, close.size(), close) != 0) continue;
    found.push_back({xml.substr(attributes, content - 1 - attributes), xml.substr(content, end - content)});
  }
  return found;
}

std::optional<omemo::PublicKey> public_key(omemo::Version version, const std::string& encoded) {
  const auto bytes = crypto::from_base64(encoded);
  const std::size_t prefix = version == omemo::Version::legacy ? 1 : 0;
  if (!bytes || bytes->size() != 32 + prefix || (prefix == 1 && bytes->front() != 5)) return std::nullopt;
  return array_of<32>(Bytes(bytes->begin() + static_cast<std::ptrdiff_t>(prefix), bytes->end()));
}

std::optional<omemo::Bundle> read_bundle(omemo::Version version, const std::string& xml) {
  const bool legacy = version == omemo::Version::legacy;
  const auto signed_prekey = elements(xml, legacy ? "signedPreKeyPublic" : "spk");
  const auto signature = elements(xml, legacy ? "signedPreKeySignature" : "spks");
  const auto identity = elements(xml, legacy ? "identityKey" : "ik");
  if (signed_prekey.empty() || signature.empty() || identity.empty()) return std::nullopt;
  const auto key = public_key(version, signed_prekey[0].content),
             own = public_key(version, identity[0].content);
  const auto sig = crypto::from_base64(signature[0].content);
  if (!key || !own || !sig || sig->size() != 64) return std::nullopt;
  const auto parsed = legacy ? Result<omemo::IdentityKey>(omemo::IdentityKey::from_curve(*own))
                             : omemo::IdentityKey::from_ed(*own);
  if (!parsed) return std::nullopt;
  omemo::Bundle bundle{version, *parsed, 7, *key, array_of<64>(*sig), {}};
  for (const Element& each : elements(xml, legacy ? "preKeyPublic" : "pk")) {
    if (const auto prekey = public_key(version, each.content)) bundle.prekeys.push_back({1, *prekey});
  }
  return bundle;
}

// case 82
TEST(BundleVectors, AreAcceptedOrRefusedForTheRightReason) {
  int cases = 0;
  for (const auto& c : load("bundle.json").at("bundles").as_array()) {
    ++cases;
    const auto bundle = read_bundle(version(c.at("profile")), text(c.at("xml")));
    const std::string reason = c.at("reason").is_null() ? "" : text(c.at("reason"));
    ASSERT_EQ(bundle.has_value(), reason != "malformed") << text(c.at("name"));
    if (!bundle) continue;
    const auto verified = omemo::verify(*bundle);
    EXPECT_EQ(verified.has_value(), c.at("accept").as_bool()) << text(c.at("name"));
    if (reason == "bad_signature") {
      EXPECT_EQ(verified.error(), omemo::Error::bad_signature);
    }
    if (reason == "no_prekey") {
      EXPECT_EQ(verified.error(), omemo::Error::no_prekey);
    }
    ReplayedRandom random;
    const auto own = omemo::OwnIdentity::from_secret(secret(c.at("secret")));
    if (!c.at("accept").as_bool()) {
      EXPECT_FALSE(omemo::start_session(own, *bundle, {1, key(c.at("spk_pub"))}, random));
    }
  }
  EXPECT_EQ(cases, 32);
}

TEST(BundleVectors, DeviceLabelsCountOnlyWithTheirSignature) {
  for (const auto& c : load("bundle.json").at("labels").as_array()) {
    const auto identity = omemo::IdentityKey::from_ed(key(c.at("ik"))).value();
    const std::string label = text(c.at("label"));
    EXPECT_EQ(omemo::verify(omemo::Version::omemo2, identity, as_bytes(label),
                            array_of<64>(base64(c.at("labelsig_b64")))),
              c.at("valid").as_bool());
  }
}

const Element& key_for(const std::vector<Element>& keys, bool exchange) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const Element& each) {
    return (each.attributes.find("='true'") != std::string::npos) == exchange;
  });
  return *found;
}

TEST(StanzaVectors, OpenFromTheWireToTheText) {
  int cases = 0;
  for (const auto& c : load("stanza.json").at("cases").as_array()) {
    ++cases;
    const auto profile = version(c.at("profile"));
    const json::value own =
        load("session_" + text(c.at("profile")) + ".json").at("devices").at(text(c.at("own")));
    const std::string xml = text(c.at("xml"));
    const Bytes wire = crypto::from_base64(key_for(elements(xml, "key"), true).content).value();
    const auto incoming = omemo::parse_incoming(profile, wire).value();
    ASSERT_TRUE(incoming.key_exchange);

    omemo::SignedPreKey signed_prekey;
    signed_prekey.id = own.at("spk_id").to_number<std::uint32_t>();
    signed_prekey.pair = omemo::KeyPair::from_secret(secret(own.at("spk_priv")));
    omemo::PreKey prekey;
    for (const auto& each : own.at("prekeys").as_array()) {
      if (each.at("id").to_number<std::uint32_t>() != incoming.key_exchange->prekey_id) continue;
      prekey = {incoming.key_exchange->prekey_id, omemo::KeyPair::from_secret(secret(each.at("priv")))};
    }
    ReplayedRandom random{hex(c.at("random").at("receiver_ratchet_priv").at(0))};
    const auto opened = omemo::accept_key_exchange(identity(own.at("ik_priv"), own.at("ik_ed")),
                                                   signed_prekey, prekey, incoming, random)
                            .value();
    EXPECT_EQ(show(opened.key_material), text(c.at("key_material")));
    const auto ivs = elements(xml, "iv");
    const Bytes iv = ivs.empty() ? Bytes() : crypto::from_base64(ivs[0].content).value();
    const Bytes payload = crypto::from_base64(elements(xml, "payload").at(0).content).value();
    EXPECT_EQ(show(omemo::decrypt_payload(profile, opened.key_material, iv, payload).value()),
              text(c.at("plaintext")));
  }
  EXPECT_EQ(cases, 2);
}

}  // namespace
}  // namespace omegate::vectors
