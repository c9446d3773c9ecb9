// The client of an IMAP server, led through conversations by scripts: what it says, and what it makes of answers.
#include "bridge/core/mail/imap_session.hpp"

#include <gmock/gmock.h>

#include "bridge/core/crypto/encoding.hpp"

namespace omegate::mail {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using Todo = ImapSession::Todo;
using Kind = ImapDelivery::Kind;

const std::string all_capabilities = "IMAP4rev1 SASL-IR AUTH=PLAIN IDLE MOVE UIDPLUS";
const std::string plain = crypto::to_base64(as_bytes(std::string_view("\0bot\0hunter2", 12)));

ImapSetup usual() {
  ImapSetup setup;
  setup.user = "bot";
  setup.password = crypto::SecretBytes(as_bytes("hunter2"));
  setup.max_size = 10'000;
  setup.now = WallTime(std::chrono::days(20'000));
  return setup;
}

ImapSetup known(std::uint32_t validity, std::uint32_t uid) {
  ImapSetup setup = usual();
  setup.position = ImapPosition{validity, uid};
  return setup;
}

/// One connection to a server that is a list of answers.
struct Talk {
  explicit Talk(ImapSetup setup) : session(std::move(setup)) {}

  /// All that it writes until it wants something else.
  std::string says() {
    std::string said;
    while (session.todo() == Todo::write) {
      const crypto::SecretBytes bytes = session.take_bytes();
      said += as_text(bytes);
    }
    all += said;
    return said;
  }
  std::string hears(std::string_view answer) {
    session.received(answer);
    return says();
  }
  /// The answer to the command that was last said; "{}" is its tag.
  std::string answers(std::string untagged, const std::string& status = "OK fine") {
    std::string commands = all;
    if (commands.ends_with("DONE\r\n")) commands.resize(commands.size() - 6);  // which ends the one before it
    const auto line = commands.rfind("\r\n", commands.size() - 3);
    const std::string last = commands.substr(line == commands.npos ? 0 : line + 2);
    return hears(untagged + last.substr(0, last.find(' ')) + " " + status + "\r\n");
  }
  /// Up to the open folder.
  std::string opens(const std::string& folder, const std::string& capabilities = all_capabilities) {
    hears("* OK ready\r\n");
    answers("* CAPABILITY " + capabilities + "\r\n");
    answers("");
    std::string said = answers("* CAPABILITY " + capabilities + "\r\n");
    if (said.find(" CREATE ") != said.npos) said = answers("");
    return answers(folder);
  }
  std::string done(bool treat = true) {
    session.delivered(treat);
    return says();
  }
  static std::string mail(std::uint32_t uid, const std::string& text) {
    return "* 1 FETCH (UID " + std::to_string(uid) + " BODY[] {" + std::to_string(text.size()) + "}\r\n" + text + ")\r\n";
  }
  static std::string listed(std::uint32_t uid, std::size_t size, const std::string& date = "17-Jul-2024 02:44:25 +0000") {
    return "* 1 FETCH (UID " + std::to_string(uid) + " RFC822.SIZE " + std::to_string(size) + " INTERNALDATE \"" + date + "\")\r\n";
  }
  const std::string& trouble() const { return session.trouble().reason; }

  ImapSession session;
  std::string all;
};

constexpr const char* folder_of_three = "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 12] next\r\n";

TEST(Imap, FetchesWhatIsNewAndWaitsForMore) {
  Talk talk(known(7, 11));
  EXPECT_EQ(talk.says(), "") << "the server speaks first";
  EXPECT_EQ(talk.hears("* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"), "A1 CAPABILITY\r\n");
  EXPECT_EQ(talk.answers("* CAPABILITY " + all_capabilities + "\r\n"), "A2 AUTHENTICATE PLAIN " + plain + "\r\n");
  EXPECT_EQ(talk.answers(""), "A3 CAPABILITY\r\n") << "others may count behind the login";
  EXPECT_EQ(talk.answers("* CAPABILITY " + all_capabilities + "\r\n"), "A4 EXAMINE \"INBOX\"\r\n") << "nothing is marked by looking";
  EXPECT_EQ(talk.answers("* 4 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 14] next\r\n"), "A5 UID FETCH 12:* (UID RFC822.SIZE INTERNALDATE)\r\n");
  EXPECT_EQ(talk.answers(Talk::listed(13, 5) + Talk::listed(12, 6)), "A6 UID FETCH 12 (UID BODY.PEEK[])\r\n") << "the oldest first";
  talk.answers(Talk::mail(12, "first\n"));
  ASSERT_EQ(talk.session.todo(), Todo::deliver);
  const ImapDelivery first = talk.session.take_delivery();
  EXPECT_EQ(first.message, "first\n");
  EXPECT_EQ(first.position, (ImapPosition{7, 12}));
  EXPECT_EQ(talk.done(), "A7 UID FETCH 13 (UID BODY.PEEK[])\r\n");
  talk.answers(Talk::mail(13, "next\n"));
  EXPECT_EQ(talk.session.take_delivery().position.uid, 13u);
  EXPECT_EQ(talk.done(), "A8 UID FETCH 14:* (UID RFC822.SIZE INTERNALDATE)\r\n");
  EXPECT_EQ(talk.answers(Talk::listed(13, 5)), "A9 IDLE\r\n") << "the last one is named though it is not new";
  talk.hears("+ idling\r\n");
  EXPECT_EQ(talk.session.todo(), Todo::rest);
  EXPECT_EQ(talk.hears("* 5 EXISTS\r\n"), "DONE\r\n");
  EXPECT_EQ(talk.answers(""), "A10 UID FETCH 14:* (UID RFC822.SIZE INTERNALDATE)\r\n");
}

TEST(Imap, RenewsItsWishToBeTold) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  EXPECT_THAT(talk.answers(""), HasSubstr(" IDLE\r\n"));
  talk.hears("+ idling\r\n* OK Still here\r\n");
  talk.session.wake();
  EXPECT_EQ(talk.says(), "DONE\r\n");
  EXPECT_THAT(talk.answers(""), HasSubstr("UID FETCH 12:*")) << "and looks, in case that it was not told";
}

TEST(Imap, AsksNowAndThenWhereItIsNotTold) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three, "IMAP4rev1 AUTH=PLAIN SASL-IR");
  talk.answers("");
  EXPECT_EQ(talk.session.todo(), Todo::rest);
  EXPECT_FALSE(talk.session.is_told());
  talk.session.wake();
  EXPECT_THAT(talk.says(), HasSubstr("NOOP"));
  EXPECT_THAT(talk.answers("* 4 EXISTS\r\n"), HasSubstr("UID FETCH 12:*"));
}

