// P.command with types, P.period.
#include <gmock/gmock.h>

#include "bridge/worker/plugin.hpp"

namespace omegate::worker {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

struct CommandArguments : testing::Test {
  std::string load(const std::string& source) {
    plugin.emplace(plugin::Load{"test", 1, {{"init.lua", "local P = ...\n" + source}}, "{}", {}, {"bot"}},
                   [](const plugin::Log&) {});
    auto loaded = plugin->load();
    if (const auto* const failed = std::get_if<plugin::LoadFailed>(&loaded)) return failed->error;
    ready = std::get<plugin::Ready>(loaded);
    return "it loaded";
  }

  /// The reply, or the failure.
  std::string call(const std::string& name, const std::string& args) {
    plugin::Message message{
        "bot", "juliet@example.org", name + " " + args, plugin::TrustLevel::tofu, 7, "0f", true,
        "2",   from_ms(123)};
    auto result =
        plugin->handle({"e1", plugin::EventKind::command, payload(plugin::CommandCall{message, name, args})});
    if (const auto* const failed = std::get_if<plugin::Failed>(&result)) return failed->error;
    const auto& effects = std::get<plugin::Done>(result).effects;
    return effects.size() == 1 ? std::get<plugin::Send>(effects[0]).text : "not one message";
  }
  std::string typed(const std::string& type, const std::string& text) {
    load("P.command('x <a:" + type +
         ">', 'X', function(cmd) cmd:reply(math.type(cmd.args.a) or type(cmd.args.a)) "
         "cmd.args.a = tostring(cmd.args.a) end)");
    return call("x", text);
  }

  std::optional<Plugin> plugin;
  plugin::Ready ready;
};

TEST_F(CommandArguments, ArriveAsTheirTypes) {
  EXPECT_EQ(typed("integer", "7"), "integer");
  EXPECT_EQ(typed("number", "7.5"), "float");
  EXPECT_EQ(typed("boolean", "Yes"), "boolean");
  EXPECT_EQ(typed("jid", "romeo@example.org"), "string");
  EXPECT_EQ(typed("period", "2h"), "integer");
  EXPECT_EQ(typed("word", "one"), "string");
  EXPECT_EQ(typed("text", "one two"), "string");
  EXPECT_EQ(typed("red|green", "GREEN"), "string");
}

TEST_F(CommandArguments, ThatDoNotFitAreExplainedToTheSender) {
  const std::pair<const char*, const char*> cases[] = {
      {"integer", "7.5"}, {"integer", "x"}, {"number", "x"},    {"boolean", "maybe"}, {"jid", "romeo"},
      {"jid", "a@b/c"},   {"period", "10"}, {"period", "soon"}, {"word", "one two"},  {"red|green", "blue"},
  };
  for (const auto& [type, text] : cases) {
    EXPECT_THAT(typed(type, text), testing::AllOf(HasSubstr("a: expected "), HasSubstr("Usage: x <a>")))
        << type << text;
  }
}

TEST_F(CommandArguments, ThatAreMissingStayAbsent) {
  load(
      "P.command('x <a:integer> [<b:integer>]', 'X', function(cmd) cmd:reply(cmd.args.a + (cmd.args.b or 10) "
      ".. '') end)");
  EXPECT_EQ(call("x", "1"), "11");
  EXPECT_EQ(call("x", "1 2"), "3");
  EXPECT_EQ(call("x", ""), "Usage: x <a> [<b>]");
}

TEST_F(CommandArguments, OfAnUnknownTypeFailWhereTheyAreWritten) {
  EXPECT_THAT(load("\nP.command('x <a:colour>', 'X', function() end)"),
              testing::AllOf(HasSubstr("init.lua:3:"), HasSubstr("there is no type 'colour'")));
}

// What stood there besides would be no argument: nobody could say it, and nobody would know why.
TEST_F(CommandArguments, OfAUsageThatCannotBeMeantFailWhereTheyAreWritten) {
  const std::pair<const char*, const char*> cases[] = {
      {"away until <day>", "'until' is no argument"},
      {"away <day> please", "'please' is no argument"},
      {"away [<day>", "'[<day>' is no argument"},
      {"away <day>]", "'<day>]' is no argument"},
      {"away [<day> [<hour>]]", "'[<day>' is no argument"},
      {"away [<day>] <hour>", "<hour> stands behind [<day>]"},
  };
  for (const auto& [usage, why] : cases)
    EXPECT_THAT(load("\nP.command('" + std::string(usage) + "', 'X', function() end)"), testing::AllOf(HasSubstr("init.lua:3:"), HasSubstr(why)))
        << usage;
  EXPECT_EQ(load("P.command('away <day>  [<hour:integer>] ', 'X', function() end)"), "it loaded");
  EXPECT_EQ(call("away", ""), "Usage: away <day>  [<hour>]");
}

TEST_F(CommandArguments, AliasesCallTheSameAndAreNotInTheHelp) {
  load(
      "P.command('weather <place>', 'Tells', {aliases = {'w', 'forecast'}}, function(cmd) "
      "cmd:reply(cmd.args.place) end)\n"
      "P.command('help', 'This', function(cmd) cmd:reply(P.help()) end)");
  EXPECT_THAT(ready.commands, SizeIs(4));
  EXPECT_EQ(call("w", "Verona"), "Verona");
  EXPECT_EQ(call("forecast", ""), "Usage: forecast <place>");
  EXPECT_EQ(call("help", ""), "weather <place> \xe2\x80\x93 Tells\nhelp \xe2\x80\x93 This");
  EXPECT_THAT(load("P.command('a', 'A', {aliases = {'b!'}}, function() end)"),
              HasSubstr("expected a name first"));
  EXPECT_THAT(load("P.command('a', 'A', {aliases = 'b'}, function() end)"),
              HasSubstr("expected a list of names"));
}

// case 212
TEST_F(CommandArguments, StandWhateverAPluginDoesToItsLibraries) {
  load(
      "string.match, string.gsub, tonumber, math.tointeger = nil\n"
      "P.command('x <a:integer>', 'X', function(cmd) cmd:reply('got ' .. cmd.args.a) end)");
  EXPECT_EQ(call("x", "7"), "got 7");
}

TEST_F(CommandArguments, PeriodsAreReadAsPeopleWriteThem) {
  load("P.command('x <a>', 'X', function(cmd) cmd:reply(tostring(P.period(cmd.args.a))) end)");
  const std::pair<const char*, const char*> cases[] = {
      {"90s", "90"},    {"10m", "600"},    {"2h30m", "9000"},   {"7d", "604800"},
      {"1w", "604800"}, {"1500ms", "1.5"}, {"1h 30 m", "5400"}, {"0s", "0"}};
  for (const auto& [text, seconds] : cases) EXPECT_EQ(call("x", text), seconds) << text;
  for (const char* const text : {"10", "5y", "m", "-5m", "10m and more", "9999999999999s"})
    EXPECT_THAT(call("x", text), HasSubstr("expected a period")) << text;
}

}  // namespace
}  // namespace omegate::worker
