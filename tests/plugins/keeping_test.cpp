// What plugins keep: P.kv, as their handlers see it.
#include <gmock/gmock.h>

#include "bridge/core/plugin/limits.hpp"
#include "tests/plugins/bench.hpp"

namespace {

using omegate::plugin::KvRead;
using omegate::test::PluginBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

/// `body` runs for each message, with `ev` and the space `s`.
PluginBench handler(const std::string& body) {
  return PluginBench("local P = ...\nlocal s = P.kv \"s\"\nP.on('message', function(ev)\n" + body + "\nend)");
}

TEST(Keeping, AValueIsThereForTheNextEvent) {
  auto bench = handler("local n = s:get('n', 0) + 1 s:put('n', n) ev:reply('' .. n)");
  EXPECT_EQ(bench.says("x").reply(), "1");
  EXPECT_EQ(bench.says("x").reply(), "2");
  EXPECT_THAT(bench.kept, ElementsAre(Pair("s/n", "2")));
}

TEST(Keeping, TakesWhateverJsonHolds) {
  auto bench = handler(R"(
    s:put("t", { list = P.json.array {}, deep = { yes = true } }) s:put("s", "text")
    local t = s:get("t")
    ev:reply(P.json.encode(t.list) .. tostring(t.deep.yes) .. s:get("s")))");
  EXPECT_EQ(bench.says("x").reply(), "[]truetext");
}

TEST(Keeping, AHandlerSeesItsOwnWritesAndTheGatewayIsAskedOncePerKey) {
  auto bench = handler(R"(
    local before = s:get("a", "none")
    s:put("a", "mine") s:put("b", "new") s:delete("gone")
    ev:reply(before .. " " .. s:get("a") .. " " .. s:get("b") .. " " .. tostring(s:get("gone")) .. " " .. table.concat(s:keys(), ",")))");
  bench.kept = {{"s/gone", "1"}, {"s/a", "\"old\""}};
  EXPECT_EQ(bench.says("x").reply(), "old mine new nil a,b");
  EXPECT_THAT(bench.reads, ElementsAre(KvRead{"s/a", "version of \"old\""}));
}

TEST(Keeping, NothingOfAFailedHandlerStays) {
  auto bench = handler("s:put('a', 1) if ev.text == 'bad' then error('oops') end ev:reply('fine')");
  EXPECT_THAT(bench.says("bad").failure, HasSubstr("oops"));
  EXPECT_TRUE(bench.kept.empty());
  EXPECT_EQ(bench.says("good").reply(), "fine");
  EXPECT_EQ(bench.kept.size(), 1U);
}

TEST(Keeping, SpacesDoNotSeeEachOther) {
  PluginBench bench(R"(local P = ...
    local a, b = P.kv "a", P.kv "ab"
    P.on("message", function(ev) a:put("x", 1) ev:reply(b:count() .. "," .. a:count()) end))");
  bench.kept = {{"ab/x", "1"}, {"ab/y", "1"}};
  EXPECT_EQ(bench.says("x").reply(), "2,1");
}

TEST(Keeping, ScansGoByPagesAndPrefixes) {
  auto bench = handler(R"(
    s:delete("k/003") s:put("k/0055", 0)
    local first, after = s:keys { prefix = "k/", limit = 3 }
    local second = s:keys { prefix = "k/", after = after, limit = 3 }
    local sum = 0
    for key, value in s:each("k/") do sum = sum + value end
    ev:reply(table.concat(first, ",") .. " " .. table.concat(second, ",") .. " " .. s:count("k/") .. " " .. sum))");
  for (int i = 1; i <= 250; ++i) {
    const std::string number = std::to_string(1000 + i).substr(1);
    bench.kept["s/k/" + number] = "1";
  }
  bench.kept["s/other"] = "1";
  EXPECT_EQ(bench.says("x").reply(), "k/001,k/002,k/004 k/005,k/0055,k/006 250 249");
}

TEST(Keeping, CountsAndExpires) {
  auto bench = handler(
      "s:add('hits') s:add('hits', 5) ev:reply(tostring(s:expire('hits', '10m')) .. tostring(s:expire('no', "
      "1)))");
  EXPECT_EQ(bench.says("x").reply(), "truefalse");
  EXPECT_EQ(bench.kept.at("s/hits"), "6");
}

TEST(Keeping, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"s:put('', 1)", "key: expected a text"},
      {"s:put('k')", "there is :delete"},
      {"s:put('k', 1, {expires = 3})", "unknown option 'expires'"},
      {"s:put('k', 1, {expires_in = 0})", "from 1 second to 10 years"},
      {"s:put('k', 1, {expires_in = 'soon'})", "expected a period"},
      {"s:put(('k'):rep(600), 1)", "512 bytes at most"},
      {"s:put('k', ('x'):rep(70000))", "64 KiB"},
      {"s:put('k', print_me)", "undefined variable"},
      {"s:put('k', 'x') s:add('k')", "'k' is not a number"},
      {"P.kv 'late'", "while the plugin loads"},
      {"for i = 1, 1001 do s:put('k', 1) end", "1000"},
      {"for i = 1, 20 do s:put('k' .. i, ('x'):rep(60000)) end", "1 MiB at most"},
  };
  for (const auto& [body, why] : cases) EXPECT_THAT(handler(body).says("x").failure, HasSubstr(why)) << body;
  EXPECT_THROW(PluginBench("local P = ...\nP.kv 'with blank'"), std::runtime_error);
  EXPECT_THROW(PluginBench("local P = ...\nP.kv('s'):get('too early')"), std::runtime_error);
}

}  // namespace
