// Regular expressions: what they find, what they refuse, and that none of them takes long.
#include "bridge/worker/expression.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <stdexcept>

#include "bridge/worker/limits.hpp"
#include "bridge/worker/plugin.hpp"

namespace {

using namespace omegate::plugin;
using omegate::worker::Expression;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

std::string refusal(const std::string& pattern) {
  try {
    const Expression made(pattern, {});
    return "it is fine";
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

TEST(Expression, FindsGroupsByNumberAndName) {
  const Expression date("(?P<year>\\d{4})(?:-(\\d\\d))?", {});
  EXPECT_THAT(date.names(), ElementsAre("year", ""));
  EXPECT_THAT(date.find("in 2026-01 it was", 0), ElementsAre(Optional(std::string("2026-01")), Optional(std::string("2026")), Optional(std::string("01"))));
  EXPECT_THAT(date.find("in 2026", 0), ElementsAre(Optional(std::string("2026")), Optional(std::string("2026")), std::nullopt));
  EXPECT_TRUE(date.find("never", 0).empty());
  EXPECT_TRUE(date.find("2026", 1).empty());
  EXPECT_TRUE(date.find("2026", 5).empty()) << "behind its end";
}

TEST(Expression, SeesWhatStandsBeforeThePlaceItBeginsAt) {
  EXPECT_TRUE(Expression("^b", {}).find("ab", 1).empty());
  EXPECT_TRUE(Expression("\\bb", {}).find("ab", 1).empty());
  EXPECT_FALSE(Expression("b", {}).find("ab", 1).empty());
}

TEST(Expression, IgnoresCaseAndTakesPatternsAsTextIfAsked) {
  EXPECT_FALSE(Expression("grüezi", {.ignore_case = true}).find("GRÜEZI", 0).empty());
  EXPECT_TRUE(Expression("grüezi", {}).find("GRÜEZI", 0).empty());
  EXPECT_FALSE(Expression("1+1", {.literal = true}).find("is 1+1 two?", 0).empty());
  EXPECT_TRUE(Expression("1+1", {.literal = true}).find("11", 0).empty());
}

TEST(Expression, SaysWhatIsWrongWithAPattern) {
  EXPECT_THAT(refusal("(a"), HasSubstr("missing )"));
  EXPECT_THAT(refusal("a\\1"), HasSubstr("invalid escape sequence")) << "no back-references";
  EXPECT_THAT(refusal("(?<=a)b"), HasSubstr("invalid")) << "no looking around";
  EXPECT_THAT(refusal("\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal(std::string(omegate::worker::max_expression_size + 1, 'a')), HasSubstr("4 KiB"));
  EXPECT_THAT(refusal("(\\pL{100}){9}"), HasSubstr("memory"));
  std::string groups;
  for (int i = 0; i <= omegate::worker::max_expression_groups; ++i) groups += "(a)";
  EXPECT_THAT(refusal(groups), HasSubstr("32 groups"));
  EXPECT_EQ(Expression::alive(), 0u) << "what was refused is gone";
}

TEST(Expression, RefusesTextsThatAreTooLong) {
  const Expression letter("b", {});
  EXPECT_TRUE(letter.find(std::string(omegate::worker::max_expression_text, 'a'), 0).empty());
  EXPECT_THROW(letter.find(std::string(omegate::worker::max_expression_text + 1, 'a'), 0), std::length_error);
}

std::chrono::nanoseconds time_of(const std::string& pattern, std::size_t length) {
  const Expression expression(pattern, {});
  const std::string text = std::string(length, 'a') + "!";
  auto best = std::chrono::nanoseconds::max();
  for (int i = 0; i < 3; ++i) {
    const auto before = std::chrono::steady_clock::now();
    (void)expression.find(text, 0);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - before);
  }
  return best;
}

// Patterns over which a search that tries and goes back takes longer than the universe is old.
// case 209
TEST(Expression, CostsTimeLinearInTheTextWhateverThePattern) {
  for (const char* const pattern : {"^(a+)+$", "^(a|aa)+$", "^(a*)*b", "^(.*a){20}$", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){50}a{50}$"}) {
    const auto some = time_of(pattern, 2'000), many = time_of(pattern, 200'000);
    // A hundred times the text: a square would be ten thousand times the time.
    EXPECT_LT(many, std::max<std::chrono::nanoseconds>(some * 1000, std::chrono::milliseconds(100))) << pattern;
  }
}

struct ExpressionsInLua : testing::Test {
  /// What the handler logs, or how it fails.
  std::string run(const std::string& body, const std::string& before = {}) {
    std::string said;
    omegate::worker::Plugin plugin(
        Load{"test", 1, {{"init.lua", "local P = ...\n" + before + "\nP.command('go', 'goes', function(ev)\n" + body + "\nend)"}}, "{}", {}, {"bot"}},
        [&](const Log& line) { said += (said.empty() ? "" : "|") + line.text; });
    const auto loaded = plugin.load();
    if (const auto* const failed = std::get_if<LoadFailed>(&loaded)) return "load: " + failed->error;
    Message message{"bot", "juliet@example.org", "go", TrustLevel::tofu, 7, "0f", true, "2", omegate::from_ms(123)};
    const auto result = plugin.handle({"in-1", EventKind::command, payload(CommandCall{message, "go", ""})});
    if (const auto* const failed = std::get_if<Failed>(&result)) return "failed: " + failed->error;
    return said;
  }
};

TEST_F(ExpressionsInLua, WalkOverEmptyMatchesAndCharactersOfManyBytes) {
  EXPECT_EQ(run("P.log.info(P.re('x*'):replace('äxb', '-'))"), "-ä-b-");
  EXPECT_EQ(run("for m in P.re('a*'):gmatch('baac') do P.log.info('%s', '<' .. m[0] .. '>') end"), "<>|<aa>|<>");
  EXPECT_EQ(run("P.log.info(table.concat(P.re(''):split('äöü'), ','))"), "ä,ö,ü");
  EXPECT_EQ(run("P.log.info(table.concat(P.re(','):split(',a,,b,'), '/'))"), "/a//b/");
  EXPECT_EQ(run("P.log.info(#P.re(','):split(''))"), "1");
}

TEST_F(ExpressionsInLua, SayWhichLineOfThePluginIsWrong) {
  EXPECT_THAT(run("", "local a = P.re('(')"), HasSubstr("load: init.lua:2: P.re: missing )"));
  EXPECT_THAT(run("", "P.re('a', { ignorecase = true })"), HasSubstr("init.lua:2: P.re: unknown option 'ignorecase'"));
  EXPECT_THAT(run("P.re('a'):match(nil)"), HasSubstr("init.lua:4:"));
  EXPECT_THAT(run("P.re('a').match('a', 'b')"), HasSubstr("expected what P.re returned"));
  EXPECT_THAT(run("P.re('a'):replace('a', {})"), HasSubstr("init.lua:4: replace: expected a text or a function"));
  EXPECT_THAT(run("P.re('a'):find('a', 0)"), HasSubstr("counts from 1"));
}

TEST_F(ExpressionsInLua, AreCollectedAndBounded) {
  EXPECT_EQ(run("for i = 1, 1000 do P.re('a' .. i) end P.log.info('done')"), "done");
  EXPECT_THAT(run("local all = {} for i = 1, 1000 do all[i] = P.re('a' .. i) end"), HasSubstr("64 regular expressions"));
}

TEST_F(ExpressionsInLua, KeepTheirInsideToThemselves) {
  EXPECT_EQ(run("P.log.info(tostring(getmetatable(P.re('a'))))"), "false");
  EXPECT_EQ(run("P.log.info(tostring(P.re('a+')))"), "P.re: a+");
  EXPECT_THAT(run("P.re('a').x = 1"), HasSubstr("failed: init.lua:4"));
}

}  // namespace
