#include "bridge/edge/mime/compose.hpp"

#include <gmock/gmock.h>

#include <random>

namespace omegate::mime {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Draft draft() {
  Draft draft;
  draft.from = "bot@example.org";
  draft.to = {"juliet@example.net"};
  draft.subject = "The printer";
  draft.text = "It is on fire.";
  draft.date = from_ms(1'790'000'000'000);
  draft.message_id = "<0123456789abcdef@example.org>";
  return draft;
}

std::string head_of(const std::string& mail) { return mail.substr(0, mail.find("\r\n\r\n") + 2); }

/// The names of the header fields in their order.
std::vector<std::string> names_in(const std::string& mail) {
  std::vector<std::string> names;
  const std::string head = head_of(mail);
  for (std::size_t at = 0; at < head.size();) {
    const auto end = head.find("\r\n", at);
    if (head[at] != ' ' && head[at] != '\t') names.push_back(head.substr(at, head.find(':', at) - at));
    at = end + 2;
  }
  return names;
}

/// Every CR is followed by LF and every LF preceded by CR; no line is longer than a mail's may be.
bool is_well_formed(const std::string& mail) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const bool begins_break = mail[i] == '\r', ends_break = mail[i] == '\n';
    if (begins_break && (i + 1 == mail.size() || mail[i + 1] != '\n')) return false;
    if (ends_break && (i == 0 || mail[i - 1] != '\r')) return false;
    length = ends_break ? 0 : length + 1;
    if (length > 999 || mail[i] == '\0') return false;
  }
  return mail.ends_with("\r\n");
}