TEST(Imap, ArrivalsDuringALookAreLookedFor) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  EXPECT_THAT(talk.answers("* 4 EXISTS\r\n"), HasSubstr("UID FETCH 12:*")) << "IDLE would not tell of it again";
}

TEST(Imap, WhatLayThereBeforeUsIsLeftAlone) {
  Talk talk(usual());
  EXPECT_EQ(talk.opens(folder_of_three), "A5 UID FETCH * (UID INTERNALDATE)\r\n");
  talk.answers("* 3 FETCH (UID 11 INTERNALDATE \"17-Jul-2024 02:44:25 +0200\")\r\n");
  const ImapDelivery start = talk.session.take_delivery();
  EXPECT_EQ(start.kind, Kind::position);
  EXPECT_EQ(start.position.uid, 11u);
  EXPECT_EQ(to_ms(start.position.floor), 1'721'177'065'000);
  EXPECT_THAT(talk.done(), HasSubstr("UID FETCH 12:*"));
}

TEST(Imap, AServerThatDoesNotSayWhichMailIsTheNewestIsLeft) {
  for (const bool is_known : {false, true}) {
    Talk talk(is_known ? known(8, 11) : usual());
    EXPECT_THAT(talk.opens(folder_of_three), HasSubstr("UID FETCH * "));
    talk.answers("");  // OK, and no mail, though there are three
    EXPECT_EQ(talk.session.todo(), Todo::finish) << "a place that it made up would pass over mails, or read old ones";
    EXPECT_THAT(talk.session.trouble().reason, HasSubstr("which mail is the newest"));
    EXPECT_FALSE(talk.session.trouble().mail) << "no mail's fault";
  }
}

