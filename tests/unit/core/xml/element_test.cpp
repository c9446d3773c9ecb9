#include "bridge/core/xml/element.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xml/document.hpp"
#include "bridge/core/xml/text.hpp"

namespace {

using namespace omegate;
using omegate::xml::Element;

Element reparsed(const Element& element) { return xml::parse_document(element.to_string()).value(); }

TEST(Element, WritesTheNamespaceOnlyWhereItChanges) {
  Element iq("iq", "jabber:client");
  iq.set("type", "get").add(Element("ping", "urn:xmpp:ping")).add(Element("inner", "urn:xmpp:ping"));
  EXPECT_EQ(iq.to_string("jabber:client"), "<iq type='get'><ping xmlns='urn:xmpp:ping'><inner/></ping></iq>");
  EXPECT_EQ(iq.to_string(),
            "<iq xmlns='jabber:client' type='get'><ping xmlns='urn:xmpp:ping'><inner/></ping></iq>");
}

TEST(Element, BuildsInOneExpression) {
  const Element list =
      Element("list", "n").set("a", "1").with(Element("device", "n").set("id", "7")).add_text("x");
  EXPECT_EQ(list.to_string(), "<list xmlns='n' a='1'><device id='7'/>x</list>");
}

TEST(Element, LeavesANamespaceForNone) {
  const Element outer = Element("a", "n").with(Element("b"));
  EXPECT_EQ(outer.to_string(), "<a xmlns='n'><b xmlns=''/></a>");
  EXPECT_EQ(reparsed(outer), outer);
}

// case 53
TEST(Element, GivesBackEveryTextItCanCarry) {
  const std::string text = "<&>\"' ]]> \t\n\r \xc2\x85 \xf0\x9f\x98\x80 &amp;";
  const Element element = Element("body", "jabber:client").set("a", text).add_text(text);
  const Element again = reparsed(element);
  EXPECT_EQ(again.text(), text);
  EXPECT_EQ(again.attr("a"), text);
}

// case 53
TEST(Element, StaysWellFormedWhateverTextItWasGiven) {
  const std::string text("\0 \x1f \xff \xed\xa0\x80 \xef\xbf\xbf \xf0\x9f", 16);
  const Element element = Element("body", "jabber:client").set("a", text).add_text(text);
  const auto again = xml::parse_document(element.to_string());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text().substr(0, 4), "\xef\xbf\xbd ");
}

TEST(Element, KeepsTheOrderOfTextAndChildren) {
  Element mixed("p");
  mixed.add_text("one");
  mixed.add(Element("b")).add_text("two");
  mixed.add_text("three").add(Element("c"));
  EXPECT_EQ(mixed.to_string(), "<p>one<b>two</b>three<c/></p>");
  EXPECT_EQ(mixed.text(), "onethree");
  EXPECT_EQ(reparsed(mixed), mixed);
}

// case 45
TEST(Element, FindsChildrenByNameAndNamespaceOnly) {
  const Element message = Element("message", "jabber:client")
                              .with(xml::text_element("body", "evil", "no"))
                              .with(xml::text_element("body", "jabber:client", "yes"))
                              .with(xml::text_element("body", "jabber:client", "again"));
  EXPECT_EQ(message.child_text("body", "jabber:client"), "yes");
  EXPECT_EQ(message.child("body", ""), nullptr);
  int found = 0;
  for (const Element& body : message.children("body", "jabber:client")) found += body.space() != "evil";
  EXPECT_EQ(found, 2);
}

TEST(Element, ReplacesAnAttributeThatIsSetAgain) {
  EXPECT_EQ(Element("a").set("id", "1").set("id", "2").to_string(), "<a id='2'/>");
}

TEST(Element, KeepsAttributesOfOtherNamespacesApart) {
  const std::string text = "<a xmlns:x='u' xmlns:y='v' b='0' x:b='1' y:b='2' x:c='3' xml:lang='en'/>";
  const Element element = xml::parse_document(text).value();
  EXPECT_EQ(element.attr("b"), "0");
  EXPECT_EQ(element.attr("b", "u"), "1");
  EXPECT_EQ(element.attr("b", "v"), "2");
  EXPECT_EQ(element.attr("lang", xml::xml_namespace), "en");
  EXPECT_FALSE(element.has("lang"));
  EXPECT_EQ(reparsed(element), element);
}

// case 53
TEST(Text, TellsWhatXmlCanCarry) {
  EXPECT_TRUE(xml::is_xml_text("plain \t\n\r \xc3\xa4 \xe2\x98\x83 \xf0\x9f\x98\x80 \xef\xbf\xbd"));
  for (const char* bad :
       {"\x01", "\x1b", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xef\xbf\xbe", "\xef\xbf\xbf", "\x80", "\xc3", "\xe2\x98", "\xfe"}) {
    EXPECT_FALSE(xml::is_xml_text(bad)) << testing::PrintToString(bad);
  }
}

// case 53
TEST(Text, StripsWhatIsForbiddenAndNothingElse) {
  EXPECT_EQ(xml::strip_forbidden("a\x01z\xff\xc3\xa4\xed\xa0\x80\xe2\x98"), "az\xc3\xa4");
  EXPECT_TRUE(xml::strip_forbidden("").empty());
}

}  // namespace
