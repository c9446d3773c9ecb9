#include "bridge/app/cli/cli.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bridge/gateway/operator/operator_error.hpp"
#include "tests/unit/app/cli/command_line.hpp"

namespace {

using namespace omegate::app;
using omegate::app::test::CommandLine;
using omegate::gateway::OperatorError;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace json = boost::json;

const std::string hex = "7a688b0b47c0856d05bba894d96a048777b2107ab558281bdf0e5493386ddd04";
const std::string grouped = "7a688b0b 47c0856d 05bba894 d96a0487 77b2107a b558281b df0e5493 386ddd04";

std::string key(const std::string& level = "undecided") {
  return R"({"account":"bot","jid":"alice@example.org","fingerprint":")" + hex +
         R"(","devices":[{"id":1338402117,"active":true},{"id":7,"active":false}],"level":")" + level +
         R"(","decision":"undecided","own":false,"first_seen_ms":1789999000000})";
}

TEST(CommandLineTest, WithoutWordsItExplainsItself) {
  CommandLine line;
  EXPECT_EQ(line.run({}), 2);
  EXPECT_THAT(line.out.str(), HasSubstr("First steps:"));
}

TEST(CommandLineTest, KnowsItsVersion) {
  CommandLine line;
  EXPECT_EQ(line.run({"--version"}), 0);
  EXPECT_THAT(line.out.str(), StartsWith("omegate " OMEGATE_VERSION));
}

TEST(CommandLineTest, HelpShowsThePageOfAVerb) {
  CommandLine line;
  EXPECT_EQ(line.run({"help", "trust", "approve"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("--verified"));
  EXPECT_EQ(line.run({"help"}), 0);
  for (const char* verb :
       {"init", "run", "check", "send", "keys", "trust", "login", "outbox", "inbox", "status", "stop"})
    EXPECT_THAT(line.out.str(), HasSubstr(std::string("\n  ") + verb));
  EXPECT_EQ(line.run({"help", "explode"}), 2);
}

TEST(CommandLineTest, WhatItDoesNotKnowIsUsage) {
  CommandLine line;
  for (const auto& words : std::vector<std::vector<std::string>>{{"explode"},
                                                                 {"trust"},
                                                                 {"send"},
                                                                 {"status", "--explode"},
                                                                 {"outbox", "show", "x"},
                                                                 {"trust", "list", "--level", "x"}}) {
    EXPECT_EQ(line.run(words), 2) << testing::PrintToString(words);
    EXPECT_THAT(line.err.str(), StartsWith("omegate: "));
    EXPECT_EQ(line.out.str(), "");
  }
  EXPECT_TRUE(line.asked.empty());
}

TEST(CommandLineTest, AGatewayThatIsNotThereIsExitCode3) {
  CommandLine line;
  line.failure = std::make_exception_ptr(GatewayNotRunning("the gateway is not running"));
  EXPECT_EQ(line.ask({"status"}), 3);
}

TEST(CommandLineTest, AnErrorShowsItsHint) {
  CommandLine line;
  line.failure =
      std::make_exception_ptr(OperatorError("not_found", "no such row\x1b[2J", "see `outbox list`"));
  EXPECT_EQ(line.ask({"outbox", "show", "4"}), 1);
  EXPECT_EQ(line.err.str(), "omegate: no such row\\x1b[2J\n  see `outbox list`\n");
}

TEST(CommandLineTest, TheSocketComesFromTheConfigUnlessItIsNamed) {
  CommandLine line;
  const auto config = (line.folder / "omegate.yaml").string();
  std::ofstream(config)
      << "data_dir: /srv/o\nkey: {file: k}\naccounts: {b: {jid: b@c.d, password: {env: P}}}\n";
  line.answer = R"({"ready":true})";
  EXPECT_EQ(line.run({"status", "--config", config}), 0);
  EXPECT_EQ(line.asked.back().socket, "/srv/o/control.sock");
  EXPECT_EQ(line.run({"--config", config, "status"}), 0);
  line.environment["OMEGATE_CONFIG"] = config;
  EXPECT_EQ(line.run({"status"}), 0);
  EXPECT_EQ(line.asked.back().socket, "/srv/o/control.sock");
  line.environment["OMEGATE_SOCKET"] = "/run/e.sock";
  line.run({"status"});
  EXPECT_EQ(line.asked.back().socket, "/run/e.sock");
  line.ask({"status"});
  EXPECT_EQ(line.asked.back().socket, "/run/c.sock");
}

TEST(CommandLineTest, ABrokenConfigIsShownWithItsPlaces) {
  CommandLine line;
  const auto config = (line.folder / "omegate.yaml").string();
  std::ofstream(config) << "data_dir: /srv/o\n";
  EXPECT_EQ(line.run({"status", "--config", config}), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("omegate.yaml:1:1: key: is missing"));
}

TEST(Send, AsksForWhatWasSaid) {
  CommandLine line;
  line.answer = R"({"id":17,"to":"alice@example.org","state":"delivered"})";
  EXPECT_EQ(line.ask({"send", "alice@example.org", "hi", "--wait", "delivered", "--timeout", "5", "--id", "x",
                      "--account", "bot"}),
            0);
  EXPECT_EQ(line.asked.at(0).verb, "send");
  EXPECT_EQ(line.asked.at(0).args, (json::object{{"to", "alice@example.org"},
                                                 {"text", "hi"},
                                                 {"wait", "delivered"},
                                                 {"timeout_ms", 5000},
                                                 {"account", "bot"},
                                                 {"id", "x"}}));
  EXPECT_EQ(line.out.str(), "delivered: row 17 to alice@example.org\n");
}

TEST(Send, TakesTheTextFromStandardInput) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"send", "a@b.c"}, {"send", "a@b.c", "-"}}) {
    CommandLine line;
    line.in.str("first\nsecond\n");
    EXPECT_EQ(line.ask(words), 0);
    EXPECT_EQ(line.asked.at(0).args.at("text"), "first\nsecond");
  }
}