TEST(Imap, WhatLayThereIsFetchedIfTheOperatorWants) {
  ImapSetup setup = usual();
  setup.existing = true;
  Talk talk(std::move(setup));
  talk.opens(folder_of_three);
  EXPECT_EQ(talk.session.take_delivery().position, (ImapPosition{7, 0}));
  EXPECT_THAT(talk.done(), HasSubstr("UID FETCH 1:*"));
}

TEST(Imap, MarksOrMovesWhatWasTaken) {
  ImapSetup setup = known(7, 11);
  setup.after = ImapAfter::seen;
  Talk talk(std::move(setup));
  talk.opens(folder_of_three);
  EXPECT_THAT(talk.all, HasSubstr("SELECT \"INBOX\""));
  talk.answers(Talk::listed(12, 5));
  talk.answers(Talk::mail(12, "hello"));
  talk.session.take_delivery();
  EXPECT_THAT(talk.done(), HasSubstr("UID STORE 12 +FLAGS.SILENT (\\Seen)\r\n"));
  EXPECT_THAT(talk.answers("", "NO read-only"), HasSubstr("UID FETCH 13:*")) << "it is ours all the same";
  EXPECT_EQ(talk.session.take_complaint(), "read-only");
}

TEST(Imap, MovesWithoutMoveWithoutTakingOthersAlong) {
  for (const bool has_uidplus : {false, true}) {
    ImapSetup setup = known(7, 11);
    setup.after = ImapAfter::move;
    setup.move_to = "Read \"it\"";
    setup.position->to_treat = true;
    Talk talk(std::move(setup));
    EXPECT_THAT(talk.opens(folder_of_three, std::string("AUTH=PLAIN SASL-IR IDLE") + (has_uidplus ? " UIDPLUS" : "")),
                HasSubstr("UID COPY 11 \"Read \\\"it\\\"\"\r\n"))
        << "the last one was taken, and perhaps not moved any more";
    EXPECT_THAT(talk.all, HasSubstr("CREATE \"Read \\\"it\\\"\""));
    EXPECT_THAT(talk.answers(""), HasSubstr("UID STORE 11 +FLAGS.SILENT (\\Deleted)"));
    EXPECT_THAT(talk.answers(""), HasSubstr(has_uidplus ? "UID EXPUNGE 11" : "UID FETCH 12:*"));
  }
}

TEST(Imap, ACopyThatFailedDeletesNothing) {
  ImapSetup setup = known(7, 11);
  setup.after = ImapAfter::move;
  setup.move_to = "Read";
  setup.position->to_treat = true;
  Talk talk(std::move(setup));
  talk.opens(folder_of_three, "AUTH=PLAIN SASL-IR UIDPLUS");
  EXPECT_THAT(talk.answers("", "NO [TRYCREATE] there is no such folder"), HasSubstr("UID FETCH 12:*"));
  EXPECT_THAT(talk.all, Not(HasSubstr("Deleted")));
}

// case 198
TEST(Imap, AnotherUidvalidityIsReadAnewButForWhatLayThereBefore) {
  ImapSetup setup = known(7, 11);
  setup.now = WallTime(std::chrono::sys_days(std::chrono::year(2024) / 8 / 1));
  setup.position->floor = WallTime(std::chrono::sys_days(std::chrono::year(2024) / 7 / 1));
  Talk talk(std::move(setup));
  EXPECT_THAT(talk.opens("* 3 EXISTS\r\n* OK [UIDVALIDITY 8] valid\r\n"), HasSubstr("UID FETCH * "));
  talk.answers("* 3 FETCH (UID 3 INTERNALDATE \"17-Jul-2024 02:44:25 +0000\")\r\n");
  const ImapDelivery anew = talk.session.take_delivery();
  EXPECT_TRUE(anew.began_anew);
  EXPECT_EQ(anew.position.validity, 8u);
  EXPECT_EQ(anew.position.uid, 0u);
  EXPECT_EQ(anew.position.old_to, 3u);
  EXPECT_THAT(talk.done(false), HasSubstr("UID FETCH 1:*"));
  const std::string said = talk.answers(Talk::listed(1, 5, "30-Jun-2024 23:59:59 +0000") + Talk::listed(2, 5, "02-Jul-2024 00:00:00 +0000") +
                                        Talk::listed(4, 5, "01-Jan-2020 00:00:00 +0000"));
  EXPECT_THAT(said, HasSubstr("UID FETCH 2 ")) << "the first one lay there before we came";
  talk.answers(Talk::mail(2, "hello"));
  EXPECT_EQ(talk.session.take_delivery().position.uid, 2u);
  EXPECT_THAT(talk.done(false), HasSubstr("UID FETCH 4 ")) << "an old one that came after the change is new here";
}

