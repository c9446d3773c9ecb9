// What may be run, with what, and for whom: nothing of a chat becomes an option, a path or a word of its own.
#include "bridge/core/plugin/program.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/grants.hpp"

namespace omegate::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

Program restart() {
  Program program{"restart", "Restarts a service", {"/usr/bin/systemctl", "restart", "--lines={lines}", "{unit}.service"}};
  program.arguments = {*program_argument("unit", "nginx|postfix"), *program_argument("lines", "integer")};
  return program;
}

TEST(Programs, AreStartedWithTheOperatorsWordsAndTheValuesInThem) {
  const ProgramArguments good{{"unit", "nginx"}, {"lines", "5"}};
  EXPECT_EQ(fault_of(restart()), std::nullopt);
  EXPECT_EQ(fault_of(restart(), good), std::nullopt);
  EXPECT_THAT(command_line(restart(), good), ElementsAre("/usr/bin/systemctl", "restart", "--lines=5", "nginx.service"));
  EXPECT_EQ(usage_of(restart()).usage, "restart <unit:nginx|postfix> <lines:integer>");
}

// case 217
TEST(Programs, TakeNoValueThatCouldMeanMoreThanItself) {
  Program program{"look", "", {"/bin/ls", "{what}"}, {*program_argument("what", "word")}};
  for (const std::string value : {"nginx", "getty@tty1", "a_b-c.d:1", "0"}) EXPECT_EQ(fault_of(program, {{"what", value}}), std::nullopt) << value;
  for (const std::string value : {"", "-rf", "--", "/etc/shadow", "../x", ".ssh", "a b", "a;b", "$(id)", "`id`", "a|b", "a>b", "a\nb", "a\tb", "*", "~",
                                  "a/b", "{what}", "ä", "a\\b", "'a'"})
    EXPECT_THAT(fault_of(program, {{"what", value}}), Optional(HasSubstr("what: expected a word"))) << value;
  EXPECT_NE(fault_of(program, {{"what", std::string("a\0b", 3)}}), std::nullopt);
  EXPECT_NE(fault_of(program, {{"what", std::string(65, 'a')}}), std::nullopt);
}

// case 217
TEST(Programs, TakeNoOtherChoicesNumbersAndNames) {
  const auto fault = [](ProgramArguments arguments) { return fault_of(restart(), arguments); };
  EXPECT_THAT(fault({{"unit", "sshd"}, {"lines", "5"}}), Optional(HasSubstr("unit: expected one of nginx|postfix")));
  EXPECT_THAT(fault({{"unit", "nginx"}, {"lines", "-5"}}), Optional(HasSubstr("lines: expected a whole number")));
  EXPECT_THAT(fault({{"unit", "nginx"}, {"lines", "1e3"}}), Optional(HasSubstr("lines")));
  EXPECT_THAT(fault({{"unit", "nginx"}, {"lines", "1234567890123456789"}}), Optional(HasSubstr("lines")));
  EXPECT_THAT(fault({{"unit", "nginx"}}), Optional(HasSubstr("lines is missing")));
  EXPECT_THAT(fault({{"unit", "nginx"}, {"lines", "5"}, {"more", "x"}}), Optional(HasSubstr("no more arguments")));
}

TEST(Programs, OfTheOperatorAreLookedAt) {
  const auto fault = [](Program program) { return fault_of(program).value_or("none"); };
  EXPECT_THAT(fault({"a", "", {}}), HasSubstr("absolute path"));
  EXPECT_THAT(fault({"a", "", {"uptime"}}), HasSubstr("absolute path"));
  EXPECT_THAT(fault({"a", "", {"/bin/{what}"}, {*program_argument("what", "word")}}), HasSubstr("depends on no argument"));
  EXPECT_THAT(fault({"a", "", {"/bin/ls", "{what}"}}), HasSubstr("{what} stands for nothing"));
  EXPECT_THAT(fault({"a", "", {"/bin/ls"}, {*program_argument("what", "word")}}), HasSubstr("no {what}"));
  EXPECT_EQ(program_argument("a", "text"), std::nullopt);
  EXPECT_EQ(program_argument("a", "one|-two"), std::nullopt);
  EXPECT_EQ(program_argument("a", "one|"), std::nullopt);
}

