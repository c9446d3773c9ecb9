#include "bridge/core/mail/address.hpp"

#include <gtest/gtest.h>

#include "bridge/core/mail/limits.hpp"

namespace omegate::mail {
namespace {

Address address(std::string_view text) { return parse_address(text).value(); }

TEST(MailAddress, IsReadAndWritten) {
  EXPECT_EQ(address("Alerts@Example.ORG"), (Address{"Alerts", "example.org"}));
  EXPECT_EQ(address("bot+ops@[192.0.2.1]").domain, "[192.0.2.1]");
  EXPECT_EQ(address("@relay.example,@other.example:a@b.example").to_string(), "a@b.example");
  EXPECT_EQ(address("Postmaster"), (Address{"postmaster", ""}));
  EXPECT_EQ(address("\"two words\\\"\"@b.example").local, "two words\"");
  EXPECT_EQ(address("\"two words\\\"\"@b.example").to_string(), "\"two words\\\"\"@b.example");
  EXPECT_EQ(address("\"plain\"@b.example").to_string(), "plain@b.example");
}

TEST(MailAddress, IsNoOtherText) {
  for (const char* text : {"", "a", "a@", "@b", "a b@c", "a@b c", "a..b@c", ".a@b", "a@b..c", "a@-b@c", "\"a@b", "\"a\"b@c", "a@[b", "a@b>", "<a@b",
                           "a\t@b"})
    EXPECT_FALSE(parse_address(text)) << text;
  EXPECT_FALSE(parse_address(std::string(max_local_part + 1, 'a') + "@b.example"));
  EXPECT_FALSE(parse_address("a@" + std::string(max_path, 'b')));
}

TEST(MailAddressPattern, Fits) {
  const auto fits = [](std::string_view pattern, std::string_view text) { return AddressPattern::parse(pattern).value().matches(address(text)); };
  EXPECT_TRUE(fits("alerts@example.org", "ALERTS@example.org"));
  EXPECT_FALSE(fits("alerts@example.org", "alerts@example.net"));
  EXPECT_FALSE(fits("alerts@example.org", "alerts2@example.org"));
  EXPECT_TRUE(fits("alerts", "alerts@anywhere.example"));
  EXPECT_TRUE(fits("bot+*@example.org", "bot+ops@example.org"));
  EXPECT_TRUE(fits("bot+*@example.org", "bot+@example.org"));
  EXPECT_FALSE(fits("bot+*@example.org", "bot@example.org"));
  EXPECT_TRUE(fits("*-room@example.org", "ops-room@example.org"));
  EXPECT_FALSE(fits("aa*aa@example.org", "aaa@example.org"));
  EXPECT_FALSE(fits("*@example.org", "a@sub.example.org"));
}

TEST(MailAddressPattern, IsNoOtherText) {
  for (const char* text : {"", "@example.org", "a@", "a*b*c@example.org", "a@*.example.org", "two words@example.org", "*@"})
    EXPECT_FALSE(AddressPattern::parse(text)) << text;
}

}  // namespace
}  // namespace omegate::mail