TEST(Compose, AMailHasWhatAMailHas) {
  const std::string mail = compose(draft());
  EXPECT_THAT(mail, HasSubstr("From: bot@example.org\r\n"));
  EXPECT_THAT(mail, HasSubstr("To: juliet@example.net\r\n"));
  EXPECT_THAT(mail, HasSubstr("Subject: The printer\r\n"));
  EXPECT_THAT(mail, HasSubstr("Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"));
  EXPECT_THAT(mail, HasSubstr("Message-Id: <0123456789abcdef@example.org>\r\n"));
  EXPECT_THAT(mail, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail, HasSubstr("X-Omegate-Loop: bot@example.org\r\n"));
  EXPECT_THAT(mail, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_THAT(mail, EndsWith("\r\n\r\nIt is on fire.\r\n"));
  EXPECT_TRUE(is_well_formed(mail));
  EXPECT_EQ(mail, compose(draft())) << "the same at each attempt";
}

TEST(Compose, WhatAPersonWroteIsNotAutomatic) {
  Draft by_hand = draft();
  by_hand.is_automatic = false;
  EXPECT_THAT(compose(by_hand), Not(HasSubstr("Auto-Submitted")));
}

TEST(Compose, AnAnswerStandsInItsThread) {
  Draft answer = draft();
  answer.in_reply_to = "<b@example.net>";
  answer.references = {"<a@example.net>", "not one", "<b@example.net>"};
  const std::string mail = compose(answer);
  EXPECT_THAT(mail, HasSubstr("In-Reply-To: <b@example.net>\r\n"));
  EXPECT_THAT(mail, HasSubstr("References: <a@example.net>"));
  EXPECT_THAT(mail, Not(HasSubstr("not one")));
  answer.references.assign(100, "<" + std::string(300, 'x') + "@example.net>");
  EXPECT_TRUE(is_well_formed(compose(answer))) << "a thread of years is folded";
}

TEST(Compose, TextsOfAllLanguagesArriveInAscii) {
  Draft foreign = draft();
  foreign.from_name = "Jürgen, \"der\" <Bot>";
  foreign.subject = "Größe: 3 € – ещё раз " + std::string(100, 'x');
  foreign.text = "Zeile mit ä\r\nund\rnoch\neine " + std::string(500, 'y') + " \n.\nFrom nobody";
  const std::string mail = compose(foreign);
  EXPECT_TRUE(is_well_formed(mail));
  EXPECT_TRUE(std::ranges::all_of(mail, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  EXPECT_THAT(mail, HasSubstr("Zeile mit =C3=A4\r\nund\r\nnoch\r\neine "));
  EXPECT_THAT(mail, HasSubstr("<bot@example.org>\r\n"));
}

TEST(Compose, FilesComeBehindTheText) {
  Draft with_files = draft();
  with_files.files = {{"Übersicht \"a/b\".txt", "text/plain", to_bytes("a\r\nb")}, {"x", "multipart/mixed", to_bytes(std::string("\0\xff", 2))}};
  const std::string mail = compose(with_files);
  EXPECT_TRUE(is_well_formed(mail));
  EXPECT_THAT(mail, HasSubstr("Content-Type: multipart/mixed; boundary=\"=_0123456789abcdefexampleorg\"\r\n"));
  EXPECT_THAT(mail, HasSubstr("Content-Disposition: attachment; filename"));
  EXPECT_THAT(mail, HasSubstr("\r\n\r\nYQ0KYg==\r\n"));
  EXPECT_THAT(mail, HasSubstr("Content-Type: application/octet-stream; name=x\r\n")) << "a type that would open another part";
  EXPECT_THAT(mail, HasSubstr("\r\n\r\nAP8=\r\n"));
}

// case 70
TEST(Compose, WhatNobodySeesIsLeftOutOfTheHeader) {
  Draft turned = draft();
  turned.subject = "pay \u202eevil\u202c \x1b[31m\tnow\u200f";
  EXPECT_THAT(compose(turned), HasSubstr("Subject: pay evil [31m now\r\n"));
}

// case 193
TEST(Compose, ALineBreakInAHeaderIsRefused) {
  for (const std::string& bad : {std::string("x\r\nBcc: eve@example.com"), std::string("x\nBcc: eve@example.com"), std::string("x\ry"),
                                std::string("x\0y", 3), std::string("\r\n\r\nbody")}) {
    for (const auto member : {&Draft::subject, &Draft::from_name, &Draft::from, &Draft::message_id}) {
      Draft injected = draft();
      injected.*member = bad;
      EXPECT_THROW(compose(injected), NotComposed) << bad;
    }
    Draft recipient = draft();
    recipient.to.push_back("juliet@example.net" + bad);
    EXPECT_THROW(compose(recipient), NotComposed);
    Draft file = draft();
    file.files.push_back({bad, "text/plain", {}});
    EXPECT_THROW(compose(file), NotComposed);
    Draft thread = draft();
    thread.in_reply_to = "<a@b" + bad + ">";
    thread.references = {"<a@b>" + bad};
    EXPECT_THAT(names_in(compose(thread)), testing::ElementsAreArray(names_in(compose(draft()))));
    Draft type = draft();
    type.files.push_back({"x", "text/plain" + bad, {}});
    EXPECT_THAT(compose(type), HasSubstr("application/octet-stream"));
  }
}

/// Pieces of which attacks are made.
std::string nasty(std::mt19937& dice) {
  static const std::vector<std::string> pieces = {"\r\n", "\n", "\r", std::string(1, '\0'), "Bcc: eve@example.com", ":", "<", ">", "@", ",", ";",
                                                  "\"", "\\", "(", ")", "=?utf-8?q?=0D=0AX:_y?=", "=?utf-8?b?DQpYOiB5?=", "?=", "=?", " ",
                                                  "\t", "a", "example.org", "\xc3\xa4", "\xff", "\xe2\x80\xa8", "\xc2\x85", "\x0b", "\x0c",
                                                  "--=_0123456789abcdefexampleorg", ".", "\u202e", "😀", std::string(90, 'w')};
  std::string text;
  for (auto left = dice() % 12; left > 0; --left) text += pieces[dice() % pieces.size()];
  return text;
}

// case 193
TEST(Compose, NoTextWhatsoeverMakesAHeaderOrALineOfItsOwn) {
  std::mt19937 dice(193);
  Draft usual = draft();
  usual.from_name = "x";
  usual.in_reply_to = "<a@b>";
  usual.references = {"<a@b>"};
  usual.files.push_back({"x", "text/plain", {}});
  const auto names = names_in(compose(usual));
  int composed = 0;
  for (int i = 0; i < 2'000; ++i) {
    Draft random = usual;
    // One part at a time may be anything, and now and then all.
    const auto which = dice() % 8;
    if (which == 0 || which == 7) random.subject = nasty(dice);
    if (which == 1 || which == 7) random.from_name = nasty(dice);
    if (which == 2 || which == 7) random.to.push_back(nasty(dice));
    if (which == 3 || which == 7) random.in_reply_to = "<" + nasty(dice) + ">";
    if (which == 4 || which == 7) random.references.push_back(nasty(dice));
    if (which == 5 || which == 7) random.files[0].name = nasty(dice);
    if (which == 6 || which == 7) random.files[0].media_type = nasty(dice);
    random.text = nasty(dice);
    std::string mail;
    try {
      mail = compose(random);
    } catch (const NotComposed&) {
      continue;
    }
    ++composed;
    ASSERT_TRUE(is_well_formed(mail)) << mail;
    auto found = names_in(mail);
    if (found.size() < names.size()) std::erase_if(found, [](const auto& name) { return name == "In-Reply-To"; });
    auto expected = names;
    if (found.size() < names.size()) std::erase_if(expected, [](const auto& name) { return name == "In-Reply-To"; });
    ASSERT_EQ(found, expected) << mail;
    ASSERT_THAT(head_of(mail), Not(HasSubstr("\r\nBcc:"))) << mail;
  }
  EXPECT_GT(composed, 500) << "most are no attack and must be sent";
}

}  // namespace
}  // namespace omegate::mime