TEST(Send, DoesNotWaitForAPersonWhoForgotTheText) {
  CommandLine line;
  line.asks = true;
  EXPECT_EQ(line.ask({"send", "a@b.c"}), 2);
}

TEST(Send, AnEmptyTextIsAMistake) {
  CommandLine line;
  EXPECT_EQ(line.ask({"send", "a@b.c"}), 2);
  EXPECT_TRUE(line.asked.empty());
}

TEST(Send, AHeldMessageIsExitCode4WithItsReason) {
  CommandLine line;
  line.answer =
      R"({"id":17,"to":"alice@example.org","state":"held","reason":"no trusted device","hint":"omegate trust show alice@example.org"})";
  EXPECT_EQ(line.ask({"send", "alice@example.org", "hi"}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("held: row 17"));
  EXPECT_THAT(line.out.str(), HasSubstr("no trusted device"));
  EXPECT_EQ(line.ask({"send", "alice@example.org", "hi", "--json"}), 4);
  EXPECT_EQ(json::parse(line.out.str()).at("state"), "held");
}

TEST(Send, LaterThanWantedIsExitCode4) {
  CommandLine line;
  line.answer = R"({"id":1,"to":"a@b.c","state":"sent","timed_out":true})";
  EXPECT_EQ(line.ask({"send", "a@b.c", "hi"}), 4);
}

TEST(Keys, ShowsTheFingerprintAsClientsDo) {
  CommandLine line;
  line.answer =
      R"({"accounts":[{"account":"bot","jid":"bot@example.org","device":1338402117,"fingerprint":")" + hex +
      R"(","ed25519":")" + hex + R"("}]})";
  EXPECT_EQ(line.ask({"keys"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr(grouped));
  EXPECT_THAT(line.out.str(), HasSubstr("7a688b0b-47c0856d-"));
  EXPECT_THAT(line.out.str(), HasSubstr("xmpp:bot@example.org?omemo-sid-1338402117=" + hex));
  EXPECT_THAT(line.out.str(), HasSubstr("█"));
  EXPECT_EQ(line.ask({"keys", "--uri"}), 0);
  EXPECT_EQ(line.out.str(), "xmpp:bot@example.org?omemo-sid-1338402117=" + hex + "\n");
  const auto file = (line.folder / "bot.svg").string();
  EXPECT_EQ(line.ask({"keys", "--svg", file, "--no-qr"}), 0);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Trust, ListsKeysByContact) {
  CommandLine line;
  line.answer = R"({"keys":[)" + key() + "]}";
  EXPECT_EQ(line.ask({"trust", "list", "--level", "undecided"}), 0);
  EXPECT_EQ(line.asked.at(0).args, (json::object{{"level", "undecided"}}));
  EXPECT_EQ(line.out.str(),
            "alice@example.org (account bot)\n"
            "  undecided  " +
                grouped +
                "\n"
                "             device 1338402117, 7 (gone); first seen 2026-09-21 13:56, 16 min ago\n"
                "             not encrypted to: undecided\n");
}

TEST(Trust, ApproveTakesAFingerprintInAnyForm) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {hex},
           {grouped},
           {"7A688B0B", "47C0856D", "05BBA894", "D96A0487", "77B2107A", "B558281B", "DF0E5493", "386DDD04"},
           {"7a688b0b-47c0856d-05bba894-d96a0487-77b2107a-b558281b-df0e5493-386ddd04"}}) {
    CommandLine line;
    line.answer = R"({"keys":[)" + key("trusted") + R"(],"released":2})";
    std::vector<std::string> all{"trust", "approve", "alice@example.org"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(line.ask(all), 0);
    EXPECT_EQ(line.asked.at(0).verb, "trust.approve");
    EXPECT_EQ(line.asked.at(0).args,
              (json::object{{"jid", "alice@example.org"}, {"which", hex}, {"level", "trusted"}}));
    EXPECT_THAT(line.out.str(), HasSubstr("2 held message(s) go out now"));
  }
}

