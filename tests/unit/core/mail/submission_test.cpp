// The client of a submission server, led through conversations by scripts: what it says, and what it makes of answers.
#include "bridge/core/mail/submission.hpp"

#include <gmock/gmock.h>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/mail/submission_limits.hpp"

namespace omegate::mail {
namespace {

using testing::HasSubstr;
using testing::Not;
using Todo = Submission::Todo;

constexpr std::string_view all_extensions =
    "250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 10000\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 "
    "ENHANCEDSTATUSCODES\r\n";

/// One submission with a server that is a list of answers.
struct Talk {
  explicit Talk(bool starttls = false, std::vector<std::string> to = {"juliet@example.org"}, std::string content = "Subject: x\r\n\r\nhello\r\n",
                bool with_login = true)
      : content_(std::move(content)), submission_(setup(starttls, with_login), {"bot@example.org", std::move(to), content_}) {}

  static SubmissionSetup setup(bool starttls, bool with_login) {
    SubmissionSetup setup{"example.org", starttls};
    if (with_login) setup.login = SubmissionLogin{"bot", crypto::SecretBytes(as_bytes("hunter2"))};
    return setup;
  }

  /// All that it writes until it wants to read; a handshake succeeds.
  std::string says() {
    std::string said;
    while (submission_.todo() == Todo::write || submission_.todo() == Todo::start_tls) {
      if (submission_.todo() == Todo::start_tls) {
        handshakes_ += 1;
        submission_.secured();
        continue;
      }
      const crypto::SecretBytes bytes = submission_.take_bytes();
      said += as_text(bytes);
    }
    all_ += said;
    return said;
  }
  /// The server answers; what is said then.
  std::string hears(std::string_view answer) {
    submission_.received(answer);
    return says();
  }
  std::string log_in() {
    hears("220 mail.example.org\r\n");
    hears(all_extensions);
    return hears("235 2.7.0 welcome\r\n");
  }
  bool is_over() const { return submission_.todo() == Todo::finish; }
  const RecipientOutcome& first() const { return submission_.outcome().recipients.at(0); }

