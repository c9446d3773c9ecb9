#include "bridge/core/xmpp/omemo_nodes.hpp"

#include "bridge/core/xmpp/limits.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"
#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using omemo::DeviceId;
using omemo::Version;
using vectors::text;

xml::Element parse(const std::string& text) { return xml::parse_document(text).value(); }

TEST(OmemoNodes, HaveTheNamesOfTheStandard) {
  EXPECT_EQ(device_list_node(Version::legacy), "eu.siacs.conversations.axolotl.devicelist");
  EXPECT_EQ(device_list_node(Version::omemo2), "urn:xmpp:omemo:2:devices");
  EXPECT_EQ(bundle_node(Version::legacy, DeviceId(7)), "eu.siacs.conversations.axolotl.bundles:7");
  EXPECT_EQ(bundle_node(Version::omemo2, DeviceId(7)), "urn:xmpp:omemo:2:bundles");
  EXPECT_EQ(bundle_item(Version::legacy, DeviceId(7)), "current");
  EXPECT_EQ(bundle_item(Version::omemo2, DeviceId(7)), "7");
  EXPECT_EQ(device_list_version("urn:xmpp:omemo:2:devices"), Version::omemo2);
  EXPECT_FALSE(device_list_version("urn:xmpp:omemo:2:bundles"));
}

TEST(OmemoNodes, AreReadableByEverybodyAndKept) {
  EXPECT_EQ(device_list_options(Version::legacy).access_model, "open");
  EXPECT_TRUE(bundle_options(Version::omemo2, "max").persist);
  EXPECT_EQ(bundle_options(Version::omemo2, "max").max_items, "max");
  EXPECT_EQ(bundle_options(Version::legacy, "max").max_items, "");
}

// case 85
TEST(DeviceListVectors, GiveTheIdsAReceiverMustSee) {
  for (const auto& c : vectors::load("bundle.json").at("device_lists").as_array()) {
    const auto devices =
        parse_device_list(vectors::version(c.at("profile")), parse(text(c.at("xml")))).value();
    std::vector<std::int64_t> ids;
    for (const ListedDevice& device : devices) ids.push_back(device.id.value());
    std::vector<std::int64_t> expected;
    for (const auto& id : c.at("ids").as_array()) expected.push_back(id.as_int64());
    EXPECT_EQ(ids, expected) << text(c.at("xml"));
  }
}