TEST(Trust, ApproveTakesADeviceOrAll) {
  for (const char* which : {"1338402117", "all"}) {
    CommandLine line;
    EXPECT_EQ(line.ask({"trust", "approve", "alice@example.org", which, "--verified", "--why", "met her"}),
              0);
    EXPECT_EQ(
        line.asked.at(0).args,
        (json::object{
            {"jid", "alice@example.org"}, {"which", which}, {"why", "met her"}, {"level", "verified"}}));
  }
}

TEST(Trust, ApproveOfAScannedUriVerifiesEachKeyInIt) {
  CommandLine line;
  const std::string other(64, 'a');
  EXPECT_EQ(
      line.ask({"trust", "approve", "xmpp:alice@example.org?omemo-sid-1=" + hex + ";omemo-sid-2=" + other}),
      0);
  ASSERT_EQ(line.asked.size(), 2u);
  EXPECT_EQ(line.asked.at(0).args,
            (json::object{{"jid", "alice@example.org"}, {"which", hex}, {"level", "verified"}}));
  EXPECT_EQ(line.asked.at(1).args.at("which"), json::value(other));
}

TEST(Trust, ApproveGuessesNothing) {
  CommandLine line;
  EXPECT_EQ(line.ask({"trust", "approve", "alice@example.org"}), 2);
  EXPECT_EQ(line.ask({"trust", "approve", "alice@example.org", "7a688b0b"}),
            2);  // the first 8 digits are no fingerprint
  EXPECT_EQ(line.ask({"trust", "approve", "alice@example.org", "everything"}), 2);
  EXPECT_EQ(line.ask({"trust", "approve", "xmpp:alice@example.org"}), 2);
  EXPECT_TRUE(line.asked.empty());
}

