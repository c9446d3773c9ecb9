#include "bridge/core/xmpp/omemo_stanza.hpp"

#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/message.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"
#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using omemo::DeviceId;
using omemo::Version;
using vectors::text;

const Jid alice = jid("alice@example.net");
const Jid bot = jid("bot@example.org");

xml::Element parse(const std::string& text) { return xml::parse_document(text).value(); }

EncryptedMessage sample(Version version) {
  const auto owner = [&](const Jid& who) {
    return version == Version::omemo2 ? std::optional(who) : std::nullopt;
  };
  return {
      version,
      DeviceId(1338402117),
      {{owner(alice), DeviceId(90210), true, Bytes{1, 2, 3}}, {owner(bot), DeviceId(7), false, Bytes{4, 5}}},
      version == Version::legacy ? Bytes(12, 9) : Bytes{},
      Bytes{6, 7, 8}};
}

TEST(StanzaVectors, GiveTheKeyOfTheReceiver) {
  for (const auto& c : vectors::load("stanza.json").at("cases").as_array()) {
    const auto message = parse_encrypted(parse(text(c.at("xml")))).value();
    const Jid own = jid(text(c.at("own_jid")));
    const auto keys =
        keys_for(message, own, DeviceId(static_cast<std::uint32_t>(c.at("own_device").as_int64())));
    ASSERT_EQ(keys.size(), 1u);
    EXPECT_TRUE(keys[0]->key_exchange);
    EXPECT_TRUE(omemo::parse_incoming(message.version, keys[0]->bytes)->key_exchange);
    EXPECT_TRUE(message.payload);
    EXPECT_EQ(message.iv.size(), message.version == Version::legacy ? 12u : 0u);
    EXPECT_EQ(message.sid, DeviceId(1111111111));
  }
}

TEST(OmemoStanza, ComesBackAsItWasBuilt) {
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const EncryptedMessage built = sample(version);
    const auto read = parse_encrypted(parse(build_encrypted(built).to_string())).value();
    EXPECT_EQ(read.sid, built.sid);
    EXPECT_EQ(read.iv, built.iv);
    EXPECT_EQ(read.payload, built.payload);
    ASSERT_EQ(read.keys.size(), 2u);
    EXPECT_EQ(read.keys[0].bytes, built.keys[0].bytes);
    EXPECT_EQ(read.keys[0].jid, built.keys[0].jid);
    EXPECT_TRUE(read.keys[0].key_exchange);
    EXPECT_FALSE(read.keys[1].key_exchange);
  }
}

TEST(OmemoStanza, IsWrittenAsDeployedClientsReadIt) {
  EXPECT_EQ(build_encrypted(sample(Version::legacy)).to_string(),
            "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1338402117'><key rid='90210' "
            "prekey='true'>AQID</key>"
            "<key rid='7'>BAU=</key><iv>CQkJCQkJCQkJCQkJ</iv></header><payload>BgcI</payload></encrypted>");
  EXPECT_EQ(build_encrypted(sample(Version::omemo2)).to_string(),
            "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1338402117'><keys jid='alice@example.net'><key "
            "rid='90210' kex='true'>AQID</key></keys>"
            "<keys jid='bot@example.org'><key "
            "rid='7'>BAU=</key></keys></header><payload>BgcI</payload></encrypted>");
}

std::string legacy(const std::string& header, const std::string& rest = "") {
  return "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'>" + header + "</header>" + rest +
         "</encrypted>";
}

Result<EncryptedMessage> read(const std::string& text) { return parse_encrypted(parse(text)); }

TEST(OmemoStanza, UnderstandsEveryWayToSayKeyExchange) {
  for (const char* yes : {"true", "1"}) {
    EXPECT_TRUE(
        read(legacy("<key rid='5' prekey='" + std::string(yes) + "'>AAAA</key>"))->keys[0].key_exchange);
  }
  EXPECT_FALSE(read(legacy("<key rid='5' prekey='yes'>AAAA</key>"))->keys[0].key_exchange);
}

TEST(OmemoStanza, ReadsTheIvBeforeAndBehindTheKeys) {
  EXPECT_EQ(read(legacy("<iv>AAAA</iv><key rid='5'>AAAA</key>"))->iv.size(), 3u);
  EXPECT_EQ(read(legacy("<key rid='5'>AAAA</key><iv>AAAA</iv>"))->iv.size(), 3u);
}

// case 98
TEST(OmemoStanza, TellsAnEmptyMessageFromAnEmptyPayload) {
  EXPECT_FALSE(read(legacy("<key rid='5'>AAAA</key>"))->payload);
  EXPECT_EQ(read(legacy("<key rid='5'>AAAA</key>", "<payload/>"))->payload, Bytes{});
}

