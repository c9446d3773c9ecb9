#include "bridge/edge/mime/read.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "bridge/core/plugin/utf8.hpp"
#include "bridge/edge/mime/limits.hpp"
#include "test_places.hpp"

namespace omegate::mime {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Message sample(const std::string& name) {
  std::ifstream file(std::string(OMEGATE_SOURCE_DIR "/tests/data/mail/") + name, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(text.empty()) << name;
  return read_message(text);
}

std::string names(const Message& message) {
  std::string all;
  for (const Attachment& each : message.attachments) all += each.name + " " + each.media_type + " " + std::to_string(each.content.size()) + "\n";
  return all;
}

TEST(MimeReading, TakesTheHeaderApart) {
  const Message read = read_message(
      "Received: from a\r\nReceived: from b\r\n"
      "From: =?iso-8859-1?q?J=FCrgen?= <j@example.net>, \"B, C\" <bc@example.net>\r\nTo: team: a@example.org, b@example.org;\r\n"
      "Cc: c@example.org\r\nReply-To: d@example.net\r\nDate: Mon, 5 Jan 2026 13:00:00 +0100\r\nSubject: one\r\n two\r\n"
      "Message-ID: <1@example.net>\r\nIn-Reply-To: <0@example.net>\r\nReferences: <a@x> <0@example.net>\r\n\r\ntext\r\n");
  EXPECT_THAT(read.from, ElementsAre(Mailbox{"Jürgen", "j@example.net"}, Mailbox{"B, C", "bc@example.net"}));
  EXPECT_THAT(read.to, ElementsAre(Mailbox{"", "a@example.org"}, Mailbox{"", "b@example.org"}));
  EXPECT_THAT(read.cc, ElementsAre(Mailbox{"", "c@example.org"}));
  EXPECT_THAT(read.reply_to, ElementsAre(Mailbox{"", "d@example.net"}));
  EXPECT_EQ(read.date, WallTime(std::chrono::seconds(1767614400)));
  EXPECT_EQ(read.subject, "one two");
  EXPECT_EQ(read.message_id, "1@example.net");
  EXPECT_EQ(read.in_reply_to, "0@example.net");
  EXPECT_THAT(read.references, ElementsAre("a@x", "0@example.net"));
  EXPECT_EQ(read.text, "text\n");
  EXPECT_EQ(read.hops, 2u);
}

TEST(MimeReading, ReadsWhatIsSentToGateways) {
  const Message cron = sample("cron.eml");
  EXPECT_EQ(cron.subject, "Cron <root@host> /usr/local/bin/backup");
  EXPECT_THAT(cron.text, HasSubstr("No space left on device"));
  EXPECT_EQ(cron.marks.auto_submitted, "auto-generated");

  const Message smartd = sample("smartd.eml");
  EXPECT_THAT(smartd.subject, HasSubstr("SMART error (CurrentPendingSector)"));
  EXPECT_THAT(smartd.text, HasSubstr("/dev/sda"));

  const Message scan = sample("scan.eml");
  EXPECT_EQ(names(scan), "Scan 2026-01-05.pdf application/pdf 68\n");
  EXPECT_THAT(scan.text, HasSubstr("Gerät"));

  const Message phone = sample("alternative.eml");
  EXPECT_THAT(phone.text, HasSubstr("Café at noon?"));
  EXPECT_THAT(phone.html, IsEmpty()) << "the same in HTML";
  EXPECT_EQ(names(phone), "menu.png image/png 8\n");
  EXPECT_TRUE(phone.attachments[0].is_inline);

  const Message html = sample("html.eml");
  EXPECT_THAT(html.text, IsEmpty());
  EXPECT_THAT(html.html, HasSubstr("<b>100 €</b>"));
}

TEST(MimeReading, ReadsWhatMailServersReport) {
  const Message bounce = sample("bounce.eml");
  EXPECT_EQ(bounce.marks.report_type, "delivery-status");
  EXPECT_THAT(bounce.reports, ElementsAre(DeliveryReport{"nobody@example.net", "failed", "5.1.1", "550 5.1.1 <nobody@example.net>: Recipient address rejected"}));
  EXPECT_EQ(bounce.reported_id, "42.bot@example.org");
  EXPECT_THAT(bounce.text, HasSubstr("could not\nbe delivered"));
  EXPECT_EQ(sample("vacation.eml").marks.auto_submitted, "auto-replied (vacation)");
  EXPECT_EQ(sample("list.eml").list_id, "The List <list.example.net>");
  EXPECT_TRUE(read_message("X-Omegate-Loop: 1\r\n\r\nx").marks.has_loop_field);
}

TEST(MimeReading, AttachesMessagesAndLeavesOutSignatures) {
  const Message read = read_message(
      "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\n\r\nsee below\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--m--\r\n"
      "--s\r\nContent-Type: application/pgp-signature\r\n\r\nabc\r\n--s--\r\n");
  EXPECT_EQ(names(read).substr(0, 24), "inner.eml message/rfc822");
  EXPECT_THAT(read.attachments, SizeIs(1));
  EXPECT_EQ(read.text, "see below");
}

TEST(MimeReading, ALongTextIsCutBetweenCharacters) {
  std::string half;
  while (half.size() < 100'000) half += "é";
  const std::string part = "--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
  const Message read = read_message("Content-Type: multipart/mixed; boundary=m\r\n\r\n" + part + "x" + half + "\r\n" + part + half + "\r\n--m--\r\n");
  EXPECT_TRUE(read.is_cut);
  EXPECT_GT(read.text.size(), 120'000u);
  EXPECT_EQ(plugin::mend_utf8(read.text), read.text);
}

TEST(MimeReading, AFooterDoesNotHideHtml) {
  const Message read = read_message(
      "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n<p>news</p>\r\n"
      "--m\r\nContent-Type: text/plain\r\n\r\nlist footer\r\n--m--\r\n");
  EXPECT_THAT(read.html, HasSubstr("news"));
  EXPECT_THAT(read.text, HasSubstr("list footer"));
}

// case 193
TEST(MimeReading, AFieldIsOneLineWithoutControlCharacters) {
  const Message read = read_message(
      "Subject: =?utf-8?q?a=0D=0ABcc:_b=00=1B[31m?=\r\nFrom: =?utf-8?q?x=0Ay?= <a@b.example>\r\nMessage-ID: <a@b>\r\n\r\n\x1b[2Jtext\x07\r\n");
  EXPECT_THAT(read.subject, AllOf(HasSubstr("a Bcc: b"), Not(HasSubstr("\n")), Not(HasSubstr("\r")), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(read.from[0].name, "x y");
  EXPECT_EQ(read.text, "[2Jtext\n");
}

// case 199
TEST(MimeReading, DeepAndManyPartsAreRefusedWithinMemory) {
  const auto refused = [](const std::string& message) {
    try {
      read_message(message);
      return std::string("taken");
    } catch (const Refused& refusal) {
      return std::string(refusal.what());
    }
  };
  for (const int depth : {100, 1000, 20'000}) {
    std::string nested;
    for (int i = 0; i < depth; ++i)
      nested += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
    EXPECT_THAT(refused(nested + "\r\nx\r\n"), HasSubstr("nested too deeply")) << depth;
    std::string messages;
    for (int i = 0; i < depth; ++i) messages += "Content-Type: message/rfc822\r\n\r\n";
    EXPECT_THAT(refused(messages + "x"), depth > 1000 ? HasSubstr("nested too deeply") : HasSubstr("taken"));
  }
  for (const int count : {1000, 10'000, 3'000'000}) {
    std::string many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (int i = 0; i < count; ++i) many += "--b\r\n\r\n";
    EXPECT_THAT(refused(many), HasSubstr("too many parts")) << count;
  }
  std::string fields;
  for (int i = 0; i < 1'000'000; ++i) fields += "a:\r\n";
  EXPECT_THAT(refused(fields + "\r\n"), HasSubstr("too many fields"));
}

// case 199
TEST(MimeReading, AnUnknownCharsetIsReadAsWellAsItGoes) {
  const Message utf8 = read_message("Content-Type: text/plain; charset=x-klingon\r\n\r\ncaf\xc3\xa9\r\n");
  EXPECT_EQ(utf8.text, "café\n");
  EXPECT_THAT(utf8.unknown_charsets, ElementsAre("x-klingon"));
  EXPECT_EQ(read_message("Content-Type: text/plain; charset=iso-2022-cn-ext\r\n\r\ncaf\xe9\r\n").text, "café\n");
  EXPECT_EQ(read_message("Content-Type: text/plain; charset=iso-8859-15\r\n\r\n\xa4\r\n").text, "€\n");
  EXPECT_EQ(read_message("Content-Type: text/plain; charset=shift_jis\r\nContent-Transfer-Encoding: base64\r\n\r\nk/qWew==\r\n").text, "日本");
  EXPECT_EQ(read_message("Content-Type: text/plain; charset=utf-8\r\n\r\ncaf\xe9\r\n").text, "café\n") << "it lies";
}

TEST(MimeReading, CutsWhatIsLong) {
  const Message read = read_message("Subject: " + std::string(5000, 's') + "\r\n\r\n" + std::string(300'000, 'x'));
  EXPECT_TRUE(read.is_cut);
  EXPECT_EQ(read.text.size(), max_text);
  EXPECT_EQ(read.subject.size(), max_field);
  std::string many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 60; ++i) many += "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  const Message files = read_message(many + "--b--\r\n");
  EXPECT_THAT(files.attachments, SizeIs(max_attachments));
  EXPECT_EQ(files.left_out, 10u);
}

TEST(MimeReading, TakesWhatBarelyIsAMessage) {
  EXPECT_EQ(read_message("\r\nonly text\r\n").text, "only text\n");
  EXPECT_EQ(read_message("Subject: x\r\n\r\n").subject, "x");
  EXPECT_EQ(read_message("Content-Type: multipart/mixed\r\n\r\nno boundary\r\n").attachments.size(), 0u);
  EXPECT_EQ(read_message("Content-Type: text/plain; name*0*=utf-8''%e2%82%ac; name*1=.txt\r\nContent-Disposition: attachment\r\n\r\nx").attachments.at(0).name, "€.txt");
}

}  // namespace
}  // namespace omegate::mime
