#include "bridge/core/mail/smtp_reply.hpp"

#include <gmock/gmock.h>

#include "bridge/core/mail/submission_limits.hpp"

namespace omegate::mail {
namespace {

using testing::ElementsAre;

ServerReply read(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  const auto reply = reader.next();
  EXPECT_TRUE(reply && *reply) << bytes;
  return reply && *reply ? **reply : ServerReply{};
}

error_code fault(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  const auto reply = reader.next();
  return reply ? error_code() : reply.error();
}

TEST(SmtpReply, HasACodeAStatusAndLines) {
  const auto reply = read("550 5.1.1 no such user\r\n");
  EXPECT_EQ(reply.code, 550);
  EXPECT_EQ(reply.enhanced, "5.1.1");
  EXPECT_EQ(reply.words(), "550 5.1.1 no such user");
  EXPECT_THAT(read("250-mail.example.org\r\n250-SIZE 1000\r\n250 HELP\r\n").lines, ElementsAre("mail.example.org", "SIZE 1000", "HELP"));
  EXPECT_EQ(read("354\r\n").code, 354);
  EXPECT_EQ(read("250 ok\n").words(), "250 ok") << "some forget the carriage return";
}

TEST(SmtpReply, TakesNoTextForAStatus) {
  for (const auto* text : {"550 5.1 x\r\n", "550 4.1.1 x\r\n", "550 5.1.1.1 x\r\n", "550 5.1.1111 x\r\n", "550 5..1 x\r\n", "550 5.1. x\r\n"})
    EXPECT_EQ(read(text).enhanced, "") << text;
}

TEST(SmtpReply, ComesInPieces) {
  ReplyReader reader;
  const std::string bytes = "250-a\r\n250 b\r\n220 next\r\n";
  int complete = 0;
  for (const char c : bytes) {
    reader.feed(std::string_view(&c, 1));
    const auto reply = reader.next();
    ASSERT_TRUE(reply);
    if (*reply) ++complete;
  }
  EXPECT_EQ(complete, 2);
  EXPECT_FALSE(reader.has_more());
}

TEST(SmtpReply, WhatComesBehindOneIsNoticed) {
  ReplyReader reader;
  reader.feed("220 go ahead\r\n250 ");
  ASSERT_TRUE(reader.next().value());
  EXPECT_TRUE(reader.has_more());
}

// case 197
TEST(SmtpReply, EndsALineAndAReplyThatNeverEnd) {
  EXPECT_EQ(fault("220 " + std::string(std::size_t{1} << 20, 'x')), ReplyError::too_long);
  EXPECT_EQ(fault("220 " + std::string(std::size_t{1} << 20, 'x') + "\r\n"), ReplyError::too_long);
  std::string endless;
  for (int i = 0; i < 100'000; ++i) endless += "250-more\r\n";
  EXPECT_EQ(fault(endless), ReplyError::too_long);
  EXPECT_EQ(fault("220 " + std::string(max_reply_line - 6, 'x') + "\r\n"), error_code());
}

TEST(SmtpReply, RefusesWhatIsNone) {
  for (const auto* text : {"HTTP/1.1 400 Bad\r\n", "\r\n", "99 x\r\n", "199 x\r\n", "600 x\r\n", "250x\r\n", "25\r\n", "250-a\r\n550 b\r\n"})
    EXPECT_EQ(fault(text), ReplyError::malformed) << text;
}

TEST(SmtpReply, IsShownWithoutWhatMovesACursor) {
  EXPECT_EQ(read("550 \x1b[2J\xc3\xa4\x07 x\r\n").words(), "550 ?[2J??? x");
  EXPECT_EQ(read("550 " + std::string(1500, 'x') + "\r\n").words().size(), max_reply_text);
}

}  // namespace
}  // namespace omegate::mail