TEST(Trust, PolicyIsShownOrSetForAContactOrTheAccount) {
  CommandLine line;
  line.answer =
      R"({"account":"bot","jid":"a@b.c","policy":"manual","message_rule":"hold","from":"operator","changed":true})";
  EXPECT_EQ(line.ask({"trust", "policy", "a@b.c", "manual"}), 0);
  EXPECT_EQ(line.asked.back().args, (json::object{{"jid", "a@b.c"}, {"policy", "manual"}}));
  EXPECT_EQ(line.out.str(), "a@b.c: policy manual, message rule hold (set for the operator), changed\n");
  EXPECT_EQ(line.ask({"trust", "policy", "blind"}), 0);
  EXPECT_EQ(line.asked.back().args, (json::object{{"policy", "blind"}}));
  EXPECT_EQ(line.ask({"trust", "policy", "a@b.c"}), 0);
  EXPECT_EQ(line.asked.back().args, (json::object{{"jid", "a@b.c"}}));
  EXPECT_EQ(line.ask({"trust", "policy", "a@b.c", "maybe"}), 2);
}

TEST(Trust, ABrokenLedgerNamesTheRowAndFails) {
  CommandLine line;
  line.answer =
      R"({"ok":false,"rows":20,"head":"ab","signed_by":"cd","first_bad":{"row":17,"what":"wrong hash"}})";
  EXPECT_EQ(line.ask({"trust", "verify"}), 4);
  EXPECT_THAT(line.out.str(), HasSubstr("the ledger was altered: row 17: wrong hash"));
  line.answer = R"({"ok":true,"rows":20,"head":"ab","signed_by":"cd"})";
  EXPECT_EQ(line.ask({"trust", "verify"}), 0);
}

TEST(Trust, TheLogIsATable) {
  CommandLine line;
  line.answer = R"({"rows":[{"row":3,"at_ms":1789999000000,"account":"bot","jid":"a@b.c","fingerprint":")" +
                hex + R"(","fact":"seen","by":"gateway"}],"more":true})";
  EXPECT_EQ(line.ask({"trust", "log", "--limit", "1", "--before", "4"}), 0);
  EXPECT_EQ(line.asked.at(0).args, (json::object{{"limit", 1}, {"before", 4}}));
  EXPECT_THAT(line.out.str(), HasSubstr("older ones: --before 3"));
  line.answer =
      R"({"rows":[{"row":1,"at_ms":1,"account":"bot","jid":"a@b.c","fact":"policy","value":"manual","by":"operator root"}]})";
  line.ask({"trust", "log"});
  EXPECT_THAT(line.out.str(), HasSubstr("policy manual"));
}

