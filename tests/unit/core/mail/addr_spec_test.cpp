#include "bridge/core/mail/addr_spec.hpp"

#include <gmock/gmock.h>

namespace omegate::mail {
namespace {

TEST(AddrSpec, TakesAddresses) {
  for (const auto* text : {"juliet@example.org", "a+b@c", "first.last@sub.example.org", "o'neil_x-y@1.example", "übel@exämple.org"})
    EXPECT_TRUE(is_addr_spec(text)) << text;
}

// case 193
TEST(AddrSpec, TakesNothingThatCouldEndALineOrABracket) {
  const std::string bad[] = {"", "@", "a@", "@b", "a b@c", "a@b c", "a@b\r\nRCPT TO:<x@y", "a@b\n", "a\r@b", std::string("a\0@b", 4),
                             "a@b>", "<a@b>", "a@b> SIZE=1", "a@b,c@d", "\"a\"@b", "a@[127.0.0.1]", "a..b@c", ".a@b", "a.@b", "a@b..c",
                             "a@-b", "a@b-", "a(x)@b", "a@b;", "a:b@c", "a\x7f@b", "a\xff@b", "a@b\xc2", "a@@b", "a\t@b"};
  for (const auto& text : bad) EXPECT_FALSE(is_addr_spec(text)) << text;
  EXPECT_FALSE(is_addr_spec(std::string(65, 'a') + "@example.org"));
  EXPECT_FALSE(is_addr_spec("a@" + std::string(64, 'b')));
}

TEST(AddrSpec, TellsWhatNeedsSmtputf8) {
  EXPECT_FALSE(needs_smtputf8("a@b"));
  EXPECT_TRUE(needs_smtputf8("ä@b"));
  EXPECT_EQ(domain_of("a@b.example"), "b.example");
}

TEST(MessageId, IsOneWordInBrackets) {
  EXPECT_TRUE(is_message_id("<a@b>"));
  EXPECT_TRUE(is_message_id("<CAF=x.y+z/1$2@mail.gmail.com>"));
  for (const auto* text : {"", "<>", "a@b", "<a b@c>", "<a@b> <c@d>", "<a@b\r\nX: y>", "<@b>", "<a@>", "<ab>", "<a@b><c@d>", "<ä@b>"})
    EXPECT_FALSE(is_message_id(text)) << text;
  EXPECT_FALSE(is_message_id("<" + std::string(500, 'a') + "@b>"));
}

}  // namespace
}  // namespace omegate::mail