  std::string content_;
  Submission submission_;
  int handshakes_ = 0;
  std::string all_;
};

TEST(Submission, HandsAMailOver) {
  Talk talk;
  EXPECT_EQ(talk.says(), "") << "the server speaks first";
  EXPECT_EQ(talk.hears("220 mail.example.org ESMTP\r\n"), "EHLO example.org\r\n");
  EXPECT_EQ(talk.hears(all_extensions), "AUTH PLAIN " + crypto::to_base64(as_bytes(std::string_view("\0bot\0hunter2", 12))) + "\r\n");
  EXPECT_EQ(talk.hears("235 2.7.0 welcome\r\n"), "MAIL FROM:<bot@example.org> SIZE=21\r\nRCPT TO:<juliet@example.org>\r\n");
  EXPECT_EQ(talk.hears("250 2.1.0 ok\r\n250 2.1.5 ok\r\n"), "DATA\r\n");
  EXPECT_EQ(talk.hears("354 go on\r\n"), "Subject: x\r\n\r\nhello\r\n.\r\n");
  EXPECT_TRUE(talk.submission_.is_content_written());
  EXPECT_EQ(talk.hears("250 2.0.0 queued as 1\r\n"), "QUIT\r\n");
  EXPECT_TRUE(talk.is_over());
  EXPECT_EQ(talk.first(), (RecipientOutcome{"juliet@example.org", Verdict::accepted, "250 2.0.0 queued as 1"}));
  EXPECT_EQ(talk.submission_.outcome().trouble, "");
}

TEST(Submission, GoesStepByStepWithAServerWithoutPipelining) {
  Talk talk(false, {"a@x.org", "b@x.org"}, "hi\r\n", false);
  talk.hears("220 x\r\n");
  EXPECT_EQ(talk.hears("250 x\r\n"), "MAIL FROM:<bot@example.org>\r\n");
  EXPECT_EQ(talk.hears("250 ok\r\n"), "RCPT TO:<a@x.org>\r\n");
  EXPECT_EQ(talk.hears("251 will forward\r\n"), "RCPT TO:<b@x.org>\r\n");
  EXPECT_EQ(talk.hears("250 ok\r\n"), "DATA\r\n");
}

TEST(Submission, LogsInTheOldWayWhereThereIsNoOther) {
  Talk talk;
  talk.hears("220 x\r\n");
  EXPECT_EQ(talk.hears("250-x\r\n250 AUTH=LOGIN\r\n"), "AUTH LOGIN\r\n");
  EXPECT_EQ(talk.hears("334 VXNlcm5hbWU6\r\n"), "Ym90\r\n");
  EXPECT_EQ(talk.hears("334 UGFzc3dvcmQ6\r\n"), "aHVudGVyMg==\r\n");
  EXPECT_EQ(talk.hears("235 ok\r\n"), "MAIL FROM:<bot@example.org>\r\n");
}

TEST(Submission, EncryptsBeforeItLogsIn) {
  Talk talk(true);
  talk.hears("220 x\r\n");
  EXPECT_EQ(talk.hears("250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"), "STARTTLS\r\n");
  EXPECT_EQ(talk.hears("220 go ahead\r\n"), "EHLO example.org\r\n") << "again: what was said in the clear counts for nothing";
  EXPECT_EQ(talk.handshakes_, 1);
  EXPECT_THAT(talk.hears(all_extensions), HasSubstr("AUTH PLAIN "));
}

// case 195
TEST(Submission, WithoutStarttlsNothingIsTold) {
  for (const auto* extensions : {"250-x\r\n250 AUTH PLAIN LOGIN\r\n", "250-x\r\n250 XXXXXXXA\r\n", "250 x\r\n"}) {
    Talk talk(true);
    talk.hears("220 x\r\n");
    EXPECT_EQ(talk.hears(extensions), "");
    EXPECT_TRUE(talk.is_over());
    EXPECT_EQ(talk.first().verdict, Verdict::later);
    EXPECT_THAT(talk.submission_.outcome().trouble, HasSubstr("STARTTLS"));
    EXPECT_EQ(talk.all_, "EHLO example.org\r\n") << "no login, no address, no mail";
  }
}

// case 195
TEST(Submission, BytesBehindTheAnswerToStarttlsEndIt) {
  for (const auto* answer : {"220 go ahead\r\n250 injected\r\n", "220 go ahead\r\n2", "220 go ahead\r\n\r\n"}) {
    Talk talk(true);
    talk.hears("220 x\r\n");
    talk.hears("250-x\r\n250 STARTTLS\r\n");
    EXPECT_EQ(talk.hears(answer), "");
    EXPECT_EQ(talk.handshakes_, 0);
    EXPECT_EQ(talk.all_, "EHLO example.org\r\nSTARTTLS\r\n");
    EXPECT_EQ(talk.first().verdict, Verdict::later);
  }
  // Put in front of the server's own answer, it is no better.
  Talk talk(true);
  talk.hears("220 x\r\n");
  talk.hears("250-x\r\n250 STARTTLS\r\n220 injected\r\n");
  EXPECT_EQ(talk.hears("220 go ahead\r\n"), "");
  EXPECT_EQ(talk.handshakes_, 0);
}

// case 195
TEST(Submission, ARefusedStarttlsEndsIt) {
  for (const auto* answer : {"454 4.7.0 not now\r\n", "500 what?\r\n", "250 ok\r\n"}) {
    Talk talk(true);
    talk.hears("220 x\r\n");
    talk.hears("250-x\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
    EXPECT_EQ(talk.hears(answer), "") << answer;
    EXPECT_TRUE(talk.is_over());
    EXPECT_THAT(talk.all_, Not(HasSubstr("AUTH")));
  }
}

// case 207
TEST(Submission, ARefusedLoginIsToldWithoutWhatWasSaid) {
  Talk talk;
  talk.hears("220 x\r\n");
  const std::string said = talk.hears(all_extensions);
  talk.hears("535 5.7.8 I do not know " + said.substr(0, said.size() - 2) + " hunter2\r\n");
  EXPECT_TRUE(talk.is_over());
  EXPECT_EQ(talk.first().verdict, Verdict::later) << "the mail is not at fault";
  const std::string& trouble = talk.submission_.outcome().trouble;
  EXPECT_THAT(trouble, HasSubstr("refuses the login of bot (535 5.7.8)"));
  EXPECT_THAT(trouble, Not(HasSubstr("hunter2")));
  EXPECT_THAT(trouble, Not(HasSubstr("AGJvd")));
}

TEST(Submission, KnowsThatEachRecipientHasAVerdict) {
  Talk talk(false, {"good@x.org", "bad@x.org", "busy@x.org", "many@x.org"});
  talk.log_in();
  EXPECT_EQ(talk.hears("250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n450 4.2.1 busy\r\n552 too many recipients\r\n"), "DATA\r\n");
  talk.hears("354 go\r\n");
  talk.hears("250 taken\r\n");
  const auto& all = talk.submission_.outcome().recipients;
  EXPECT_EQ(all.at(0).verdict, Verdict::accepted);
  EXPECT_EQ(all.at(1).verdict, Verdict::refused);
  EXPECT_EQ(all.at(1).reason, "550 5.1.1 nobody");
  EXPECT_EQ(all.at(2).verdict, Verdict::later);
  EXPECT_EQ(all.at(3).verdict, Verdict::later) << "they get the next one: RFC 5321 §4.5.3.1.10";
}

TEST(Submission, WritesNoMailThatNobodyGets) {
  Talk talk;
  talk.log_in();
  EXPECT_EQ(talk.hears("250 ok\r\n550 nobody\r\n"), "QUIT\r\n");
  EXPECT_EQ(talk.first().verdict, Verdict::refused);
}

// case 196
TEST(Submission, WhatIsForNowIsTriedAgainAndWhatIsForGoodIsNot) {
  struct Row {
    std::string_view stage, answer;
    Verdict verdict;
  };
  for (const auto& [stage, answer, verdict] : std::initializer_list<Row>{
           {"mail", "451 4.3.0 later\r\n503 x\r\n", Verdict::later},
           {"mail", "550 5.7.1 not you\r\n503 x\r\n", Verdict::refused},
           {"mail", "530 5.7.0 log in\r\n503 x\r\n", Verdict::later},
           {"rcpt", "250 ok\r\n450 4.2.0 greylisted\r\n", Verdict::later},
           {"rcpt", "250 ok\r\n550 5.1.1 nobody\r\n", Verdict::refused},
           {"rcpt", "250 ok\r\n421 4.3.2 shutting down\r\n", Verdict::later},
           {"data", "451 4.3.0 later\r\n", Verdict::later},
           {"data", "554 5.5.1 no\r\n", Verdict::refused},
           {"content", "452 4.3.1 full\r\n", Verdict::later},
           {"content", "550 5.7.1 spam\r\n", Verdict::refused},
           {"content", "421 4.4.2 timeout\r\n", Verdict::later},
           {"content", "250 queued\r\n", Verdict::accepted},
           {"content", "354 what?\r\n", Verdict::later}}) {
    Talk talk;
    talk.log_in();
    if (stage == "data" || stage == "content") talk.hears("250 ok\r\n250 ok\r\n");
    if (stage == "content") talk.hears("354 go\r\n");
    talk.hears(answer);
    EXPECT_TRUE(talk.is_over()) << answer;
    EXPECT_EQ(talk.first().verdict, verdict) << stage << " " << answer;
  }
}

// case 196
TEST(Submission, AConnectionThatEndsLeavesNothingAccepted) {
  const std::vector<std::string> script = {"220 x\r\n", std::string(all_extensions), "235 ok\r\n", "250 ok\r\n250 ok\r\n", "354 go\r\n"};
  for (std::size_t cut = 0; cut <= script.size(); ++cut) {
    Talk talk;
    for (std::size_t i = 0; i < cut; ++i) talk.hears(script[i]);
    talk.submission_.ended("the server ended it");
    EXPECT_TRUE(talk.is_over());
    EXPECT_EQ(talk.first().verdict, Verdict::later) << cut;
    EXPECT_THAT(talk.first().reason, HasSubstr("the server ended it"));
    EXPECT_NE(talk.submission_.outcome().trouble, "");
  }
  Talk done;
  done.log_in();
  done.hears("250 ok\r\n250 ok\r\n");
  done.hears("354 go\r\n");
  done.hears("250 taken\r\n");
  done.submission_.ended("reset while saying goodbye");
  EXPECT_EQ(done.first().verdict, Verdict::accepted) << "what was acknowledged stays so";
}

// case 197
TEST(Submission, EndlessAnswersEndTheConversation) {
  Talk line;
  line.hears("220 " + std::string(std::size_t{1} << 20, 'x'));
  EXPECT_TRUE(line.is_over());
  EXPECT_EQ(line.first().verdict, Verdict::later);
  Talk lines;
  lines.hears("220 x\r\n");
  for (int i = 0; i < 1000 && !lines.is_over(); ++i) lines.hears("250-MORE\r\n");
  EXPECT_TRUE(lines.is_over());
  EXPECT_THAT(lines.submission_.outcome().trouble, HasSubstr("longer than any honest one"));
}

TEST(Submission, KeepsToWhatTheServerTakes) {
  Talk large(false, {"a@x.org"}, std::string(20'000, 'x') + "\r\n");
  EXPECT_EQ(large.log_in(), "QUIT\r\n");
  EXPECT_EQ(large.first().verdict, Verdict::refused);
  EXPECT_THAT(large.first().reason, HasSubstr("the server takes 10000"));

  Talk utf8(false, {"jürgen@x.org"});
  EXPECT_THAT(utf8.log_in(), HasSubstr("MAIL FROM:<bot@example.org> SIZE=21 SMTPUTF8\r\nRCPT TO:<jürgen@x.org>\r\n"));
  Talk ascii(false, {"jürgen@x.org"}, "hi\r\n", false);
  ascii.hears("220 x\r\n");
  EXPECT_EQ(ascii.hears("250 x\r\n"), "QUIT\r\n");
  EXPECT_EQ(ascii.first().verdict, Verdict::refused);

  Talk eight(false, {"a@x.org"}, "hä\r\n");
  EXPECT_THAT(eight.log_in(), HasSubstr(" BODY=8BITMIME\r\n"));
  Talk seven(false, {"a@x.org"}, "hä\r\n", false);
  seven.hears("220 x\r\n");
  EXPECT_EQ(seven.hears("250 x\r\n"), "QUIT\r\n");
}

TEST(Submission, NoLineOfAMailEndsIt) {
  Talk talk(false, {"a@x.org"}, ".\r\n..\r\nx.\r\n.\r\nlast", false);
  talk.hears("220 x\r\n");
  talk.hears("250 x\r\n");
  talk.hears("250 ok\r\n");
  talk.hears("250 ok\r\n");
  EXPECT_EQ(talk.hears("354 go\r\n"), "..\r\n...\r\nx.\r\n..\r\nlast\r\n.\r\n");
}

TEST(Submission, ALongMailComesInPieces) {
  std::string content;
  while (content.size() < 3 * content_piece) content += ".line\r\n";
  Talk talk(false, {"a@x.org"}, content, false);
  talk.hears("220 x\r\n");
  talk.hears("250 x\r\n");
  talk.hears("250 ok\r\n");
  talk.hears("250 ok\r\n");
  talk.submission_.received("354 go\r\n");
  std::string sent;
  int pieces = 0;
  for (; talk.submission_.todo() == Todo::write; ++pieces) {
    const crypto::SecretBytes bytes = talk.submission_.take_bytes();
    sent += as_text(bytes);
  }
  EXPECT_GE(pieces, 3);
  EXPECT_TRUE(sent.ends_with("..line\r\n.\r\n"));
  EXPECT_EQ(std::count(sent.begin(), sent.end(), '\n'), std::count(content.begin(), content.end(), '\n') + 1);
}

// case 196
TEST(Submission, ARefusalInTheMiddleOfAMailIsBelieved) {
  for (const auto& [said, verdict] : {std::pair("552 5.3.4 too large\r\n", Verdict::refused), {"451 4.3.0 later\r\n", Verdict::later},
                                      {"421 4.3.2 going down\r\n", Verdict::later}}) {
    Talk talk(false, {"juliet@example.org"}, std::string(3 * content_piece, 'x') + "\r\n", false);
    talk.hears("220 x\r\n");
    talk.hears("250 x\r\n");
    talk.hears("250 ok\r\n");
    talk.hears("250 ok\r\n");
    talk.submission_.received("354 go on\r\n");
    talk.submission_.take_bytes();
    ASSERT_TRUE(talk.submission_.is_writing_content());
    talk.submission_.interrupted(said);
    EXPECT_TRUE(talk.is_over());
    EXPECT_EQ(talk.first().verdict, verdict) << said;
    EXPECT_EQ(talk.submission_.outcome().trouble.empty(), verdict == Verdict::refused) << "other mails may go";
    talk.submission_.ended("the connection failed");
    EXPECT_EQ(talk.first().verdict, verdict) << said;
  }
}

// case 196
TEST(Submission, SilenceOrHalfAWordInTheMiddleDecidesNothing) {
  for (const auto* said : {"", "55", "552 5.3.4 too lar", "250 ok\r\n"}) {
    Talk talk(false, {"juliet@example.org"}, std::string(3 * content_piece, 'x') + "\r\n", false);
    talk.hears("220 x\r\n");
    talk.hears("250 x\r\n");
    talk.hears("250 ok\r\n");
    talk.hears("250 ok\r\n");
    talk.submission_.received("354 go on\r\n");
    talk.submission_.interrupted(said);
    EXPECT_FALSE(talk.is_over());
    talk.submission_.ended("the connection failed");
    EXPECT_EQ(talk.first().verdict, Verdict::later) << said;
  }
}

TEST(Submission, CarriesSeveralMailsOverOneConnection) {
  SubmissionSetup setup{"example.org"};
  setup.stays = true;
  const std::string content = "hello\r\n";
  Submission submission(std::move(setup), {"bot@example.org", {"a@x.org"}, content});
  const auto hears = [&](std::string_view answer) {
    submission.received(answer);
    std::string said;
    while (submission.todo() == Todo::write) {
      const crypto::SecretBytes bytes = submission.take_bytes();
      said += as_text(bytes);
    }
    return said;
  };
  hears("220 x\r\n");
  hears("250-x\r\n250 PIPELINING\r\n");
  hears("250 ok\r\n250 ok\r\n");
  hears("354 go on\r\n");
  EXPECT_EQ(hears("250 queued\r\n"), "");
  ASSERT_EQ(submission.todo(), Todo::next);
  EXPECT_EQ(submission.outcome().recipients[0].verdict, Verdict::accepted);
  submission.next({"bot@example.org", {"b@x.org", "c@x.org"}, content});
  EXPECT_TRUE(submission.is_untouched());
  EXPECT_EQ(as_text(submission.take_bytes()), "MAIL FROM:<bot@example.org>\r\nRCPT TO:<b@x.org>\r\nRCPT TO:<c@x.org>\r\n");
  EXPECT_EQ(hears("250 ok\r\n550 no\r\n550 no\r\n"), "");
  ASSERT_EQ(submission.todo(), Todo::next);
  EXPECT_EQ(submission.outcome().recipients[1].verdict, Verdict::refused);
  submission.next({"bot@example.org", {"d@x.org"}, content});
  EXPECT_EQ(as_text(submission.take_bytes()), "RSET\r\n") << "the server still has the sender of the one before";
  EXPECT_EQ(hears("250 forgotten\r\n"), "MAIL FROM:<bot@example.org>\r\nRCPT TO:<d@x.org>\r\n");
  submission.received("421 4.3.2 that is enough\r\n");
  EXPECT_EQ(submission.todo(), Todo::finish);
  EXPECT_TRUE(submission.is_untouched());
  EXPECT_EQ(submission.outcome().recipients[0].verdict, Verdict::later);
}

}  // namespace
}  // namespace omegate::mail
