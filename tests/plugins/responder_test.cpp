#include <gmock/gmock.h>

#include "tests/plugins/bench.hpp"

namespace {

using omegate::plugin::TrustLevel;
using omegate::test::PluginBench;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct ResponderTest : testing::Test {
  PluginBench responder{"responder", R"json({"replies": [
      {"command": "!motd", "reply": "{from} asks {1}", "help": "The message of the day"},
      {"command": "secret", "reply": "42", "min_trust": "verified"},
      {"pattern": "[Hh]ello (%w+)", "reply": "Hello {1}, said {from}: {text}"},
      {"pattern": "hello", "reply": "never, the one above is first"},
      {"pattern": "password", "reply": "no", "min_trust": "trusted"}]})json"};
};

TEST_F(ResponderTest, AnswersItsCommands) {
  EXPECT_EQ(responder.says("ping").reply(), "pong");
  EXPECT_EQ(responder.says("!PING").reply(), "pong");
  EXPECT_EQ(responder.says("echo  some   text ").reply(), "some   text");
  EXPECT_EQ(responder.says("/motd what is new").reply(), "juliet@example.org asks what is new");
}

TEST_F(ResponderTest, AnswersTheSenderFromTheAccountThatHeardIt) {
  responder.sender.account = "cat";
  const auto did = responder.says("ping");
  ASSERT_EQ(did.sent.size(), 1U);
  EXPECT_EQ(did.sent[0].to, "juliet@example.org");
  EXPECT_EQ(did.sent[0].account, "cat");
}

TEST_F(ResponderTest, TellsWhoIsWriting) {
  EXPECT_THAT(responder.says("whoami").reply(), AllOf(HasSubstr("juliet@example.org"), HasSubstr("31415"),
                                                      HasSubstr("tofu"), HasSubstr("0f0f")));
}

TEST_F(ResponderTest, ListsItsCommands) {
  EXPECT_THAT(responder.says("help").reply(),
              AllOf(StartsWith("motd [<words>] \xe2\x80\x93 The message of the day\n"),
                    HasSubstr("\nping \xe2\x80\x93 Answers pong")));
}

TEST_F(ResponderTest, AnswersPatternsFromTopToBottom) {
  EXPECT_EQ(responder.says("oh, Hello bot!").reply(), "Hello bot, said juliet@example.org: oh, Hello bot!");
  EXPECT_EQ(responder.says("goodbye").sent.size(), 0U);
}

TEST_F(ResponderTest, AsksForTrustWhereToldTo) {
  EXPECT_FALSE(responder.says("secret").handled);
  EXPECT_EQ(responder.says("password?").sent.size(), 0U);
  responder.sender.trust = TrustLevel::verified;
  EXPECT_EQ(responder.says("secret").reply(), "42");
  EXPECT_EQ(responder.says("password?").reply(), "no");
}

TEST_F(ResponderTest, ShowsTheUsageWhenWordsAreMissing) {
  const auto did = responder.says("echo");
  EXPECT_TRUE(did.expected);
  EXPECT_EQ(did.failure, "Usage: echo <text>");
}

TEST(Responder, AnswersAtTheHoursItIsToldTo) {
  PluginBench responder("responder", R"json({"zone": "Europe/Berlin", "replies": [
      {"pattern": "", "hours": "18:00-08:00", "days": "mon-fri", "reply": "We are asleep.", "once_per": "12h"},
      {"pattern": "", "days": "sat,sun", "reply": "It is weekend."},
      {"pattern": "", "reply": "Hello."}]})json");
  const auto at = [&](const char* who, int days, int hours) {  // from Monday, 21 September 2026, 0:00 in Berlin
    responder.sender.from = who;
    responder.sender.time = omegate::from_ms(1'789'941'600'000) + std::chrono::hours(24 * days + hours);
    return responder.says("anybody there?").reply();
  };
  EXPECT_EQ(at("a@example.org", 0, 12), "Hello.");
  EXPECT_EQ(at("a@example.org", 0, 18), "We are asleep.");
  EXPECT_EQ(at("a@example.org", 0, 19), "Hello.") << "once is enough";
  EXPECT_EQ(at("b@example.org", 0, 19), "We are asleep.");
  EXPECT_EQ(at("c@example.org", 0, 7), "Hello.") << "Monday morning belongs to Sunday night";
  EXPECT_EQ(at("d@example.org", 5, 7), "We are asleep.") << "Saturday morning belongs to Friday night";
  EXPECT_EQ(at("e@example.org", 5, 8), "It is weekend.");
  EXPECT_EQ(at("e@example.org", 6, 23), "It is weekend.");
}

TEST(Responder, NamesTheHoursThatAreNone) {
  for (const char* bad : {R"("hours": "18-8")", R"("hours": "18:00-25:00")", R"("days": "mon-foo")", R"("once_per": "often")"}) {
    EXPECT_THROW(PluginBench("responder", std::string(R"({"replies": [{"pattern": "x", "reply": "y", )") + bad + "}]}"),
                 std::runtime_error)
        << bad;
  }
}

TEST(Responder, WorksWithoutAnyConfiguration) {
  PluginBench responder("responder", "{}");
  EXPECT_EQ(responder.says("ping").reply(), "pong");
  EXPECT_TRUE(responder.ready.subscriptions.empty()) << "it would hear messages it has no use for";
}

TEST(Responder, LetsTheOperatorReplaceABuiltInCommand) {
  PluginBench responder("responder", R"({"replies": [{"command": "Ping", "reply": "still here"}]})");
  EXPECT_EQ(responder.says("ping").reply(), "still here");
  EXPECT_EQ(responder.says("echo x").reply(), "x");
}

// Else the first word of it would be the command, and the rest would go unsaid.
TEST(Responder, TakesOneWordForACommand) {
  try {
    PluginBench responder("responder", R"({"replies": [{"command": "!opening hours", "reply": "x"}]})");
    FAIL() << "it started";
  } catch (const std::exception& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("entry 1: a command is one word, found 'opening hours'"));
  }
}

TEST(Responder, NamesTheReplyThatFitsNothing) {
  try {
    PluginBench responder("responder", R"({"replies": [{"reply": "x"}]})");
    FAIL() << "it started";
  } catch (const std::exception& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("entry 1 needs a command or a pattern"));
  }
}

}  // namespace
