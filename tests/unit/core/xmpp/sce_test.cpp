#include "bridge/core/xmpp/sce.hpp"

#include <set>

#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"
#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

/// Repeats itself; good enough to pad.
class Counting final : public Random {
 public:
  explicit Counting(std::uint8_t start) : next_(start) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_ = static_cast<std::uint8_t>(next_ * 5 + 1);
  }

 private:
  std::uint8_t next_;
};

const Jid alice = jid("alice@example.net");
const Jid bot = jid("bot@example.org");
const EnvelopeContext to_bot{alice, bot, false};

std::string built(const std::string& body, std::uint8_t seed = 0) {
  Counting random(seed);
  return build_envelope({alice, bot, from_ms(1'772'366'400'000)}, {body_element(body)}, random);
}

std::string envelope(
    const std::string& affixes,
    const std::string& content = "<content><body xmlns='jabber:client'>hi</body></content>") {
  return "<envelope xmlns='urn:xmpp:sce:1'>" + content + affixes + "</envelope>";
}

TEST(Envelope, ComesBackAsItWasBuilt) {
  const auto opened = open_envelope(built("Hello <you> & ]]>"), to_bot).value();
  EXPECT_EQ(opened.body(), "Hello <you> & ]]>");
  EXPECT_EQ(opened.time, from_ms(1'772'366'400'000));
  EXPECT_TRUE(opened.padded);
  EXPECT_TRUE(opened.names_sender);
  EXPECT_TRUE(opened.names_recipient);
}

TEST(Envelope, HidesTheLengthOfWhatItCarries) {
  std::set<std::size_t> sizes;
  for (int seed = 0; seed < 256; ++seed) {
    const std::size_t size = built("x", static_cast<std::uint8_t>(seed)).size();
    EXPECT_GE(size, min_envelope);
    EXPECT_LE(size, min_envelope + max_padding);
    sizes.insert(size);
  }
  EXPECT_GT(sizes.size(), 100u);
}

TEST(EnvelopeVectors, AreRead) {
  const auto& recorded = vectors::load("stanza.json").at("cases").as_array()[1];
  const Bytes plaintext = vectors::hex(recorded.at("plaintext"));
  const auto opened =
      open_envelope(as_text(plaintext), {jid("alice@a.example"), jid("bob@b.example"), false}).value();
  EXPECT_EQ(opened.body(), "Hello Bob \xe2\x98\x83");
}

// case 92
TEST(Envelope, RefusesAnotherSender) {  // spoofing 12
  EXPECT_EQ(open_envelope(envelope("<from jid='mallory@example.net'/>"), to_bot).error(),
            Error::wrong_sender);
  EXPECT_EQ(open_envelope(envelope("<from jid=''/>"), to_bot).error(), Error::wrong_sender);
  EXPECT_EQ(open_envelope(envelope("<from/>"), to_bot).error(), Error::wrong_sender);
  EXPECT_TRUE(open_envelope(envelope("<from jid='Alice@example.net/phone'/>"), to_bot));
  EXPECT_TRUE(open_envelope(envelope(""), to_bot));
}

// case 92
TEST(Envelope, RefusesAnotherRecipient) {  // spoofing 12
  EXPECT_EQ(open_envelope(envelope("<to jid='carol@example.net'/>"), to_bot).error(), Error::wrong_recipient);
  EXPECT_TRUE(open_envelope(envelope("<to jid='bot@example.org/x'/>"), to_bot));
  EXPECT_EQ(open_envelope(envelope(""), {alice, jid("room@muc.example"), true}).error(),
            Error::wrong_recipient);
}

// case 92
TEST(Envelope, RefusesAffixesThatContradictEachOther) {
  EXPECT_EQ(
      open_envelope(envelope("<from jid='alice@example.net'/><from jid='mallory@example.net'/>"), to_bot)
          .error(),
      Error::malformed);
  EXPECT_EQ(open_envelope(envelope("<to jid='bot@example.org'/><to jid='x@y'/>"), to_bot).error(),
            Error::malformed);
  EXPECT_EQ(open_envelope(envelope("<content/>"), to_bot).error(), Error::malformed);
}

// case 93
TEST(Envelope, DropsWhatMustStayOutside) {  // spoofing 12
  const auto opened =
      open_envelope(
          envelope(
              "",
              "<content><body xmlns='jabber:client'>hi</body><no-store xmlns='urn:xmpp:hints'/>"
              "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='bot@example.org'/><origin-id "
              "xmlns='urn:xmpp:sid:0' id='1'/>"
              "<addresses xmlns='http://jabber.org/protocol/address'/><encryption xmlns='urn:xmpp:eme:0'/>"
              "<encrypted xmlns='urn:xmpp:omemo:2'/><encrypted xmlns='eu.siacs.conversations.axolotl'/>"
              "<envelope/><received xmlns='urn:xmpp:carbons:2'/><result xmlns='urn:xmpp:mam:2'/>"
              "<request xmlns='urn:xmpp:receipts'/><opt-out xmlns='urn:xmpp:omemo:2'/></content>"),
          to_bot)
          .value();
  ASSERT_EQ(opened.content.size(), 3u);
  EXPECT_TRUE(opened.child("body", ns::client));
  EXPECT_TRUE(opened.child("request", ns::receipts));
  EXPECT_TRUE(opened.child("opt-out", ns::omemo2));
}

TEST(Envelope, TakesContentFromTheContentOnly) {
  const auto opened =
      open_envelope(envelope("<body xmlns='jabber:client'>outside</body>", "<content/>"), to_bot).value();
  EXPECT_FALSE(opened.body());
}

TEST(Envelope, ForgivesABodyInTheWrongNamespace) {
  EXPECT_EQ(open_envelope(envelope("", "<content><body>hi</body></content>"), to_bot)->body(), "hi");
  EXPECT_EQ(open_envelope(envelope("", "<content><body xmlns=''>hi</body></content>"), to_bot)->body(), "hi");
  EXPECT_FALSE(
      open_envelope(envelope("", "<content><body xmlns='evil'>hi</body></content>"), to_bot)->body());
}

TEST(Envelope, AcceptsAnyOrderAndAMissingPad) {
  const auto opened = open_envelope(
      "<envelope xmlns='urn:xmpp:sce:1'><time stamp='bad'/><new/><from "
      "jid='alice@example.net'/><content/></envelope>",
      to_bot);
  ASSERT_TRUE(opened);
  EXPECT_FALSE(opened->padded);
  EXPECT_FALSE(opened->time);
}

TEST(Envelope, IsParsedAsHostileXml) {
  EXPECT_EQ(
      open_envelope("<!DOCTYPE a><envelope xmlns='urn:xmpp:sce:1'><content/></envelope>", to_bot).error(),
      xml::Error::forbidden_construct);
  EXPECT_EQ(open_envelope("hello", to_bot).error(), xml::Error::malformed);
  EXPECT_EQ(open_envelope("<envelope xmlns='urn:xmpp:sce:0'><content/></envelope>", to_bot).error(),
            Error::malformed);
  EXPECT_EQ(open_envelope("<envelope xmlns='urn:xmpp:sce:1'/>", to_bot).error(), Error::malformed);
  EXPECT_FALSE(open_envelope(envelope("", "<content>\xff</content>"), to_bot));
}

}  // namespace
