#include "bridge/core/xmpp/stanza_error.hpp"

#include "bridge/core/xmpp/stream_error.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

StanzaError error_of(const std::string& inside) {
  return parse_stanza_error(stanza("<iq type='error'>" + inside + "</iq>"));
}

TEST(StanzaError, NamesConditionTextAndPubsubCondition) {
  const StanzaError error = error_of(
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'/>"
      "<error type='cancel' code='409'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
      "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>"
      "<precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/></error>");
  EXPECT_EQ(error.type, "cancel");
  EXPECT_EQ(error.condition, "conflict");
  EXPECT_EQ(error.text, "no");
  EXPECT_EQ(error.pubsub, "precondition-not-met");
  EXPECT_EQ(error.code, "409");
  EXPECT_EQ(describe(error), "conflict/precondition-not-met (no)");
}

TEST(StanzaError, UnderstandsServersThatOnlySendANumber) {
  EXPECT_EQ(error_of("<error code='404'/>").condition, "item-not-found");
  EXPECT_EQ(error_of("<error code='999'/>").condition, "undefined-condition");
  EXPECT_EQ(error_of("").condition, "undefined-condition");
}

TEST(StanzaError, TellsWhatMayPass) {
  EXPECT_TRUE(is_transient({.type = "wait", .condition = "x", .text = {}, .pubsub = {}, .code = {}}));
  for (const char* passing :
       {"remote-server-not-found", "remote-server-timeout", "resource-constraint", "internal-server-error"}) {
    EXPECT_TRUE(is_transient({"cancel", passing, {}, {}, {}})) << passing;
  }
  for (const char* staying :
       {"item-not-found", "forbidden", "not-acceptable", "service-unavailable", "policy-violation"}) {
    EXPECT_FALSE(is_transient({"cancel", staying, {}, {}, {}})) << staying;
  }
}

TEST(StanzaError, ComesBackAsItWasWritten) {
  const StanzaError error{"modify", "bad-request", "text", {}, {}};
  const xml::Element iq = xml::Element("iq", "jabber:client").with(to_element(error));
  EXPECT_EQ(parse_stanza_error(iq).condition, "bad-request");
  EXPECT_EQ(parse_stanza_error(iq).type, "modify");
  EXPECT_EQ(parse_stanza_error(iq).text, "text");
}

TEST(StanzaError, DoesNotLetThePeerWriteIntoTheLog) {
  EXPECT_EQ(describe({"cancel", "gone", "a\nb\x1b[31m", {}, {}}), "gone (a b [31m)");
  EXPECT_LT(describe({"cancel", "gone", std::string(10'000, 'x'), {}, {}}).size(), 300u);
}

TEST(StreamError, DecidesWhatToDo) {
  const auto after = [](const char* condition) { return reaction({condition, {}, {}}, true); };
  EXPECT_EQ(after("conflict"), Reaction::new_resource);
  EXPECT_EQ(after("system-shutdown"), Reaction::reconnect);
  EXPECT_EQ(after("something-new"), Reaction::reconnect);
  EXPECT_EQ(after("policy-violation"), Reaction::reconnect_slowly);
  EXPECT_EQ(after("not-well-formed"), Reaction::quarantine_last);
  EXPECT_EQ(after("host-unknown"), Reaction::stop);
}

TEST(StreamError, DoesNotFollowSeeOtherHostBeforeTls) {  // spoofing 18
  const auto error = parse_stream_error(
      xml::parse_document(
          "<error xmlns='http://etherx.jabber.org/streams'>"
          "<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example</see-other-host></error>")
          .value());
  EXPECT_EQ(error.other_host, "evil.example");
  EXPECT_EQ(reaction(error, false), Reaction::reconnect);
  EXPECT_EQ(reaction(error, true), Reaction::follow);
}

TEST(StreamError, AnswersBadXmlByItsName) {
  EXPECT_EQ(stream_error_for(xml::Error::forbidden_construct).condition, "restricted-xml");
  EXPECT_EQ(stream_error_for(xml::Error::malformed).condition, "not-well-formed");
  EXPECT_EQ(stream_error_for(xml::Error::stanza_too_large).condition, "policy-violation");
  EXPECT_TRUE(is_stream_error(to_element(StreamError{"conflict", "x", {}})));
}

}  // namespace
