#include "bridge/core/xmpp/sasl2.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xmpp/features.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
xml::Element parse(const std::string& text) { return stanza(text); }

template <class T>
T parsed(const std::string& text) {
  return std::get<T>(parse_sasl2(parse(text)).value());
}

TEST(Sasl2, ReadsWhatCanBeDoneInOneStep) {
  const Features features = parse_features(
      parse("<features xmlns='http://etherx.jabber.org/streams'><authentication xmlns='urn:xmpp:sasl:2'>"
            "<mechanism>SCRAM-SHA-256</mechanism><mechanism>SCRAM-SHA-256-PLUS</mechanism><inline>"
            "<sm xmlns='urn:xmpp:sm:3'/><bind xmlns='urn:xmpp:bind:0'><inline>"
            "<feature var='urn:xmpp:carbons:2'/><feature var='urn:xmpp:sm:3'/></inline></bind>"
            "<fast xmlns='urn:xmpp:fast:0'><mechanism>HT-SHA-256-NONE</mechanism></fast></inline>"
            "</authentication></features>"));
  ASSERT_TRUE(features.sasl2);
  EXPECT_EQ(features.sasl2->mechanisms, (std::vector<std::string>{"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"}));
  EXPECT_TRUE(features.sasl2->resume && features.sasl2->bind);
  EXPECT_TRUE(features.sasl2->bind_management && features.sasl2->bind_carbons);
  EXPECT_EQ(features.sasl2->fast, std::vector<std::string>{"HT-SHA-256-NONE"});
  EXPECT_TRUE(features.mechanisms.empty());  // those are another profile's
}

TEST(Sasl2, AsksForEverythingAtOnce) {
  Authenticate request{"HT-SHA-256-EXPR", "abc", "agent-1", "omegate"};
  request.resume = {"id", 17};
  request.bind = {"omegate", true, true};
  request.wanted_token = "HT-SHA-256-EXPR";
  request.token_uses = 3;
  EXPECT_EQ(sasl2_authenticate(request).to_string(),
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-EXPR'>"
            "<initial-response>YWJj</initial-response>"
            "<user-agent id='agent-1'><software>omegate</software></user-agent>"
            "<fast xmlns='urn:xmpp:fast:0' count='3'/>"
            "<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-EXPR'/>"
            "<resume xmlns='urn:xmpp:sm:3' h='17' previd='id'/>"
            "<bind xmlns='urn:xmpp:bind:0'><tag>omegate</tag><enable xmlns='urn:xmpp:sm:3' resume='true'/>"
            "<enable xmlns='urn:xmpp:carbons:2'/></bind></authenticate>");
}

TEST(Sasl2, ReadsASuccessWithAllThatCameWithIt) {
  const auto success = parsed<Sasl2Success>(
      "<success xmlns='urn:xmpp:sasl:2'><additional-data>dj1x</additional-data>"
      "<authorization-identifier>bot@example.org/omegate.41f2</authorization-identifier>"
      "<failed xmlns='urn:xmpp:sm:3' h='5'><item-not-found "
      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
      "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='abd' resume='true' max='60'/>"
      "<enabled xmlns='urn:xmpp:carbons:2'/></bound>"
      "<token xmlns='urn:xmpp:fast:0' expiry='2026-05-01T00:00:00Z' token='s3cret'/></success>");
  EXPECT_EQ(success.data, "v=q");
  EXPECT_EQ(success.identifier, "bot@example.org/omegate.41f2");
  EXPECT_TRUE(success.resume_failed);
  EXPECT_EQ(success.failed_h, 5u);
  EXPECT_FALSE(success.resumed);
  ASSERT_TRUE(success.bound && success.bound->management && success.token);
  EXPECT_EQ(success.bound->management->id, "abd");
  EXPECT_TRUE(success.bound->carbons);
  EXPECT_EQ(as_text(success.token->bytes()), "s3cret");
  EXPECT_EQ(to_ms(success.token_expiry), 1777593600000);
}

TEST(Sasl2, ReadsTheOtherAnswers) {
  EXPECT_EQ(parsed<Sasl2Success>("<success xmlns='urn:xmpp:sasl:2'><resumed xmlns='urn:xmpp:sm:3' h='7' "
                                 "previd='x'/></success>")
                .resumed,
            7u);
  const auto failure = parsed<SaslFailure>(
      "<failure xmlns='urn:xmpp:sasl:2'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
      "<text>no</text></failure>");
  EXPECT_EQ(failure.condition, "not-authorized");
  EXPECT_EQ(failure.text, "no");
  EXPECT_EQ(parsed<SaslChallenge>("<challenge xmlns='urn:xmpp:sasl:2'>cj0x</challenge>").data, "r=1");
  EXPECT_NO_THROW(parsed<Sasl2Continue>("<continue xmlns='urn:xmpp:sasl:2'/>"));
}

TEST(Sasl2, RefusesWhatItCannotRead) {
  EXPECT_EQ(parse_sasl2(parse("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")).error(),
            Error::malformed);
  EXPECT_EQ(parse_sasl2(parse("<challenge xmlns='urn:xmpp:sasl:2'>!</challenge>")).error(),
            Error::bad_encoding);
  EXPECT_EQ(
      parse_sasl2(parse("<success xmlns='urn:xmpp:sasl:2'><resumed xmlns='urn:xmpp:sm:3' h='x'/></success>"))
          .error(),
      Error::malformed);
  const auto success = parsed<Sasl2Success>(
      "<success xmlns='urn:xmpp:sasl:2'><token xmlns='urn:xmpp:fast:0' token='t' expiry='soon'/></success>");
  EXPECT_FALSE(success.token);  // one that never expires would be one too many
}

}  // namespace