TEST(OmemoStanza, KeepsEveryKeyOfOurIdForUsOnly) {
  const auto flat =
      read(legacy("<key rid='5'>AAAA</key><key rid='6'>BBBB</key><key rid='5'>CCCC</key>")).value();
  EXPECT_EQ(keys_for(flat, bot, DeviceId(5)).size(), 2u);
  const auto grouped = read(
                           "<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'><keys "
                           "jid='alice@example.net'><key rid='5'>AAAA</key></keys>"
                           "<keys jid='BOT@example.org/x'><key rid='5'>BBBB</key></keys><keys jid='@'><key "
                           "rid='5'>CCCC</key></keys>"
                           "<keys jid='bot@example.org'><key rid='5'>DDDD</key></keys><key "
                           "rid='5'>EEEE</key></header></encrypted>")
                           .value();
  EXPECT_EQ(keys_for(grouped, bot, DeviceId(5)).size(), 2u);
}

TEST(OmemoStanza, SkipsKeysWithoutAReadableDevice) {
  EXPECT_EQ(
      read(legacy(
               "<key id='5'>AAAA</key><key rid='0'>AAAA</key><key rid='x'>AAAA</key><key rid='5'>AAAA</key>"))
          ->keys.size(),
      1u);
}

TEST(OmemoStanza, RefusesWhatIsBrokenOrDouble) {
  EXPECT_EQ(read("<encrypted xmlns='evil'><header sid='1'/></encrypted>").error(), Error::malformed);
  EXPECT_EQ(read("<encrypted xmlns='urn:xmpp:omemo:2'/>").error(), Error::malformed);
  EXPECT_EQ(read("<encrypted xmlns='urn:xmpp:omemo:2'><header/></encrypted>").error(), Error::malformed);
  EXPECT_EQ(read("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='0'/></encrypted>").error(),
            Error::malformed);
  EXPECT_EQ(read("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='4294967297'/></encrypted>").error(),
            Error::malformed);
  EXPECT_EQ(
      read("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><header sid='2'/></encrypted>").error(),
      Error::ambiguous);
  EXPECT_EQ(read(legacy("<iv>AAAA</iv><iv>AAAA</iv>")).error(), Error::ambiguous);
  EXPECT_EQ(read(legacy("", "<payload/><payload/>")).error(), Error::ambiguous);
  EXPECT_EQ(read(legacy("<key rid='5'>!</key>")).error(), Error::bad_encoding);
  EXPECT_EQ(read(legacy("", "<payload>!</payload>")).error(), Error::bad_encoding);
}

TEST(OmemoStanza, BoundsKeysAndTheirSize) {
  const std::string fits = crypto::to_base64(Bytes(omemo::max_wire_size)),
                    too_large = crypto::to_base64(Bytes(omemo::max_wire_size + 1));
  EXPECT_TRUE(read(legacy("<key rid='5'>" + fits + "</key>")));
  EXPECT_EQ(read(legacy("<key rid='5'>" + too_large + "</key>")).error(), Error::blob_too_large);
  EXPECT_EQ(read(legacy("<key rid='5'>" + std::string(100'000, '\n') + "</key>")).error(),
            Error::blob_too_large);
  std::string keys;
  for (std::size_t i = 0; i <= max_keys; ++i) keys += "<key rid='5'>AAAA</key>";
  EXPECT_EQ(read(legacy(keys)).error(), Error::too_many_keys);
}

TEST(OmemoStanza, CarriesWhatClientsNeedToShowAndStoreIt) {
  const xml::Element message = message_with(sample(Version::legacy), {alice, "m1", true});
  EXPECT_EQ(message.attr("to"), "alice@example.net");
  EXPECT_EQ(message.attr("type"), "chat");
  EXPECT_NE(message.child_text("body", ns::client).find("OMEMO"), std::string::npos);
  EXPECT_EQ(message.child("encryption", ns::encryption)->attr("namespace"), ns::omemo_legacy);
  EXPECT_TRUE(message.child("store", ns::hints));
  EXPECT_EQ(message.child("origin-id", ns::stanza_ids)->attr("id"), "m1");
  EXPECT_TRUE(message.child("request", ns::receipts));
}

// case 64
TEST(OmemoStanza, LeaksNothingBesideAnOmemo2Payload) {
  const xml::Element message = message_with(sample(Version::omemo2), {alice, "m1", true});
  const auto legacy_text = message_with(sample(Version::legacy), {alice, "m1", true}).child_text("body", ns::client);
  EXPECT_EQ(message.child_text("body", ns::client), legacy_text);  // a fixed sentence, marked as such
  EXPECT_EQ(message.child("fallback", ns::fallback)->attr("for"), ns::omemo2);
  EXPECT_FALSE(message.child("request", ns::receipts));
  EXPECT_EQ(message.child("encryption", ns::encryption)->attr("namespace"), ns::omemo2);
}

TEST(OmemoStanza, ShowsNothingForAnEmptyMessage) {
  EncryptedMessage empty = sample(Version::legacy);
  empty.payload.reset();
  const xml::Element message = empty_message_with(empty, jid("alice@example.net/phone"), "m1");
  EXPECT_EQ(message.attr("to"), "alice@example.net");
  EXPECT_EQ(message.children().size(), 2u);
  EXPECT_TRUE(message.child("encrypted", ns::omemo_legacy));
  EXPECT_TRUE(message.child("store", ns::hints));
}

}  // namespace
