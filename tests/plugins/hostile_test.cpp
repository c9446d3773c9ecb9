// Plugins that want to hurt the gateway, in real worker processes: each attack ends in time, and the next
// event works.
#include <gmock/gmock.h>

#include <chrono>

#include "tests/plugins/host_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using omegate::gateway::Outcome;
using omegate::gateway::PluginStatus;
using omegate::gateway::PluginTimes;
using omegate::test::HostBench;
using testing::AnyOf;
using testing::HasSubstr;

constexpr PluginTimes times{.load = 10s, .handler = 1500ms, .first_pause = 1ms, .longest_pause = 4ms};

/// Both the worker of this build and one without sanitizers, where memory and system calls are bounded too.
struct HostileTest : testing::TestWithParam<const char*> {
  std::filesystem::path worker() const { return std::filesystem::path(OMEGATE_BINARY_DIR) / GetParam(); }

  void expect_harmless(const std::string& attack) {
    HostBench bench("P.on('message', function(ev)\n  if ev.text == 'attack' then\n" + attack +
                        "\n  end\n  ev:reply('alive')\nend)",
                    worker(), times);
    ASSERT_EQ(bench.run(bench.host.start()).state, PluginStatus::State::ready) << attack;
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome = bench.says("attack");
    EXPECT_THAT(outcome.kind, AnyOf(Outcome::Kind::failed, Outcome::Kind::killed)) << attack;
    EXPECT_NE(outcome.error, "") << attack;
    EXPECT_TRUE(outcome.effects.empty()) << attack;
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s) << attack;
    const Outcome next = bench.says("hello");
    EXPECT_EQ(next.kind, Outcome::Kind::done) << attack << "\n" << outcome.error << "\n" << next.error;
  }
};

// case 208
TEST_P(HostileTest, EndlessLoop) { expect_harmless("while true do end"); }
// case 208
TEST_P(HostileTest, EndlessLoopThatCatches) {
  expect_harmless("while true do pcall(function() while true do end end) end");
}
TEST_P(HostileTest, LoopThatCatchesInC) {
  expect_harmless("while true do pcall(pcall, pcall, string.rep, 'x', 100) end");
}
// case 209
TEST_P(HostileTest, PatternThatBacktracks) {
  expect_harmless("string.find(('a'):rep(60), ('a*'):rep(30) .. 'b')");
}
TEST_P(HostileTest, ExpressionsWithoutEnd) {
  expect_harmless("local all = {} for i = 1, 100000 do all[i] = P.re(('(a|b)?'):rep(30) .. i) end");
}
TEST_P(HostileTest, ExpressionsOnLargeTexts) {
  expect_harmless("local re, text = P.re('(x?[à-ÿ]{1,9})*y'), ('ä'):rep(500000) while true do pcall(re.replace, re, text, '{0}{0}') end");
}
// case 209
TEST_P(HostileTest, EndlessMove) { expect_harmless("table.move({}, 1, 1000000000000, 2)"); }
// case 208
TEST_P(HostileTest, EndlessSort) {
  expect_harmless(
      "local t = {} for i = 1, 300000 do t[i] = i end while true do pcall(table.sort, t, function() return "
      "true end) end");
}
// case 210
TEST_P(HostileTest, StringBomb) {
  expect_harmless("local s = ('x'):rep(1 << 20) while true do s = s .. s end");
}
TEST_P(HostileTest, StringBombThatCatches) {
  expect_harmless(
      "local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(1 << 20) .. #t end) end");
}
// case 210
TEST_P(HostileTest, TableBomb) { expect_harmless("local t = {} for i = 1, math.huge do t[i] = {t} end"); }
// case 210
TEST_P(HostileTest, JsonBomb) {
  expect_harmless(
      "local t = {} for i = 1, 200000 do t[i] = 'xxxxxxxxxxxxxxxxxxxx' end while true do P.json.encode(t) "
      "end");
}
TEST_P(HostileTest, TemplateBomb) {
  expect_harmless("local x = ('x'):rep(1 << 20) while true do P.template(('{x}'):rep(100000), {x = x}) end");
}
// case 210
TEST_P(HostileTest, CoroutineBomb) {
  expect_harmless(
      "local function f() coroutine.wrap(f)() end f()\n"
      "local t = {} while true do t[#t + 1] = coroutine.create(f) end");
}
// case 213
TEST_P(HostileTest, DeepRecursion) { expect_harmless("local function f(n) return f(n + 1) + 1 end f(1)"); }
// case 213
TEST_P(HostileTest, RecursionThatCatches) {
  expect_harmless("local function f() pcall(f) pcall(f) end while true do f() end");
}
// case 216
TEST_P(HostileTest, OutputBomb) { expect_harmless("while true do ev:reply(('x'):rep(1000)) end"); }
// case 216
TEST_P(HostileTest, OutputBombThatCatches) {
  expect_harmless("while true do pcall(ev.reply, ev, ('x'):rep(1000)) end");
}
TEST_P(HostileTest, LogBomb) { expect_harmless("while true do P.log.info(('x'):rep(100000)) end"); }
// case 217
TEST_P(HostileTest, ForeignRecipient) { expect_harmless("P.send('romeo@example.org', 'psst')"); }
// case 133
// case 217
TEST_P(HostileTest, ForeignAccount) { expect_harmless("P.send(ev.from, 'psst', {account = 'other'})"); }
// case 213
TEST_P(HostileTest, ErrorWithoutAText) { expect_harmless("error(setmetatable({}, {__tostring = error}))"); }
TEST_P(HostileTest, FinalizerThatLoops) {
  expect_harmless("setmetatable({}, {__gc = function() while true do end end})");
}
TEST_P(HostileTest, CloseThatLoops) {
  expect_harmless(
      "local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x')");
}

