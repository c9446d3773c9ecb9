// What an IMAP server says, in pieces and beyond limits.
#include "bridge/core/mail/imap_reader.hpp"

#include <gmock/gmock.h>

#include "bridge/core/mail/delivered_to.hpp"
#include "bridge/core/mail/imap_limits.hpp"
#include "bridge/core/mail/imap_text.hpp"

namespace omegate::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = ImapResponse::Kind;

std::vector<ImapResponse> read(std::string_view bytes, std::size_t step, error_code& fault) {
  ImapReader reader;
  std::vector<ImapResponse> all;
  while (!bytes.empty() && !fault) {
    reader.feed(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    for (;;) {
      auto response = reader.next();
      if (!response) fault = response.error();
      if (!response || !*response) break;
      all.push_back(std::move(**response));
    }
  }
  return all;
}

TEST(ImapReader, ReadsLinesAndLiteralsHoweverTheyAreCut) {
  const std::string bytes = "* OK ready {5}\r\n* 1 FETCH (UID 2 BODY[] {8}\r\n)\r\nA1 OK X {0}\r\n)\r\n+ go\r\nA1 NO {3}\r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
    error_code fault;
    const auto all = read(bytes, step, fault);
    EXPECT_FALSE(fault);
    ASSERT_THAT(all, SizeIs(4)) << step;
    EXPECT_EQ(all[0].text, "OK ready {5}") << "words for people announce nothing";
    EXPECT_EQ(all[1].text, "1 FETCH (UID 2 BODY[] {8} X {0})");
    EXPECT_THAT(all[1].literals, ElementsAre(")\r\nA1 OK", "")) << "nothing in a literal is an answer";
    EXPECT_EQ(all[2].kind, Kind::go_on);
    EXPECT_EQ(all[3].tag, "A1");
    EXPECT_EQ(all[3].text, "NO {3}");
  }
}

// case 198
TEST(ImapReader, EndsAtItsLimits) {
  const std::string many = [] {
    std::string text = "* X ";
    for (int i = 0; i < 20; ++i) text += "{1}\r\nx";
    return text + "\r\n";
  }();
  const std::vector<std::string> hostile = {
      "* " + std::string(max_imap_line, 'x'),
      "* X {" + std::to_string(max_imap_literal + 1) + "}\r\n",
      "* X {18446744073709551616}\r\n",
      "* X {99999999999999999999999999}\r\n",
      "* X {60000}\r\n" + std::string(60'000, 'x') + " {60000}\r\n",
      many,
      std::string("* a\0b\r\n", 7),
      "*\r\n",
      "A1\r\n",
      "{5}\r\n",
  };
  for (const std::string& bytes : hostile) {
    error_code fault;
    read(bytes, bytes.size(), fault);
    EXPECT_TRUE(fault) << bytes.substr(0, 40);
  }
}

TEST(ImapReader, SaysNoMoreThanItsLimitInOneAnswer) {
  ImapReader reader;
  const std::string line = "* 1 FETCH (FLAGS (" + std::string(10'000, 'x') + "))\r\n";
  bool ended = false;
  for (std::size_t said = 0; said < max_imap_answer + 2 * line.size() && !ended; said += line.size()) {
    reader.feed(line);
    ended = !reader.next();
  }
  EXPECT_TRUE(ended);
}

TEST(ImapWords, StepOverWhatNobodyAskedFor) {
  ImapResponse response;
  response.text = R"((FLAGS (\Seen (a b)) X "a \"b\" )" + std::string("\\\\\" BODY[HEADER.FIELDS (X Y)]<0> {3} UID 5)");
  response.literals = {"abc"};
  ImapWords words(response);
  EXPECT_TRUE(words.skip('('));
  EXPECT_EQ(words.word(), "FLAGS");
  words.skip_blanks();
  EXPECT_TRUE(words.skip_value());
  words.skip_blanks();
  EXPECT_EQ(words.word(), "X");
  words.skip_blanks();
  EXPECT_EQ(words.text(), "a \"b\" \\");
  words.skip_blanks();
  EXPECT_EQ(words.word(), "BODY[HEADER.FIELDS (X Y)]<0>");
  words.skip_blanks();
  EXPECT_EQ(words.text(), "abc");
  words.skip_blanks();
  EXPECT_EQ(words.word(), "UID");
  words.skip_blanks();
  EXPECT_EQ(words.number(), 5u);
  ImapResponse deep;
  deep.text = std::string(1000, '(');
  EXPECT_FALSE(ImapWords(deep).skip_value());
}

TEST(ImapTime, IsReadOrNot) {
  EXPECT_EQ(to_ms(imap_time("17-Jul-1996 02:44:25 -0700").value()), 837'596'665'000);
  EXPECT_EQ(to_ms(imap_time(" 1-jan-1970 00:00:00 +0000").value()), 0);
  for (const char* wrong : {"", "17-Jul-1996", "31-Feb-1996 02:44:25 -0700", "17-Xyz-1996 02:44:25 -0700", "17-Jul-1996 24:44:25 -0700",
                            "17-Jul-1996 02:44:25 *0700", "1x-Jul-1996 02:44:25 -0700"})
    EXPECT_FALSE(imap_time(wrong)) << wrong;
}

TEST(DeliveredTo, IsWhatTheLastServerWrote) {
  const std::string message =
      "Return-Path: <nas@home.example>\r\nDelivered-To: bot@example.org\r\nX-ORIGINAL-TO: <bot+ops@\r\n example.org>\r\n"
      "Delivered-To: forged@example.org\r\n\r\nEnvelope-To: body@example.org\r\n";
  const auto all = delivered_to(message);
  ASSERT_THAT(all, SizeIs(1)) << "folded in the middle of an address, it is none";
  EXPECT_EQ(all[0].to_string(), "bot@example.org");
  const auto both = delivered_to("X-Original-To: a@example.org\nDelivered-To : <b@example.org>\n\n");
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_EQ(both[0].to_string(), "a@example.org");
  EXPECT_EQ(both[1].to_string(), "b@example.org");
  EXPECT_THAT(delivered_to("Delivered-To: nobody\r\nDelivered-To: b@example.org\r\n"), IsEmpty());
  EXPECT_TRUE(return_path(message).sender);
  EXPECT_TRUE(return_path("Return-Path: <>\r\n\r\n").is_known);
  EXPECT_FALSE(return_path("Return-Path: <>\r\n\r\n").sender);
  EXPECT_FALSE(return_path("From: a@b.c\r\n\r\nReturn-Path: <>\r\n").is_known);
}

}  // namespace
}  // namespace omegate::mail
