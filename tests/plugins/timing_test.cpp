// Times, timers, schedules and questions as handlers see them.
#include <gmock/gmock.h>

#include "tests/plugins/bench.hpp"

namespace {

using omegate::plugin::Answer;
using omegate::plugin::TrustLevel;
using omegate::test::PluginBench;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

PluginBench handler(const std::string& body) {
  return PluginBench(
      "local P = ...\nP.on_timer('t', function(ev) ev:reply('ring ' .. tostring(ev.state)) end)\n"
      "P.on('message', function(ev)\n" +
      body + "\nend)");
}

std::string says(const std::string& body) { return handler(body).says("x").reply(); }

TEST(Times, HaveParts) {
  EXPECT_EQ(says(R"(local t = P.time.parts(1790000000000)
    ev:reply(("%d-%d-%d %d:%d:%d %d %d"):format(t.year, t.month, t.day, t.hour, t.minute, t.second, t.weekday, t.offset)))"),
            "2026-9-21 14:13:20 1 0");
  EXPECT_EQ(
      says("local t = P.time.parts(1790000000000, 'Europe/Berlin') ev:reply(t.hour .. ' ' .. t.offset)"),
      "16 7200");
  EXPECT_EQ(says("ev:reply(P.time.format(-1, '%Y-%m-%d %H:%M:%S'))"), "1969-12-31 23:59:59");
}

TEST(Times, AreMadeOfParts) {
  EXPECT_EQ(says("ev:reply('' .. P.time.from { year = 2026, month = 9, day = 21, hour = 14, minute = 13, "
                 "second = 20 })"),
            "1790000000000");
  EXPECT_EQ(says("ev:reply('' .. P.time.from({ year = 2026, month = 7, day = 1, hour = 9 }, 'Europe/Berlin') "
                 "// 3600000 % 24)"),
            "7");
  EXPECT_EQ(says("ev:reply(P.time.format(P.time.from { year = 2024, month = 14, day = 30 }, '%Y-%m-%d'))"),
            "2025-03-02");
}

TEST(Times, GoThereAndBackOverFourCenturies) {
  EXPECT_EQ(says(R"(
    for count = -73000, 73000, 37 do
      local ms = count * 86400000
      local t = P.time.parts(ms)
      if P.time.from(t) ~= ms then return ev:reply("wrong: " .. count) end
    end
    ev:reply("right"))"),
            "right");
}

TEST(Times, AreWrittenForPeople) {
  EXPECT_EQ(says("ev:reply(P.time.format(1790000000000, '%A %a %B %b %e %% %d.%m.%Y %H:%M', 'UTC'))"),
            "Monday Mon September Sep 21 % 21.09.2026 14:13");
  EXPECT_EQ(says("ev:reply(tostring(P.time.is_zone('Europe/Berlin')) .. tostring(P.time.is_zone('Mars')) .. "
                 "tostring(P.time.is_zone(nil)))"),
            "truefalsefalse");
}

TEST(Timers, RingWithTheirStateForWhoeverCausedThem) {
  auto bench = handler("P.after('10m', 't', 'tea') ev:reply('ok')");
  bench.says("x");
  ASSERT_EQ(bench.timers.size(), 1U);
  EXPECT_EQ(bench.timers[0].first.due, bench.sender.time + std::chrono::minutes(10));
  const auto did = bench.rings();
  EXPECT_EQ(did.reply(), "ring tea");
  EXPECT_EQ(did.sent[0].to, "juliet@example.org");
}

TEST(Timers, HaveIdsOfTheirOwnUnlessTheyAreNamed) {
  auto bench =
      handler("local a, b = P.after(1, 't'), P.at(P.now_ms() + 5000, 't', {x = 1}) P.cancel(a) ev:reply(b)");
  EXPECT_EQ(bench.says("x").reply(), "event-1/1");
  EXPECT_EQ(bench.timers.size(), 1U);
  auto named = handler("P.after('1h', 't', ev.text, { id = 'one' }) ev:reply('ok')");
  named.says("first");
  named.says("second");
  EXPECT_EQ(named.timers.size(), 1U);
  EXPECT_EQ(named.rings().reply(), "ring second");
}

TEST(Timers, SayWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"P.after('10m', 'nobody')", "there is no P.on_timer(\"nobody\""},
      {"P.after('soon', 't')", "expected a period"},
      {"P.after('10m')", "expected the name of a P.on_timer handler"},
      {"P.at(P.now_ms())", "expected the name of a P.on_timer handler"},
      {"P.at('tomorrow', 't')", "expected milliseconds since 1970"},
      {"P.at(1e18, 't')", "1970 to 9999"},
      {"P.after('10m', 't', nil, { ident = 1 })", "unknown option 'ident'"},
      {"P.after('10m', 't', ('x'):rep(20000))", "16 KiB"},
      {"P.time.parts(0, 'Mars')", "there is no time zone 'Mars'"},
      {"P.time.from { year = 'x' }", "year: expected a whole number"},
      {"P.time.format(0, '%Q')", "there is no %Q"},
      {"P.time.format(0, '%Y', 'Mars')", "there is no time zone 'Mars'"},
      {"P.every('1h', function() end)", "while the plugin loads"},
  };
  for (const auto& [body, why] : cases)
    EXPECT_THAT(handler(body).says("x").failure, AllOf(StartsWith("init.lua:4: "), HasSubstr(why))) << body;
}

