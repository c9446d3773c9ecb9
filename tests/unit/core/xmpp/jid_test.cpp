#include "bridge/core/xmpp/jid.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using omegate::xmpp::Error;
using omegate::xmpp::Jid;

std::string prepared(const std::string& text) {
  const auto jid = Jid::parse(text);
  return jid ? jid->to_string() : "refused";
}

TEST(Jid, TakesAnAddressApart) {
  const Jid jid = Jid::parse("juliet@example.com/balcony/2@x").value();
  EXPECT_EQ(jid.local(), "juliet");
  EXPECT_EQ(jid.domain(), "example.com");
  EXPECT_EQ(jid.resource(), "balcony/2@x");
  EXPECT_FALSE(jid.is_bare());
  EXPECT_EQ(jid.bare().to_string(), "juliet@example.com");
  EXPECT_TRUE(jid.bare().is_bare());
  EXPECT_EQ(jid.bare().resource(), "");
  EXPECT_EQ(jid.server().to_string(), "example.com");
  EXPECT_EQ(jid.bare().with_resource("x")->to_string(), "juliet@example.com/x");
}

TEST(Jid, KnowsServersWithAndWithoutResource) {
  const Jid server = Jid::parse("example.com").value();
  EXPECT_TRUE(server.is_bare());
  EXPECT_EQ(server.local(), "");
  EXPECT_EQ(server, server.server());
  EXPECT_EQ(Jid::parse("example.com/x")->resource(), "x");
  EXPECT_EQ(Jid::parse("example.com/a@b")->local(), "");
}

// case 68
TEST(Jid, IsTheSameHoweverItWasWritten) {
  EXPECT_EQ(prepared("JULIET@EXAMPLE.com/Balcony"), "juliet@example.com/Balcony");
  EXPECT_EQ(prepared("juliet@example.com."), "juliet@example.com");
  EXPECT_EQ(prepared("\xc3\x9cser@example.com"), "\xc3\xbcser@example.com");   // Ü
  EXPECT_EQ(prepared("u\xcc\x88ser@example.com"), "\xc3\xbcser@example.com");  // u + combining diaeresis
  EXPECT_EQ(prepared("\xef\xbc\xaauliet@example.com"), "juliet@example.com");  // full-width J
  EXPECT_EQ(prepared("juliet@example\xe3\x80\x82"
                     "com"),
            "juliet@example.com");  // ideographic full stop
  EXPECT_EQ(prepared("juliet@B\xc3\x9c"
                     "cher.example"),
            "juliet@b\xc3\xbc"
            "cher.example");
  EXPECT_EQ(prepared("jul\xc2\xad"
                     "iet@example.com"),
            "juliet@example.com");  // soft hyphen: nothing
}

// case 68
TEST(Jid, KeepsLookalikesApart) {
  EXPECT_NE(prepared("p\xd0\xb0ul@example.com"), "paul@example.com");  // Cyrillic а
}

TEST(Jid, RefusesWhatIsNoAddress) {
  for (const char* text : {"",
                           "@",
                           "@example.com",
                           "juliet@",
                           "juliet@example.com/",
                           "a b@example.com",
                           "a\"@example.com",
                           "a&@example.com",
                           "a'@example.com",
                           "a:b@example.com",
                           "a<@example.com",
                           "a>@example.com",
                           "a@b@example.com",
                           ".example.com",
                           "a@..com",
                           "a@.",
                           "a@exa mple.com",
                           "a@exam\nple.com",
                           "a@ex[ample",
                           "a\x01@example.com",
                           "a\x7f@example.com",
                           "a@example.com/\x01",
                           "a@example.com/\x7f"}) {
    EXPECT_EQ(prepared(text), "refused") << testing::PrintToString(text);
  }
}

// case 69
TEST(Jid, RefusesWhatIsNotUnicodeOrUnknown) {
  EXPECT_EQ(prepared("a\xff@example.com"), "refused");
  EXPECT_EQ(prepared("a\xed\xa0\x80@example.com"), "refused");
  EXPECT_EQ(prepared("\xf0\x9f\x98\x80@example.com"), "refused");  // younger than Unicode 3.2
  EXPECT_EQ(prepared("a\xe2\x80\xae@example.com"), "refused");     // right-to-left override
  EXPECT_EQ(prepared("a\xef\xbc\x8f@example.com"), "refused");     // full-width solidus is a slash
  EXPECT_EQ(prepared("a\xef\xbc\xa0@example.com"), "refused");     // full-width @
}

TEST(Jid, LetsAResourceBeNewerThanItsTables) {
  EXPECT_EQ(prepared("a@example.com/\xf0\x9f\x93\xb1"), "a@example.com/\xf0\x9f\x93\xb1");
}

// case 68
TEST(Jid, CountsBytesPerPart) {
  const std::string longest(1023, 'a');
  EXPECT_EQ(prepared(longest + "@example.com"), longest + "@example.com");
  EXPECT_EQ(prepared(longest + "a@example.com"), "refused");
  EXPECT_NE(prepared("a@example.com/" + longest), "refused");
  EXPECT_EQ(prepared("a@example.com/" + longest + "a"), "refused");
  EXPECT_EQ(prepared("a@" + longest + "a"), "refused");
  EXPECT_EQ(prepared(std::string(100'000, 'a')), "refused");
}

TEST(Jid, TakesAddressLiterals) {
  EXPECT_EQ(prepared("a@127.0.0.1"), "a@127.0.0.1");
  EXPECT_EQ(prepared("a@[::1]"), "a@[::1]");
  EXPECT_EQ(prepared("a@[::1"), "refused");
}

TEST(Jid, ComparesBareFormsWithoutTheResource) {
  const Jid a = Jid::parse("juliet@example.com/a").value(), b = Jid::parse("juliet@example.com/b").value();
  EXPECT_NE(a, b);
  EXPECT_TRUE(a.same_bare(b));
  EXPECT_FALSE(a.same_bare(Jid::parse("juliet@example.co").value()));
  EXPECT_FALSE(a.same_bare(Jid::parse("juliet@example.community/a").value()));
}

}  // namespace
