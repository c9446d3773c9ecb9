#include "bridge/core/xmpp/sasl.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xml/document.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

SaslAnswer answer(const std::string& text) {
  return parse_sasl(xml::parse_document("<" + text + " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").value())
      .value();
}

Result<SaslAnswer> parsed(const std::string& inside) {
  return parse_sasl(xml::parse_document(inside).value());
}

TEST(Sasl, WritesEmptyMessagesAsTheStandardWants) {
  EXPECT_EQ(sasl_auth("EXTERNAL", "").to_string(),
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>");
  EXPECT_EQ(sasl_auth("X", "a").text(), "YQ==");
  EXPECT_EQ(sasl_response("").to_string(), "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
  EXPECT_EQ(sasl_response("abc").text(), "YWJj");
}

TEST(Sasl, TellsSuccessWithAndWithoutData) {
  EXPECT_FALSE(std::get<SaslSuccess>(answer("success")).data);
  const auto with_data = parsed("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1Y</success>");
  EXPECT_EQ(std::get<SaslSuccess>(*with_data).data, "v=X");
  EXPECT_EQ(
      std::get<SaslSuccess>(*parsed("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</success>")).data,
      "");
}

TEST(Sasl, ReadsFailures) {
  const auto failure = std::get<SaslFailure>(*parsed(
      "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>no</text></failure>"));
  EXPECT_EQ(failure.condition, "not-authorized");
  EXPECT_EQ(failure.text, "no");
  EXPECT_TRUE(is_permanent(failure));
  EXPECT_FALSE(is_permanent(std::get<SaslFailure>(answer("failure"))));
  EXPECT_FALSE(is_permanent({"temporary-auth-failure", {}}));
}

TEST(Sasl, RefusesWhatIsNoAnswer) {
  EXPECT_EQ(parsed("<success xmlns='evil'/>").error(), Error::malformed);
  EXPECT_EQ(parsed("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>!</challenge>").error(),
            Error::bad_encoding);
}

TEST(Sasl, SeparatesThePartsOfPlain) { EXPECT_EQ(plain_response("u", "p"), std::string("\0u\0p", 4)); }

}  // namespace