TEST(Schedules, AreRegisteredAndRun) {
  PluginBench bench(R"(local P = ...
    P.every("90s", function(ev) P.send("a@example.org", "period") end)
    P.cron("0 9 * * 1-5", { zone = "Europe/Berlin", name = "work" }, function(ev) P.send("a@example.org", "work") end))");
  ASSERT_EQ(bench.ready.schedules.size(), 2U);
  EXPECT_EQ(bench.ready.schedules[0].name, "every 90s");
  EXPECT_EQ(bench.ready.schedules[0].every, std::chrono::seconds(90));
  EXPECT_EQ(bench.ready.schedules[1].zone, "Europe/Berlin");
  EXPECT_EQ(bench.ticks("every 90s").reply(), "period");
  EXPECT_EQ(bench.ticks("work").reply(), "work");
  EXPECT_THAT(bench.ticks("gone").failure, HasSubstr("no schedule 'gone'"));
}

TEST(Schedules, AreRefusedWhenTheyAreNone) {
  const auto refused = [](const std::string& line) {
    try {
      PluginBench bench("local P = ...\n" + line);
      return std::string("it loaded");
    } catch (const std::exception& failure) {
      return std::string(failure.what());
    }
  };
  EXPECT_THAT(refused("P.cron('0 9 * *', function() end)"), AllOf(HasSubstr("init.lua:2: P.cron: expected minute"), HasSubstr("found '0 9 * *'")));
  EXPECT_THAT(refused("P.time.is_zone('UTC')"), HasSubstr("init.lua:2: P.time works inside a handler only"));
  EXPECT_THAT(refused("P.time.format(0, '%Y')"), HasSubstr("init.lua:2: P.time works inside a handler only"));
  EXPECT_THAT(refused("P.every('0s', function() end)"), HasSubstr("1 second to a year"));
  EXPECT_THAT(refused("P.every('1h', function() end) P.every('1h', function() end)"),
              HasSubstr("give this one a name"));
  EXPECT_THAT(refused("P.every('1h')"), HasSubstr("expected a function"));
  EXPECT_THAT(refused("P.on_timer('a', function() end) P.on_timer('a', function() end)"),
              HasSubstr("already"));
}

TEST(Questions, BringTheirStateAndTheAnswer) {
  PluginBench bench(R"(local P = ...
    P.on_answer("size", function(ev)
      if ev.timeout then return ev:reply("too late") end
      ev:reply(tostring(ev.yes) .. tostring(ev.no) .. " " .. ev.state.what .. " " .. ev.text)
    end)
    P.command("order <what>", "", function(cmd) cmd:ask("Large?", "size", { what = cmd.args.what }, "2m", { min_trust = "trusted" }) end))");
  EXPECT_EQ(bench.says("order tea").reply(), "Large?");
  ASSERT_TRUE(bench.question);
  EXPECT_EQ(bench.question->patience, std::chrono::minutes(2));
  EXPECT_EQ(bench.question->min_trust, TrustLevel::trusted);
  EXPECT_EQ(bench.answers(" Yes! ").reply(), "truefalse tea  Yes! ");
  bench.says("order tea");
  EXPECT_EQ(bench.answers("no.").reply(), "falsetrue tea no.");
  bench.says("order tea");
  EXPECT_EQ(bench.answers("yes or no?").reply(), "falsefalse tea yes or no?");
  bench.says("order tea");
  EXPECT_EQ(bench.answers("", Answer::Outcome::timeout).reply(), "too late");
}