// case 198
TEST(Imap, NumbersThatWentBackAreOthers) {
  Talk talk(known(7, 100));
  EXPECT_THAT(talk.opens(folder_of_three), HasSubstr("UID FETCH * ")) << "UIDNEXT is 12 under the same UIDVALIDITY";
}

// case 198
TEST(Imap, ALiteralOfFourGibEndsItAndIsNoMail) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  talk.answers(Talk::listed(12, 500));
  talk.hears("* 1 FETCH (UID 12 BODY[] {4294967296}\r\n");
  EXPECT_EQ(talk.session.todo(), Todo::finish);
  EXPECT_EQ(talk.session.trouble().mail, 12u) << "it was the mail and not the connection";
  Talk other(known(7, 11));
  other.hears("* OK ready\r\n");
  other.hears("* LIST () \"/\" {4294967296}\r\n");
  EXPECT_EQ(other.session.todo(), Todo::finish);
  EXPECT_FALSE(other.session.trouble().mail);
}

// case 198
TEST(Imap, AMailThatIsLargerThanTheServerSaidIsTooLarge) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  talk.answers(Talk::listed(12, 5));
  talk.answers(Talk::mail(12, std::string(10'001, 'x')));
  const ImapDelivery delivery = talk.session.take_delivery();
  EXPECT_EQ(delivery.kind, Kind::too_large);
  EXPECT_EQ(delivery.message, "");
  EXPECT_EQ(delivery.position.uid, 12u);
}

TEST(Imap, AMailThatIsTooLargeIsNotAskedFor) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  EXPECT_EQ(talk.answers(Talk::listed(12, 10'001) + Talk::listed(13, 5)), "");
  EXPECT_EQ(talk.session.take_delivery().kind, Kind::too_large);
  EXPECT_THAT(talk.done(false), HasSubstr("UID FETCH 13 ")) << "and the next one comes";
  EXPECT_THAT(talk.all, Not(HasSubstr("UID FETCH 12 ")));
}

// case 198
TEST(Imap, PreauthIsNoLogin) {
  for (const bool starttls : {false, true}) {
    ImapSetup setup = usual();
    setup.starttls = starttls;
    Talk talk(std::move(setup));
    EXPECT_EQ(talk.hears("* PREAUTH welcome\r\n"), "");
    EXPECT_EQ(talk.session.todo(), Todo::finish);
    EXPECT_THAT(talk.trouble(), HasSubstr("PREAUTH"));
    EXPECT_EQ(talk.all, "");
  }
}

// case 198
TEST(Imap, WhatIsExpungedMeanwhileIsNoMailAndNoTrouble) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  EXPECT_THAT(talk.answers(Talk::listed(12, 5) + Talk::listed(13, 5)), HasSubstr("UID FETCH 12 "));
  EXPECT_THAT(talk.answers("* 2 EXPUNGE\r\n"), HasSubstr("UID FETCH 12:*")) << "it looks again";
  EXPECT_THAT(talk.answers("* 1 FETCH (FLAGS (\\Seen))\r\n" + Talk::listed(13, 5)), HasSubstr("UID FETCH 13 "));
  talk.answers("* 1 EXPUNGE\r\n" + Talk::mail(13, "still here"));
  EXPECT_EQ(talk.session.take_delivery().message, "still here");
}

// case 198
TEST(Imap, AnswersThatNobodyAskedForEndIt) {
  for (const char* answer : {"A9 OK done\r\n", "A4 OK again\r\n", "+ go on\r\n", "A5 WHAT\r\n", "A5\r\n", "\r\n", "OK\r\n", "* 1 FETCH (UID\r\n",
                             "* 1 FETCH (UID 12 RFC822.SIZE x)\r\n", "* 1 FETCH (RFC822.SIZE 5)\r\n", "* 1 FETCH (UID 0 RFC822.SIZE 5)\r\n",
                             "* 1 FETCH (UID 99999999999 RFC822.SIZE 5)\r\n"}) {
    Talk talk(known(7, 11));
    talk.opens(folder_of_three);
    EXPECT_EQ(talk.hears(answer), "") << answer;
    EXPECT_EQ(talk.session.todo(), Todo::finish) << answer;
    EXPECT_NE(talk.trouble(), "") << answer;
  }
}

// case 198
TEST(Imap, AnotherMailsBodyIsNotTaken) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  talk.answers(Talk::listed(12, 5) + Talk::listed(13, 5));
  EXPECT_THAT(talk.answers(Talk::mail(13, "wrong") + Talk::mail(12, "right") + Talk::mail(12, "again")), "");
  EXPECT_EQ(talk.session.take_delivery().message, "right");
}

TEST(Imap, AMailThatIsListedAndNotShownIsPassedOverWhenItsDriverSaysSo) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  talk.answers(Talk::listed(12, 5));
  talk.answers("");
  talk.answers(Talk::listed(12, 5));
  talk.answers("");
  EXPECT_EQ(talk.session.todo(), Todo::finish);
  EXPECT_EQ(talk.session.trouble().mail, 12u);
  ImapSetup setup = known(7, 11);
  setup.unreadable = 12;
  Talk later(std::move(setup));
  later.opens(folder_of_three);
  later.answers(Talk::listed(12, 5) + Talk::listed(13, 5));
  EXPECT_EQ(later.session.take_delivery().kind, Kind::unreadable);
  EXPECT_THAT(later.done(false), HasSubstr("UID FETCH 13 "));
}

TEST(Imap, AnOutageOfTheServerIsNotTheMailsFault) {
  const auto mail_to_blame = [](const std::string& answer) {
    Talk talk(known(7, 11));
    talk.opens(folder_of_three);
    talk.answers(Talk::listed(12, 5));
    talk.answers("", answer);
    EXPECT_EQ(talk.session.todo(), Todo::finish) << answer;
    return talk.session.trouble().mail;
  };
  EXPECT_EQ(mail_to_blame("NO [UNAVAILABLE] the storage is away"), std::nullopt);
  EXPECT_EQ(mail_to_blame("NO [inuse] somebody packs it"), std::nullopt);
  EXPECT_EQ(mail_to_blame("NO [SERVERBUG] broken"), 12u);
  EXPECT_EQ(mail_to_blame("NO"), 12u);
}

TEST(Imap, WhoCriesWolfIsAskedNowAndThen) {
  Talk talk(known(7, 11));
  talk.opens(folder_of_three);
  int idles = 0;
  while (talk.answers("").find("IDLE") != std::string::npos && ++idles < 100) {
    talk.hears("+ idling\r\n");
    ASSERT_EQ(talk.hears("* 9 EXISTS\r\n"), "DONE\r\n");
    talk.answers("");
  }
  EXPECT_LT(idles, 20);
  EXPECT_EQ(talk.session.todo(), Todo::rest);
  EXPECT_FALSE(talk.session.is_told());
}

TEST(Imap, EncryptsBeforeItLogsIn) {
  ImapSetup setup = known(7, 11);
  setup.starttls = true;
  Talk talk(std::move(setup));
  talk.hears("* OK ready\r\n");
  EXPECT_EQ(talk.answers("* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR\r\n"), "A2 STARTTLS\r\n");
  talk.answers("");
  ASSERT_EQ(talk.session.todo(), Todo::start_tls);
  talk.session.secured();
  EXPECT_EQ(talk.says(), "A3 CAPABILITY\r\n") << "what was said in the clear counts for nothing";
  EXPECT_THAT(talk.answers("* CAPABILITY AUTH=PLAIN SASL-IR\r\n"), HasSubstr("AUTHENTICATE PLAIN "));
}

// case 195
TEST(Imap, WithoutStarttlsNothingIsTold) {
  for (const char* capabilities : {"IMAP4rev1 AUTH=PLAIN", "", "XXXXXXXX LOGIN"}) {
    ImapSetup setup = usual();
    setup.starttls = true;
    Talk talk(std::move(setup));
    talk.hears("* OK ready\r\n");
    EXPECT_EQ(talk.answers(std::string("* CAPABILITY ") + capabilities + "\r\n"), "");
    EXPECT_EQ(talk.session.todo(), Todo::finish);
    EXPECT_THAT(talk.trouble(), HasSubstr("STARTTLS"));
    EXPECT_EQ(talk.all, "A1 CAPABILITY\r\n");
  }
}

// case 195
TEST(Imap, WhatIsInjectedBehindStarttlsEndsIt) {
  for (const char* injected : {"* CAPABILITY AUTH=PLAIN\r\n", "A", "* OK [UIDVALIDITY 1] x\r\nA3 OK\r\n"}) {
    ImapSetup setup = usual();
    setup.starttls = true;
    Talk talk(std::move(setup));
    talk.hears("* OK ready\r\n");
    talk.answers("* CAPABILITY STARTTLS\r\n");
    talk.hears(std::string("A2 OK go ahead\r\n") + injected);
    EXPECT_EQ(talk.session.todo(), Todo::finish);
    EXPECT_THAT(talk.trouble(), HasSubstr("somebody on the way"));
  }
}

TEST(Imap, LogsInAsTheServerWants) {
  Talk without_ir(usual());
  without_ir.hears("* OK ready\r\n");
  EXPECT_EQ(without_ir.answers("* CAPABILITY AUTH=PLAIN\r\n"), "A2 AUTHENTICATE PLAIN\r\n");
  EXPECT_EQ(without_ir.hears("+ \r\n"), plain + "\r\n");
  ImapSetup setup = usual();
  setup.password = crypto::SecretBytes(as_bytes("a\"b\\c"));
  Talk by_login(std::move(setup));
  by_login.hears("* OK ready\r\n");
  EXPECT_EQ(by_login.answers("* CAPABILITY IMAP4rev1\r\n"), "A2 LOGIN \"bot\" \"a\\\"b\\\\c\"\r\n");
  Talk nobody(usual());
  nobody.hears("* OK ready\r\n");
  EXPECT_EQ(nobody.answers("* CAPABILITY LOGINDISABLED\r\n"), "");
  EXPECT_TRUE(nobody.session.trouble().is_lasting);
}

// case 207
TEST(Imap, ARefusedLoginIsToldWithoutTheServersWords) {
  Talk talk(usual());
  talk.hears("* OK ready\r\n");
  talk.answers("* CAPABILITY AUTH=PLAIN SASL-IR\r\n");
  talk.answers("", "NO [AUTHENTICATIONFAILED] " + plain + " hunter2");
  EXPECT_THAT(talk.trouble(), HasSubstr("refuses the login of bot"));
  EXPECT_THAT(talk.trouble(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(talk.trouble(), Not(HasSubstr(plain)));
  EXPECT_TRUE(talk.session.trouble().is_lasting);
}

TEST(Imap, AGoodbyeIsTroubleAtAnyTime) {
  Talk talk(known(7, 11));
  EXPECT_EQ(talk.hears("* BYE too many\x1b[2J connections\r\n"), "");
  EXPECT_EQ(talk.trouble(), "the server ends it: too many?[2J connections");
  Talk idle(known(7, 11));
  idle.opens(folder_of_three);
  idle.answers("");
  idle.hears("+ idling\r\n");
  idle.hears("* BYE going down\r\n");
  EXPECT_EQ(idle.session.todo(), Todo::finish);
}

}  // namespace
}  // namespace omegate::mail