TEST(DeviceList, ComesBackAsItWasBuilt) {
  const std::vector<ListedDevice> devices{{DeviceId(1), "label", Bytes(64, 7)},
                                          {DeviceId(0x7fff'ffff), {}, {}}};
  EXPECT_EQ(parse_device_list(Version::omemo2, parse(build_device_list(Version::omemo2, devices).to_string()))
                .value(),
            devices);
  EXPECT_EQ(build_device_list(Version::legacy, devices).to_string(),
            "<list xmlns='eu.siacs.conversations.axolotl'><device id='1'/><device id='2147483647'/></list>");
}

TEST(DeviceList, IsOfItsVersionOnly) {
  EXPECT_EQ(
      parse_device_list(Version::omemo2, parse("<list xmlns='eu.siacs.conversations.axolotl'/>")).error(),
      Error::malformed);
  EXPECT_EQ(parse_device_list(Version::legacy, parse("<list xmlns='evil'/>")).error(), Error::malformed);
}

// case 85
TEST(DeviceList, KeepsTheNewestOfTooMany) {
  std::string list = "<list xmlns='eu.siacs.conversations.axolotl'>";
  for (int i = 1; i <= 3000; ++i) list += "<device id='" + std::to_string(i) + "'/>";
  const auto devices = parse_device_list(Version::legacy, parse(list + "</list>")).value();
  EXPECT_EQ(devices.size(), max_listed_devices);
  EXPECT_EQ(devices.back().id, DeviceId(3000));
}

TEST(LabelVectors, CountOnlyWhenSigned) {
  for (const auto& c : vectors::load("bundle.json").at("labels").as_array()) {
    const ListedDevice device{DeviceId(1), text(c.at("label")), vectors::base64(c.at("labelsig_b64"))};
    const auto identity = omemo::IdentityKey::from_ed(vectors::key(c.at("ik"))).value();
    EXPECT_EQ(label_is_genuine(device, identity), c.at("valid").as_bool());
  }
  EXPECT_FALSE(label_is_genuine({DeviceId(1), "x", {}}, omemo::IdentityKey{}));
}

/// Why a receiver refuses a bundle, in the words of the vectors; empty if it does not.
std::string refusal(Version version, const std::string& xml_text) {
  const auto bundle = parse_bundle(version, parse(xml_text));
  const auto verified = bundle ? omemo::verify(*bundle) : Result<>(bundle.error());
  return verified ? "" : verified.error().message();
}

// case 84
TEST(BundleVectors, AreReadAndJudgedAsTheyShould) {
  int accepted = 0;
  for (const auto& c : vectors::load("bundle.json").at("bundles").as_array()) {
    const Version version = vectors::version(c.at("profile"));
    const std::string why = refusal(version, text(c.at("xml")));
    EXPECT_EQ(why.empty(), c.at("accept").as_bool()) << text(c.at("name")) << ": " << why;
    if (!why.empty()) continue;
    ++accepted;
    const auto bundle = parse_bundle(version, parse(text(c.at("xml")))).value();
    EXPECT_EQ(bundle.identity.curve, vectors::key(c.at("ik_mont")));
    EXPECT_EQ(bundle.signed_prekey, vectors::key(c.at("spk_pub")));
  }
  EXPECT_GE(accepted, 10);
}

TEST(Bundle, ComesBackAsItWasBuilt) {
  for (const auto& c : vectors::load("bundle.json").at("bundles").as_array()) {
    const Version version = vectors::version(c.at("profile"));
    const auto bundle = parse_bundle(version, parse(text(c.at("xml"))));
    if (!bundle) continue;
    const auto again = parse_bundle(version, parse(build_bundle(*bundle).to_string())).value();
    EXPECT_EQ(again.identity, bundle->identity);
    EXPECT_EQ(again.identity.ed, bundle->identity.ed);
    EXPECT_EQ(again.signed_prekey_id, bundle->signed_prekey_id);
    EXPECT_EQ(again.signature, bundle->signature);
    EXPECT_EQ(again.prekeys, bundle->prekeys);
  }
}

std::string legacy_bundle(const std::string& prekeys) {
  const std::string key = crypto::to_base64(Bytes(33, 5)), signature = crypto::to_base64(Bytes(64, 1));
  return "<bundle xmlns='eu.siacs.conversations.axolotl'><signedPreKeyPublic signedPreKeyId='0'>" + key +
         "</signedPreKeyPublic><signedPreKeySignature>" + signature +
         "</signedPreKeySignature><identityKey>" + key + "</identityKey><prekeys>" + prekeys +
         "</prekeys></bundle>";
}

// case 84
TEST(Bundle, SkipsBrokenPrekeysAndBoundsTheirNumber) {
  const std::string good = crypto::to_base64(Bytes(33, 5)), short_key = crypto::to_base64(Bytes(32, 5));
  const auto prekey = [](const std::string& id, const std::string& key) {
    return "<preKeyPublic preKeyId='" + id + "'>" + key + "</preKeyPublic>";
  };
  const auto bundle =
      parse_bundle(Version::legacy,
                   parse(legacy_bundle(prekey("0", good) + prekey("1", short_key) + prekey("-1", good) +
                                       prekey("2147483648", good) + prekey("0", good) + prekey("x", good) +
                                       prekey("5", " " + good.substr(0, 10) + "\n" + good.substr(10)))));
  ASSERT_TRUE(bundle);
  ASSERT_EQ(bundle->prekeys.size(), 2u);
  EXPECT_EQ(bundle->prekeys[0].id, 0u);
  EXPECT_EQ(bundle->prekeys[1].id, 5u);
  EXPECT_EQ(parse_bundle(Version::legacy, parse(legacy_bundle(prekey("1", short_key)))).error(),
            omemo::Error::no_prekey);

  std::string many;
  for (int i = 1; i <= 1500; ++i) many += prekey(std::to_string(i), good);
  EXPECT_EQ(parse_bundle(Version::legacy, parse(legacy_bundle(many)))->prekeys.size(),
            omemo::max_bundle_prekeys);
}

}  // namespace