// Nothing that a library sets up late is one of the calls that end the process.
TEST_P(HostileTest, WhatIsNotWrittenInLuaWorksInTheCage) {
  HostBench bench(R"lua(local ticket = P.re("(?i)\\b([a-z]{2,10})-(\\d+)")
P.on('message', function(ev)
  local found = ticket:match(ev.text)
  ev:reply(found[1] .. " " .. P.hash.sha256("abc"):sub(1, 8) .. " " .. P.hash.sha512("abc"):sub(1, 8) .. " " ..
    P.hash.hmac_sha256("key", "text"):sub(1, 8) .. " " .. P.base64.encode("tea") .. " " .. P.hex.decode("746561") ..
    (P.base64.decode("!") or "-") .. ticket:replace(("AB-1 ä "):rep(1000), "", 1):sub(1, 4))
end))lua",
                  worker(), times);
  ASSERT_EQ(bench.run(bench.host.start()).state, PluginStatus::State::ready) << bench.run(bench.host.status()).last_error;
  const Outcome outcome = bench.says("see Ops-17");
  ASSERT_EQ(outcome.kind, Outcome::Kind::done) << outcome.error;
  EXPECT_EQ(std::get<omegate::plugin::Send>(outcome.effects.at(0)).text, "Ops ba7816bf ddaf35a1 6afa9046 dGVh tea- ä ");
}

TEST_P(HostileTest, LoopWhileLoading) {
  PluginTimes hasty = times;
  hasty.load = 300ms;
  HostBench bench("while true do pcall(string.rep, 'x', 100) end", worker(), hasty);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, PluginStatus::State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr("no answer within 300 ms"));
  EXPECT_EQ(bench.says("hello").kind, Outcome::Kind::unavailable);
}

TEST_P(HostileTest, ErrorWhileLoading) {
  HostBench bench("\nlocal x = nil + 1", worker(), times);
  const auto status = bench.run(bench.host.start());
  EXPECT_EQ(status.state, PluginStatus::State::quarantined);
  EXPECT_THAT(status.last_error, HasSubstr("init.lua:3: attempt to perform arithmetic on a nil value"));
  EXPECT_THAT(status.last_error, HasSubstr("  >    3 | local x = nil + 1"));
}

constexpr const char* workers[] = {"omegate-plugin-worker", "tests/plain_plugin_worker"};

std::string of_which(const testing::TestParamInfo<const char*>& worker) {
  return worker.index == 0 ? "OfThisBuild" : "WithoutSanitizers";
}

INSTANTIATE_TEST_SUITE_P(Workers, HostileTest, testing::ValuesIn(workers), of_which);

}  // namespace
