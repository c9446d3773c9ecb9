#include "bridge/core/xmpp/idna.hpp"

#include <gtest/gtest.h>

namespace {

using omegate::xmpp::ascii_domain;

TEST(AsciiDomain, WritesInternationalNamesAsTheDnsDoes) {
  EXPECT_EQ(ascii_domain("bücher.example").value(), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("例え.jp").value(), "xn--r8jz45g.jp");
}

TEST(AsciiDomain, LeavesAsciiAlone) {
  for (const char* domain : {"example.org", "localhost", "127.0.0.1", "[::1]", "xn--bcher-kva.example"}) {
    EXPECT_EQ(ascii_domain(domain).value(), domain);
  }
}

TEST(AsciiDomain, RefusesWhatTheDnsCannotCarry) {
  EXPECT_FALSE(ascii_domain("a\xcc\x88." + std::string(70, 'x') + "ü"));
  EXPECT_FALSE(ascii_domain("\xff\xfe"));
  EXPECT_FALSE(ascii_domain("ü..example"));
}

}  // namespace