TEST(Outbox, ListsAndShowsAndActs) {
  CommandLine line;
  line.answer =
      R"({"rows":[{"id":17,"account":"bot","to":"alice@example.org","state":"held","reason":"no trusted device","attempts":1,"created_ms":1789999940000,"origin":"webhook"}],"more":false})";
  EXPECT_EQ(line.ask({"outbox", "list", "--to", "alice@example.org", "--state", "held"}), 0);
  EXPECT_EQ(line.asked.back().args,
            (json::object{{"limit", 100}, {"to", "alice@example.org"}, {"state", "held"}}));
  EXPECT_EQ(line.out.str(),
            "ROW  STATE  TO                 ACCOUNT  FROM     CREATED    TRIES  REASON\n"
            "17   held   alice@example.org  bot      webhook  1 min ago  1      no trusted device\n");
  line.answer =
      R"({"id":17,"state":"held","to":"a@b.c","account":"bot","origin":"webhook","attempts":1,"created_ms":1789999940000,"message_id":"m","text":"two\nlines","devices":[{"device":7,"fingerprint":")" +
      hex + R"(","included":false,"reason":"undecided"}]})";
  EXPECT_EQ(line.ask({"outbox", "show", "17"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("\nleft out  7 "));
  EXPECT_THAT(line.out.str(), HasSubstr(grouped + "  undecided"));
  EXPECT_THAT(line.out.str(), HasSubstr("two\\nlines"));
  line.answer =
      R"({"rows":[{"id":18,"account":"bot","to":"a@b.c","state":"accepted","reason":"old","attempts":1,"created_ms":1789999940000,"waits":{"for":"server","why":"the server is slow","since_ms":1789999940000}}],"more":false})";
  EXPECT_EQ(line.ask({"outbox", "list"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("  the server is slow\n"));
  EXPECT_THAT(line.out.str(), Not(HasSubstr("old")));
  line.answer =
      R"({"id":18,"state":"accepted","to":"a@b.c","account":"bot","attempts":1,"created_ms":1789999940000,"waits":{"for":"retry","why":"no bundle","since_ms":1789999940000,"next_ms":1790000060000}})";
  EXPECT_EQ(line.ask({"outbox", "show", "18"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("  waits    for retry: no bundle\n"));
  EXPECT_THAT(line.out.str(), HasSubstr(", 1 min ago; next in 1 min\n"));
  for (const char* verb : {"retry", "drop"}) {
    line.ask({"outbox", verb, "17"});
    EXPECT_EQ(line.asked.back().verb, std::string("outbox.") + verb);
    EXPECT_EQ(line.asked.back().args, (json::object{{"id", 17}}));
  }
}

TEST(Status, ShowsWhereMailComesFrom) {
  CommandLine line;
  line.answer =
      R"({"ready":true,"mailboxes":[{"name":"bot@mail.example.org INBOX","state":"open","since_ms":1789999940000,"told":true,"last_mail_ms":1789999940000,"read_to":42},{"name":"ops@mail.example.org INBOX","state":"waiting","since_ms":1789999940000,"detail":"the server refuses the login"},{"name":"x@mail.example.org INBOX","state":"open","since_ms":1789999940000,"failing":{"uid":7,"tries":2}}],"mail_listeners":[{"place":"127.0.0.1:2525","protocol":"smtp","state":"open","tls":"none","users":0,"connections":3}]})";
  EXPECT_EQ(line.ask({"status"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("bot@mail.example.org INBOX  open     1 min ago  1 min ago  42"));
  EXPECT_THAT(line.out.str(), HasSubstr("ops@mail.example.org INBOX  waiting  1 min ago                      the server refuses the login\n"));
  EXPECT_THAT(line.out.str(), HasSubstr("mail 7 cannot be had, tries: 2\n"));
  EXPECT_THAT(line.out.str(), HasSubstr("MAIL AT         PROTOCOL  STATE  TLS   USERS  CONNECTIONS"));
  EXPECT_THAT(line.out.str(), HasSubstr("127.0.0.1:2525  smtp      open   none  0      3"));
  line.answer = R"({"ready":true})";
  line.ask({"status"});
  const std::string all = line.out.str();
  EXPECT_EQ(all.find("MAILBOX", all.find("MAIL AT")), all.npos) << "nothing of it where there is no mail";
}

TEST(Mail, ListsAndShowsAndActs) {
  CommandLine line;
  line.answer =
      R"({"rows":[{"id":17,"plugin":"mail","account":"bot","to":["juliet@example.net","a@b.c"],"subject":"Hello\u001b[2J","attempts":2,"created_ms":1789999940000,"due_ms":1790000060000,"reason":"450 later","sending":false}],"more":false})";
  EXPECT_EQ(line.ask({"mail", "list", "--account", "bot"}), 0);
  EXPECT_EQ(line.asked.back().args, (json::object{{"limit", 100}, {"account", "bot"}}));
  EXPECT_EQ(line.out.str(),
            "ROW  TO                         SUBJECT       PLUGIN  CREATED    TRIES  NEXT      REASON\n"
            "17   juliet@example.net, a@b.c  Hello\\x1b[2J  mail    1 min ago  2      in 1 min  450 later\n");
  line.answer =
      R"({"id":17,"plugin":"mail","to":["juliet@example.net"],"accepted":["a@b.c"],"subject":"Hello","message_id":"<1@x>","files":1,"attempts":2,"created_ms":1789999940000,"due_ms":1790000060000,"expires_ms":1790345540000,"sending":true,"text":"two\nlines"})";
  EXPECT_EQ(line.ask({"mail", "show", "17"}), 0);
  EXPECT_THAT(line.out.str(), HasSubstr("  taken    for a@b.c\n"));
  EXPECT_THAT(line.out.str(), HasSubstr("  next     now; given up in "));
  EXPECT_THAT(line.out.str(), HasSubstr("two\\nlines"));
  for (const char* verb : {"retry", "drop"}) {
    line.ask({"mail", verb, "17"});
    EXPECT_EQ(line.asked.back().verb, std::string("mail.") + verb);
    EXPECT_EQ(line.asked.back().args, (json::object{{"id", 17}}));
  }
}

TEST(Inbox, ListsAndShowsAndActs) {
  CommandLine line;
  line.answer =
      R"({"rows":[{"id":4,"account":"bot","kind":"message","from":"a@b.c","plugin":"responder","state":"parked","attempts":5,"error":"init.lua:3: boom","received_ms":1789999940000}]})";
  EXPECT_EQ(line.ask({"inbox", "list", "--from", "a@b.c"}), 0);
  EXPECT_EQ(line.asked.back().args, (json::object{{"limit", 100}, {"from", "a@b.c"}}));
  EXPECT_THAT(line.out.str(), HasSubstr("init.lua:3: boom"));
  line.ask({"inbox", "replay", "4"});
  EXPECT_EQ(line.asked.back().verb, "inbox.replay");
}

TEST(Status, IsReadyOrNot) {
  CommandLine line;
  line.answer =
      R"({"version":"0.1.0","started_ms":1789999000000,"ready":false,"problems":["bot: wrong password"],
    "accounts":[{"name":"bot","jid":"bot@example.org","state":"waiting","since_ms":1789999990000,"detail":"wrong password"}],
    "plugins":[{"name":"webhook","version":"1.0","state":"running","restarts":0}],
    "outbox":{"waiting":1,"held":2,"parked":3},"inbox":{"waiting":4,"parked":5}})";
  EXPECT_EQ(line.ask({"status"}), 1);
  EXPECT_THAT(line.out.str(), HasSubstr("problem: bot: wrong password"));
  EXPECT_THAT(line.out.str(), HasSubstr("1 waiting, 2 held, 3 parked"));
  line.answer = R"({"ready":true})";
  EXPECT_EQ(line.ask({"status"}), 0);
}

TEST(Stop, SaysGoodbyeOnlyWhenAsked) {
  CommandLine line;
  line.ask({"stop"});
  EXPECT_EQ(line.asked.back().args, (json::object{{"final", false}}));
  line.ask({"stop", "--final"});
  EXPECT_EQ(line.asked.back().args, (json::object{{"final", true}}));
}

TEST(Printing, JsonIsTheAnswerAsItIs) {
  CommandLine line;
  line.answer = R"({"keys":[{"jid":"a@b.c","new_member":[1,2]}]})";
  EXPECT_EQ(line.ask({"trust", "list", "--json"}), 0);
  EXPECT_EQ(json::parse(line.out.str()), json::parse(line.answer));
}

// Whatever a contact chooses, an operator's terminal shows it and does not obey it.
// case 70
TEST(Printing, ForeignTextCannotMoveTheTerminal) {
  CommandLine line;
  const std::string evil = R"(\u001b[2J\u202e\r\nok\u0007)";
  for (
      const auto& [words, answer] : std::vector<std::pair<std::vector<std::string>, std::string>>{
          {{"trust", "list"},
           R"({"keys":[{"jid":"X","account":"X","fingerprint":"X","level":"X","decision":"X","by":"X","why":"X"}]})"},
          {{"trust", "show", "a@b.c"}, R"({"jid":"X","policy":"X","from":"X","message_rule":"X","held":1})"},
          {{"trust", "log"}, R"({"rows":[{"jid":"X","fact":"X","by":"X","why":"X","fingerprint":"X"}]})"},
          {{"outbox", "list"}, R"({"rows":[{"to":"X","state":"X","reason":"X","origin":"X"}]})"},
          {{"outbox", "show", "1"},
           R"({"to":"X","state":"X","reason":"X","hint":"X","text":"X","message_id":"X","devices":[{"fingerprint":"X","reason":"X"}]})"},
          {{"inbox", "list"}, R"({"rows":[{"from":"X","kind":"X","error":"X","plugin":"X"}]})"},
          {{"inbox", "show", "1"},
           R"({"from":"X","kind":"X","error":"X","plugin":"X","text":"X","level":"X","encrypted":true})"},
          {{"status"},
           R"({"problems":["X"],"accounts":[{"name":"X","detail":"X","server":"X"}],"plugins":[{"name":"X","detail":"X"}],"http":"X"})"},
          {{"send", "a@b.c", "hi"}, R"({"to":"X","state":"X","reason":"X","hint":"X"})"}}) {
    line.answer = answer;
    for (auto at = line.answer.find('X'); at != std::string::npos;
         at = line.answer.find('X', at + evil.size()))
      line.answer.replace(at, 1, evil);
    line.ask(words);
    EXPECT_EQ(line.out.str().find_first_of("\x1b\r\x07"), std::string::npos) << line.out.str();
    EXPECT_THAT(line.out.str(), Not(HasSubstr("\xe2\x80\xae")));
    EXPECT_THAT(line.out.str(), HasSubstr("\\x1b[2J\\u202e\\r\\nok\\x07"));
  }
}

TEST(Printing, ColoursAreOnlyForATerminal) {
  CommandLine line;
  line.answer = R"({"keys":[)" + key("trusted") + "]}";
  line.ask({"trust", "list"});
  EXPECT_THAT(line.out.str(), Not(HasSubstr("\x1b[")));
  line.colours = true;
  line.ask({"trust", "list"});
  EXPECT_THAT(line.out.str(), HasSubstr("\x1b[32mtrusted\x1b[0m"));
}

TEST(Printing, AnAnswerOfAnotherVersionDoesNotCrash) {
  CommandLine line;
  for (const char* answer :
       {R"({"keys":5,"rows":{},"accounts":[1,null],"state":7,"id":"x","first_bad":[]})", "{}"}) {
    line.answer = answer;
    for (const auto& words : std::vector<std::vector<std::string>>{{"trust", "list"},
                                                                   {"trust", "log"},
                                                                   {"trust", "verify"},
                                                                   {"outbox", "list"},
                                                                   {"status"},
                                                                   {"keys"},
                                                                   {"send", "a@b.c", "x"}})
      line.ask(words);
  }
  line.answer = "[]";
  EXPECT_EQ(line.ask({"status"}), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("another version"));
}

TEST(Check, FindsWhatIsWrongInPluginsAtItsPlace) {
  CommandLine line;
  const auto config = (line.folder / "omegate.yaml").string();
  std::ofstream((line.folder / "k").string()) << "k";
  std::ofstream(config)
      << "data_dir: /srv/o\nkey: {file: k}\naccounts: {b: {jid: b@c.d, password: {file: k}}}\n"
         "plugins:\n  webhook:\n    secrets: {token: {file: k}}\n"
         "    config: {hooks: {a: {secret: token, to: [bob]}}}\n";
  EXPECT_EQ(line.run({"check", "--config", config}), 1);
  EXPECT_THAT(line.err.str(), HasSubstr("omegate.yaml:7:46: plugin webhook: hooks.a.to[0]: "));
  EXPECT_TRUE(line.logins.empty());
  EXPECT_EQ(line.run({"check", "--login", "--config", config}), 1);
  EXPECT_THAT(line.logins, testing::ElementsAre(std::pair("b@c.d", "k")));
}

TEST(Run, GivesTheConfigToTheGateway) {
  CommandLine line;
  const auto config = (line.folder / "omegate.yaml").string();
  std::ofstream((line.folder / "k").string()) << "k";
  std::ofstream(config)
      << "data_dir: /srv/o\nkey: {file: k}\naccounts: {b: {jid: b@c.d, password: {env: P}}}\n";
  EXPECT_EQ(line.run({"run", "--config", config}), 0);
  EXPECT_EQ(line.ran, std::vector<std::string>{config});
}

}  // namespace
