#include "bridge/core/xmpp/stream.hpp"

#include "bridge/core/xml/stream_reader.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

xml::Element parse(const std::string& text) { return xml::parse_document(text).value(); }

TEST(Stream, OpensWithAHeaderAndEndsWithAFooter) {
  xml::StreamReader reader;
  ASSERT_TRUE(reader.feed(stream_header(jid("example.org"), jid("bot@example.org/x"))));
  const auto opened = std::get<xml::StreamOpened>(*reader.next());
  EXPECT_TRUE(check_stream_header(opened.header));
  EXPECT_EQ(opened.header.attr("to"), "example.org");
  EXPECT_EQ(opened.header.attr("from"), "bot@example.org");
  ASSERT_TRUE(reader.feed(stream_footer));
  EXPECT_TRUE(std::holds_alternative<xml::StreamClosed>(*reader.next()));
}

TEST(Stream, DoesNotNameTheAccountUnlessTold) {
  EXPECT_EQ(stream_header(jid("example.org"), std::nullopt).find("from="), std::string::npos);
}

TEST(Stream, RefusesHeadersOfSomethingElse) {
  const auto check = [](const std::string& text) { return check_stream_header(parse(text)); };
  constexpr const char* streams = " xmlns='http://etherx.jabber.org/streams'";
  EXPECT_TRUE(check("<stream" + std::string(streams) + " version='1.0'/>"));
  EXPECT_TRUE(check("<stream" + std::string(streams) + " version='1.1'/>"));
  EXPECT_EQ(check("<stream" + std::string(streams) + "/>").error(), Error::bad_stream_header);
  EXPECT_EQ(check("<stream" + std::string(streams) + " version='0.9'/>").error(), Error::bad_stream_header);
  EXPECT_EQ(check("<stream xmlns='jabber:client' version='1.0'/>").error(), Error::bad_stream_header);
  EXPECT_EQ(check("<html xmlns='http://etherx.jabber.org/streams' version='1.0'/>").error(),
            Error::bad_stream_header);
}

TEST(Features, AreReadAsTheServerOffersThem) {
  const Features features =
      parse_features(parse("<features xmlns='http://etherx.jabber.org/streams'>"
                           "<mechanisms "
                           "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</"
                           "mechanism><mechanism>PLAIN</mechanism></mechanisms>"
                           "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding "
                           "type='tls-exporter'/></sasl-channel-binding>"
                           "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session "
                           "xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"
                           "<sm xmlns='urn:xmpp:sm:3'/><ver xmlns='urn:xmpp:features:rosterver'/>"
                           "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
                           "<limits "
                           "xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes><idle-seconds>60</"
                           "idle-seconds></limits></features>"));
  EXPECT_EQ(features.mechanisms, (std::vector<std::string>{"SCRAM-SHA-1", "PLAIN"}));
  EXPECT_EQ(features.channel_bindings, std::vector<std::string>{"tls-exporter"});
  EXPECT_TRUE(features.bind && features.stream_management && features.roster_versions);
  EXPECT_FALSE(features.session || features.tls);
  EXPECT_EQ(features.caps_node, "n#v");
  EXPECT_EQ(features.max_bytes, 262144u);
  EXPECT_EQ(features.idle, std::chrono::seconds(60));
}

TEST(Features, TellNoBindingsFromNoWordAboutThem) {
  EXPECT_FALSE(
      parse_features(parse("<features xmlns='http://etherx.jabber.org/streams'/>")).channel_bindings);
  const Features none =
      parse_features(parse("<features xmlns='http://etherx.jabber.org/streams'><sasl-channel-binding "
                           "xmlns='urn:xmpp:sasl-cb:0'/></features>"));
  ASSERT_TRUE(none.channel_bindings);
  EXPECT_TRUE(none.channel_bindings->empty());
}

TEST(Features, IgnoreWhatIsInAnotherNamespace) {
  const Features fake = parse_features(parse(
      "<features xmlns='http://etherx.jabber.org/streams'><starttls/><bind/><sm/><session/></features>"));
  EXPECT_FALSE(fake.tls || fake.bind || fake.stream_management || fake.session);
  EXPECT_TRUE(parse_features(parse("<features xmlns='http://etherx.jabber.org/streams'><starttls "
                                   "xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                                   "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></features>"))
                  .session);
}

}  // namespace
