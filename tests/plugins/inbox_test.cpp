// Events that are with a plugin before the last one is answered, and what each of them waits for. With the worker of this
// build.
#include <gmock/gmock.h>

#include <chrono>
#include <numeric>

#include "bridge/edge/store/durations.hpp"
#include "tests/plugins/inbox_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using namespace omegate;
namespace asio = boost::asio;
using gateway::PluginTimes;
using test::InboxBench;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr PluginTimes times{.load = 20s, .handler = 2s, .first_pause = 1ms, .longest_pause = 4ms};

std::filesystem::path worker() { return std::filesystem::path(OMEGATE_BINARY_DIR) / "omegate-plugin-worker"; }

// "hang" stays inside one call of a library, where no budget of instructions ends it: only the deadline does.
constexpr const char* everything = R"(
  local kept = P.kv "kept"
  local does = {
    say = function(ev, what) ev:reply("said " .. what) end,
    nothing = function() end,
    fail = function() error("this plugin is broken") end,
    refuse = function() P.fail("no") end,
    later = function() P.retry("10s", "not now") end,
    hang = function() string.find(("a"):rep(60), ("a*"):rep(30) .. "b") end,
    keep = function(_, what) kept:put(what, true) end,
    count = function(ev) ev:reply("number " .. kept:add("count")) end,
    buy = function(ev) ev:reply("bought " .. P.fetch("shop", "/").status) end,
    time = function() P.after("1m", "kettle") end,
    tell = function() P.publish("news", { all = "well" }) end,
    write = function() P.mail { to = "juliet@example.net", subject = "x", text = "y" } end,
    type = function(ev) P.typing(ev.from, true) end,
  }
  P.on_timer("kettle", function() end)
  P.on("message", function(ev)
    local what, rest = ev.text:match("^(%a+) ?(.*)$")
    does[what](ev, rest)
  end))";

asio::awaitable<plugin::Fetched> sold() {
  plugin::Fetched fetched{200, {}, "ok"};
  co_return fetched;
}

// case 222
TEST(Inbox, ManyEventsOfSeveralPeopleEndOnceEachAndInTheirOrder) {
  InboxBench bench(everything, worker(), times);
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    for (const char* const name : {"juliet", "romeo", "nurse"}) bench.says(name, "say " + std::to_string(i));
    expected.push_back("said " + std::to_string(i));
  }
  bench.start();
  bench.until("all are handled", [&] { return bench.rows().empty(); });
  for (const char* const name : {"juliet", "romeo", "nurse"}) EXPECT_EQ(bench.told(name), expected) << name;
}

// case 214
TEST(Inbox, WhatIsBehindAFailureWaitsForItAndNobodyElse) {
  InboxBench bench(everything, worker(), times);
  for (const char* const text : {"say 0", "say 1", "fail", "say 2", "count"}) bench.says("juliet", text);
  for (const char* const text : {"say 3", "say 4", "count"}) bench.says("romeo", text);
  bench.start();
  bench.until("the others are handled", [&] {
    const auto rows = bench.rows();
    return rows.size() == 3 && !rows[0].error.empty() && rows[0].event.attempts == 1;
  });
  EXPECT_THAT(bench.rows()[0].error, HasSubstr("this plugin is broken"));
  EXPECT_THAT(bench.told("juliet"), ElementsAre("said 0", "said 1")) << "what ran behind the failure counts for nothing";
  EXPECT_THAT(bench.told("romeo"), ElementsAre("said 3", "said 4", "number 1"));
  const auto failing = bench.rows()[0].event.id;
  bench.store.run([&](store::Tables& tables) { tables.inbox.drop(failing, bench.now); });
  bench.inbox.kick();
  bench.until("the rest follows", [&] { return bench.rows().empty(); });
  EXPECT_THAT(bench.told("juliet"), ElementsAre("said 0", "said 1", "said 2", "number 2"));
}

// case 209
TEST(Inbox, AWorkerThatIsKilledTakesOnlyTheEventThatItWasAt) {
  InboxBench bench(everything, worker(), times);
  for (int i = 0; i < 12; ++i) bench.says("p" + std::to_string(i), i == 5 ? "hang" : "say " + std::to_string(i));
  bench.start();
  bench.until("all others are handled", [&] {
    const auto rows = bench.rows();
    return rows.size() == 1 && !rows[0].error.empty();
  });
  EXPECT_THAT(bench.rows()[0].error, HasSubstr("no answer within 2 s"));
  EXPECT_EQ(bench.rows()[0].event.attempts, 1);
  for (int i = 0; i < 12; ++i) {
    const std::vector<std::string> once(i == 5 ? 0 : 1, "said " + std::to_string(i));
    EXPECT_EQ(bench.told("p" + std::to_string(i)), once) << i;
  }
  EXPECT_EQ(bench.status().failures, 1u);
  EXPECT_EQ(bench.status().restarts, 1u);
}