/// Who wants what, and why it is refused; "granted": it is not.
struct Wish {
  Installed installed;
  Origin origin{"bot", "juliet@example.org", "juliet@example.org", TrustLevel::verified, true};
  RunProgram run{"restart", {{"unit", "nginx"}, {"lines", "1"}}};

  Wish() {
    installed.manifest.grants.run_any = true;
    installed.accounts = {"bot"};
    installed.programs = {restart()};
    installed.roles = {{"admin", {"juliet@example.org"}}};
  }
  std::string verdict() const {
    std::vector<Effect> effects{run};
    return settle(effects, installed, origin).value_or("granted");
  }
};

// case 217
TEST(Programs, RunForVerifiedAdminsWhoHaveAnswered) {
  EXPECT_EQ(Wish().verdict(), "granted");
  Wish wish;
  for (const TrustLevel level : {TrustLevel::undecided, TrustLevel::tofu, TrustLevel::trusted, TrustLevel::revoked}) {
    wish.origin.trust = level;
    EXPECT_THAT(wish.verdict(), HasSubstr("is not verified")) << to_text(level);
  }
  wish = {};
  wish.origin.answers = false;
  EXPECT_THAT(wish.verdict(), HasSubstr("answered a question"));
  wish = {};
  wish.origin.writer = "";  // it was said in a room
  EXPECT_THAT(wish.verdict(), HasSubstr("not among the admin"));
  wish = {};
  wish.origin.writer = "romeo@example.org";
  EXPECT_THAT(wish.verdict(), HasSubstr("romeo@example.org is not among the admin"));
  wish = {};
  wish.installed.roles.clear();
  EXPECT_THAT(wish.verdict(), HasSubstr("not among"));
}

// case 217
TEST(Programs, RunIfManifestAndOperatorNameThem) {
  Wish wish;
  wish.installed.manifest.grants.run_any = false;
  EXPECT_THAT(wish.verdict(), HasSubstr("manifest does not grant"));
  wish.installed.manifest.grants.run = {"restart"};
  EXPECT_EQ(wish.verdict(), "granted");
  wish.installed.programs.clear();
  EXPECT_THAT(wish.verdict(), HasSubstr("the operator listed no program"));
  wish = {};
  wish.run.arguments["unit"] = "sshd";
  EXPECT_THAT(wish.verdict(), HasSubstr("expected one of"));
}

/// Where the gateway takes all that from: the event that it made itself.
TEST(Programs, AreWantedByWhomTheEventIsOf) {
  Message message{"bot", "juliet@example.org", "yes"};
  message.trust = TrustLevel::verified;
  const auto of = [](const Answer& answer) { return origin({"1", EventKind::answer, payload(answer)}).value(); };
  Answer answer{"run", "null", Answer::Outcome::answered, message};
  EXPECT_TRUE(of(answer).answers);
  EXPECT_EQ(of(answer).trust, TrustLevel::verified);
  EXPECT_EQ(of(answer).writer, "juliet@example.org");
  answer.message.encrypted = false;
  EXPECT_EQ(of(answer).trust, TrustLevel::undecided);
  answer.message.encrypted = true;
  answer.message.room = "room@example.org";
  EXPECT_EQ(of(answer).writer, "");
  EXPECT_EQ(of(answer).trust, TrustLevel::undecided);
  answer.message.room = "";
  answer.outcome = Answer::Outcome::timeout;
  EXPECT_FALSE(of(answer).answers);
  const Origin command = origin({"1", EventKind::command, payload(CommandCall{message, "run", ""})}).value();
  EXPECT_FALSE(command.answers);
}

}  // namespace
}  // namespace omegate::plugin