TEST(Questions, MayGoToSomebodyWhoSaidNothing) {
  PluginBench bench(R"(local P = ...
    P.on_answer("plan", function(ev) ev:reply(ev.text .. " " .. ev.state) end)
    P.every("1h", { name = "tick" }, function() P.ask("juliet@example.org", "What now?", "plan", 7, "2m", { account = "bot", min_trust = "trusted" }) end)
    P.command("wrong", "", function() P.ask(nil, "What now?", "plan") end)
    P.command("nobody", "", function() P.ask("a@example.org", "What now?", "other") end))");
  const auto asked = bench.ticks("tick");
  EXPECT_EQ(asked.reply(), "What now?");
  EXPECT_EQ(asked.sent[0].to, "juliet@example.org");
  EXPECT_EQ(asked.sent[0].min_trust, TrustLevel::trusted);
  ASSERT_TRUE(bench.question);
  EXPECT_EQ(bench.question->to, "juliet@example.org");
  EXPECT_EQ(bench.question->account, "bot");
  EXPECT_EQ(bench.question->patience, std::chrono::minutes(2));
  EXPECT_EQ(bench.question->min_trust, TrustLevel::trusted);
  EXPECT_EQ(bench.answers("tests").reply(), "tests 7");
  EXPECT_THAT(bench.says("wrong").failure, AllOf(StartsWith("init.lua:4: "), HasSubstr("P.ask: expected a bare JID, found nil")));
  EXPECT_THAT(bench.says("nobody").failure, AllOf(StartsWith("init.lua:5: "), HasSubstr("there is no P.on_answer(\"other\"")));
}

TEST(Questions, NeedSomebodyAndAHandler) {
  EXPECT_THAT(handler("ev:ask('?', 'nobody')").says("x").failure,
              HasSubstr("there is no P.on_answer(\"nobody\""));
  PluginBench bench(R"(local P = ...
    P.on_answer("a", function() end)
    P.every("1h", { name = "tick" }, function(ev) ev:ask("Who?", "a") end))");
  EXPECT_THAT(bench.ticks("tick").failure, HasSubstr("nobody sent this event"));
}

TEST(CarefulCommands, AskFirstAndKeepTheirArguments) {
  PluginBench bench(R"(local P = ...
    P.command("wipe <host:word> [<count:integer>]", "", { confirm = "Wipe {args.host}?", min_trust = "trusted", role = "admin", cooldown = "30s", aliases = { "w" } },
      function(cmd) cmd:reply("wiped " .. cmd.args.host .. " " .. math.type(cmd.args.count) .. " " .. cmd.rest) end))");
  ASSERT_EQ(bench.ready.commands.size(), 2U);
  EXPECT_EQ(bench.ready.commands[0].role, "admin");
  EXPECT_EQ(bench.ready.commands[1].cooldown, std::chrono::seconds(30));
  bench.sender.trust = TrustLevel::trusted;
  EXPECT_EQ(bench.says("wipe web1 2").reply(), "Wipe web1? (yes or no)");
  EXPECT_EQ(bench.question->min_trust, TrustLevel::trusted);
  EXPECT_EQ(bench.answers("yes").reply(), "wiped web1 integer web1 2");
  bench.says("w web2");
  EXPECT_EQ(bench.answers("hm").reply(), "wipe was not done.");
  EXPECT_THAT(bench.says("wipe web1 many").failure, HasSubstr("expected a whole number"));
  EXPECT_FALSE(bench.question) << "what is wrong is not asked about";
}

}  // namespace