// It is no conflict, which would end well, too, when each handler has run twice.
TEST(Inbox, WhoReadsSeesWhatTheEventBeforeKept) {
  InboxBench bench(everything, worker(), times);
  for (int i = 0; i < 30; ++i) bench.says("p" + std::to_string(i), "count");
  bench.start();
  bench.until("all are handled", [&] { return bench.rows().empty(); });
  for (int i = 0; i < 30; ++i) EXPECT_THAT(bench.told("p" + std::to_string(i)), ElementsAre("number " + std::to_string(i + 1)));
  EXPECT_LT(bench.status().handled, 45u);
}

TEST(Inbox, ARequestGoesOutWhenWhatWasBeforeItsEventIsStored) {
  InboxBench bench(everything, worker(), times);
  std::vector<std::size_t> kept;
  bench.fetch = [&](gateway::FetchAsk) -> asio::awaitable<plugin::Fetched> {
    const std::size_t keys = co_await bench.store.transact_without_sync([](store::Tables& tables) { return tables.kv.usage("bench").keys; });
    kept.push_back(keys);
    plugin::Fetched fetched{200, {}, "ok"};
    co_return fetched;
  };
  for (int i = 0; i < 6; ++i) {
    bench.says("p" + std::to_string(i), "say hello");
    bench.says("romeo", "keep " + std::to_string(i));
    bench.says("q" + std::to_string(i), "buy");
  }
  bench.start();
  bench.until("all are handled", [&] { return bench.rows().empty(); });
  EXPECT_THAT(kept, ElementsAre(1u, 2u, 3u, 4u, 5u, 6u)) << "each sees what was kept just before, and nothing of later";
  for (const char* const name : {"q0", "q1", "q2", "q3", "q4", "q5"}) EXPECT_THAT(bench.told(name), ElementsAre("bought 200"));
}

// case 214
TEST(Inbox, NoRequestGoesOutBehindAFailureOfItsConversation) {
  InboxBench bench(everything, worker(), times);
  int requests = 0;
  bench.fetch = [&](gateway::FetchAsk) {
    ++requests;
    return sold();
  };
  for (const char* const text : {"say 0", "say 1", "fail", "buy", "buy"}) bench.says("juliet", text);
  for (const char* const text : {"say 0", "say 1", "later", "buy", "buy"}) bench.says("romeo", text);
  bench.start();
  bench.until("they wait", [&] {
    const auto rows = bench.rows();
    return rows.size() == 6 && !rows[0].error.empty() && rows[3].due > bench.now;
  });
  bench.says("nurse", "say done");
  bench.until("somebody else is answered", [&] { return bench.rows().size() == 6; });
  EXPECT_EQ(requests, 0);
}

std::uint64_t waits_for_the_disk() {
  const store::Durations commits = store::durations(store::Span::commit);
  return std::accumulate(commits.counts.begin(), commits.counts.end(), std::uint64_t{0});
}

// A power cut must not take back what a handler kept, or was answered: the end of its event is on the disk with it. Messages
// are on the disk before anybody sees them, in the commit of their seal.
// case 138
TEST(Inbox, WhatAHandlerKeepsWaitsForTheDiskOnceAndWhatItSaysNever) {
  struct {
    const char* text;
    std::uint64_t waits;
  } const all[] = {{"say hello", 0}, {"nothing", 0}, {"keep it", 1}, {"count", 1}, {"time", 1}, {"tell", 1}, {"write", 1},
                   {"type", 1},      {"refuse", 1},  {"buy", 1},     {"say bye", 0}};
  InboxBench bench(everything, worker(), times);
  bench.fetch = [](gateway::FetchAsk) { return sold(); };
  bench.start();
  for (const auto& [text, waits] : all) {
    bench.says("juliet", text);
    const std::uint64_t before = waits_for_the_disk();
    bench.until("it is handled", [&] { return bench.rows().empty(); });
    EXPECT_EQ(waits_for_the_disk() - before, waits) << text;
  }
  EXPECT_THAT(bench.rows(), IsEmpty());
}

}  // namespace
