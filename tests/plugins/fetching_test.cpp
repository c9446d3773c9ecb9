// What plugins ask of other servers: P.fetch, as their handlers see it.
#include <gmock/gmock.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bridge/edge/store/error.hpp"
#include "tests/plugins/bench.hpp"
#include "tests/plugins/host_bench.hpp"
#include "test_places.hpp"

namespace {

using namespace std::chrono_literals;
using namespace omegate;
using test::HostBench;
using test::PluginBench;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::SizeIs;

/// `body` runs for each message, with `ev`.
PluginBench handler(const std::string& body) {
  return PluginBench("local P = ...\nP.on('message', function(ev)\n" + body + "\nend)");
}

TEST(Fetching, AsksAndReadsJson) {
  auto bench = handler(R"(
    local r = P.fetch("shop", "/orders", { query = { state = "open", id = { 1, 2 }, ["a b"] = "ä&" } })
    ev:reply(("%s %d %s %s"):format(r.ok, r.status, r.headers["content-type"], r:json().count)))");
  bench.response = {200, {{"content-type", "application/json"}}, R"({"count": 3})"};
  EXPECT_EQ(bench.says("x").reply(), "true 200 application/json 3");
  ASSERT_THAT(bench.requests, SizeIs(1));
  EXPECT_EQ(bench.requests[0].host, "shop");
  EXPECT_EQ(bench.requests[0].method, "GET");
  EXPECT_EQ(bench.requests[0].path, "/orders?a%20b=%C3%A4%26&id=1&id=2&state=open");
  EXPECT_EQ(bench.requests[0].timeout, 10s);
  EXPECT_EQ(bench.requests[0].retries, std::nullopt);
}

TEST(Fetching, SendsJsonFormsAndText) {
  auto bench = handler(R"(
    P.fetch("shop", "/a", { json = { a = 1 } })
    P.fetch("shop", "/b", { form = { b = "x y", a = "1" }, method = "put" })
    P.fetch("shop", "/c", { body = "text", headers = { ["Content-Type"] = "text/csv", ["X-Number"] = 5 }, timeout = "1500ms",
                            retries = 1, max_size = 100 })
    P.fetch("shop", nil, { json = {}, headers = { ["content-type"] = "application/problem+json" } }))");
  EXPECT_EQ(bench.says("x").failure, "");
  ASSERT_THAT(bench.requests, SizeIs(4));
  EXPECT_EQ(bench.requests[0].method, "POST");
  EXPECT_EQ(bench.requests[0].body, R"({"a":1})");
  EXPECT_THAT(bench.requests[0].headers, ElementsAre(Pair("Content-Type", "application/json")));
  EXPECT_EQ(bench.requests[1].method, "PUT");
  EXPECT_EQ(bench.requests[1].body, "a=1&b=x%20y");
  EXPECT_THAT(bench.requests[2].headers,
              testing::UnorderedElementsAre(Pair("Content-Type", "text/csv"), Pair("X-Number", "5")));
  EXPECT_EQ(bench.requests[2].timeout, 1500ms);
  EXPECT_EQ(bench.requests[2].retries, 1);
  EXPECT_EQ(bench.requests[2].max_size, 100u);
  EXPECT_EQ(bench.requests[3].path, "");
  EXPECT_THAT(bench.requests[3].headers, SizeIs(1));
}

TEST(Fetching, SendsAFileOfAnEventAndKeepsOneToSendOn) {
  auto bench = handler(R"(
    local sent = P.fetch("shop", "/upload", { body_file = { handle = "12", name = "a.png" }, headers = { ["Content-Type"] = "image/png" } })
    local kept = P.fetch("shop", "/cat", { save_as = { name = "cat.png", media_type = "image/png" }, max_size = 5000000 })
    P.fetch("shop", "/cat", { save_as = "cat" })
    P.send("nurse@example.org", "", { files = { kept.file } })
    ev:reply(kept.file.name .. " " .. kept.file.media_type .. " " .. kept.file.size .. " " .. kept.file.state .. tostring(sent.final)))");
  bench.response = {200, {}, ""};
  bench.response.file = plugin::File{"34", "cat.png", "image/png", 7, "here"};
  const auto did = bench.says("x");
  ASSERT_EQ(did.failure, "");
  ASSERT_THAT(bench.requests, SizeIs(3));
  EXPECT_EQ(bench.requests[0].method, "POST");
  EXPECT_EQ(bench.requests[0].body_file, "12");
  EXPECT_EQ(bench.requests[0].save_as, std::nullopt);
  EXPECT_EQ(bench.requests[1].method, "GET");
  EXPECT_EQ(bench.requests[1].save_as, (plugin::SaveAs{"cat.png", "image/png"}));
  EXPECT_EQ(bench.requests[1].max_size, 5'000'000u);
  EXPECT_EQ(bench.requests[2].save_as, (plugin::SaveAs{"cat", ""}));
  EXPECT_EQ(bench.requests[2].max_size, plugin::max_fetch_file);
  EXPECT_THAT(did.sent.at(0).files, ElementsAre("34"));
  EXPECT_EQ(did.sent.at(1).text, "cat.png image/png 7 herefalse");
}

TEST(Fetching, TellsThatThereIsNoAnswer) {
  auto bench = handler(R"(local r = P.fetch("shop", "/") ev:reply(tostring(r.ok) .. r.status .. r.error .. #r.body))");
  bench.response = {};
  bench.response.error = "nobody listens";
  EXPECT_EQ(bench.says("x").reply(), "false0nobody listens0");
}

TEST(Fetching, JoinsHeadersOfOneName) {
  auto bench = handler(R"(ev:reply(P.fetch("shop", "/").headers.vary))");
  bench.response = {204, {{"vary", "a"}, {"vary", "b"}}};
  EXPECT_EQ(bench.says("x").reply(), "a, b");
}

TEST(Fetching, EncodesWhatMayNotStandInAPath) {
  auto bench = handler(R"(P.fetch("shop", "/a b/ä/50%25?x=\"y\""))");
  EXPECT_EQ(bench.says("x").failure, "");
  EXPECT_EQ(bench.requests.at(0).path, "/a%20b/%C3%A4/50%25?x=%22y%22");
}

TEST(Fetching, AMistakeIsOneOfTheLineThatMadeIt) {
  const auto fails = [](const std::string& call) {
    auto bench = handler("P.fetch(" + call + ")");
    const auto did = bench.says("x");
    EXPECT_THAT(bench.requests, SizeIs(0)) << call;
    EXPECT_THAT(did.failure, HasSubstr("init.lua:3: ")) << call;
    return did.failure;
  };
  EXPECT_THAT(fails("'shop', '/', { tiemout = '1s' }"), HasSubstr("unknown option 'tiemout'"));
  EXPECT_THAT(fails("'shop', '/../admin'"), HasSubstr("climbs out"));
  EXPECT_THAT(fails("'shop', 'status'"), HasSubstr("begins with a slash"));
  EXPECT_THAT(fails("'shop', '/', { json = 1, body = 'x' }"), HasSubstr("only one of"));
  EXPECT_THAT(fails("'shop', '/', { json = P.fetch }"), HasSubstr("function"));
  EXPECT_THAT(fails("'shop', '/', { timeout = '2m' }"), HasSubstr("timeout in milliseconds: expected a number from 1 to 60000"));
  EXPECT_THAT(fails("'shop', '/', { timeout = 'soon' }"), HasSubstr("expected a period"));
  EXPECT_THAT(fails("'shop', '/', { retries = 9 }"), HasSubstr("retries"));
  EXPECT_THAT(fails("'shop', '/', { form = { a = { {} } } }"), HasSubstr("nested"));
  EXPECT_THAT(fails("'shop', '/', { body = ('x'):rep(2^20 + 1) }"), HasSubstr("1 MiB at most"));
  EXPECT_THAT(fails("nil, '/'"), HasSubstr("the name of a host"));
  EXPECT_THAT(fails("'shop', '/', { body = 'x', body_file = 'h' }"), HasSubstr("only one of"));
  EXPECT_THAT(fails("'shop', '/', { body_file = {} }"), HasSubstr("expected a file of an event"));
  EXPECT_THAT(fails("'shop', '/', { save_as = 7 }"), HasSubstr("save_as: expected a name"));
  EXPECT_THAT(fails("'shop', '/', { max_size = 2^21 // 1 | 0 }"), HasSubstr("max_size"));
}

TEST(Fetching, WhatTheGatewayRefusesIsAnErrorOfThatLine) {
  auto bench = handler("P.fetch('bank', '/')");
  bench.response = {};
  bench.response.error = "the manifest does not grant calling the host \"bank\": fetch";
  bench.response.refused = true;
  EXPECT_THAT(bench.says("x").failure, HasSubstr("init.lua:3: the manifest does not grant"));
}

TEST(Fetching, IsNotForLoading) {
  EXPECT_THROW(PluginBench("local P = ... P.fetch('shop', '/')"), std::runtime_error);
}

// ---- with a worker process, and its deadline

std::filesystem::path worker() { return std::filesystem::path(OMEGATE_BINARY_DIR) / "omegate-plugin-worker"; }
constexpr gateway::PluginTimes times{.load = 10s, .handler = 400ms, .network = 1500ms, .first_pause = 1ms, .longest_pause = 4ms};

struct SlowShop {
  std::vector<gateway::FetchAsk> asked;
  std::chrono::milliseconds takes{0};

  gateway::Fetcher fetcher() {
    return [this](gateway::FetchAsk ask) { return answer(std::move(ask)); };
  }
  boost::asio::awaitable<plugin::Fetched> answer(gateway::FetchAsk ask) {
    asked.push_back(ask);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::min(takes, ask.left));
    co_await timer.async_wait(boost::asio::use_awaitable);
    plugin::Fetched fetched{200, {}, "ok"};
    co_return fetched;
  }
};

std::string reply(const gateway::Outcome& outcome) {
  if (outcome.kind != gateway::Outcome::Kind::done) return "not done: " + outcome.error;
  return outcome.effects.size() == 1 ? std::get<plugin::Send>(outcome.effects[0]).text : "not one message";
}

// case 215
TEST(FetchingWorker, WaitsLongerThanItsDeadlineForTheNetworkAndNoLongerForItself) {
  SlowShop shop{{}, 900ms};
  HostBench bench("P.on('message', function(ev) local r = P.fetch('shop', '/')\n"
                  "if ev.text == 'hang' then string.find(('a'):rep(60), ('a*'):rep(30) .. 'b') end ev:reply(r.body) end)",
                  worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  EXPECT_EQ(reply(bench.says("x")), "ok") << "900 ms of waiting are not its 400 ms";
  EXPECT_THAT(reply(bench.says("hang")), HasSubstr("no answer within 400 ms"));
}

// case 215
TEST(FetchingWorker, AHandlerWaitsForTheNetworkOnlySoLongAndAsksOnlySoOften) {
  SlowShop shop{{}, 1s};
  HostBench bench("P.on('message', function(ev) local s = '' for i = 1, tonumber(ev.text) do\n"
                  "local r = P.fetch('shop', '/') s = s .. r.status .. ' ' end ev:reply(s) end)",
                  worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  EXPECT_EQ(reply(bench.says("4")), "200 200 0 0 ");
  EXPECT_THAT(shop.asked, SizeIs(2));
  EXPECT_LE(shop.asked[1].left, 500ms);
  shop.takes = 0ms;
  EXPECT_THAT(reply(bench.says("60")), HasSubstr("a handler makes 50 requests at most"));
}

// case 217
TEST(FetchingWorker, CallsNobodyItWasNotGranted) {
  SlowShop shop;
  HostBench bench("P.on('message', function(ev) P.fetch('bank', '/') end)", worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  EXPECT_THAT(reply(bench.says("x")), HasSubstr("the manifest does not grant calling the host \"bank\""));
  EXPECT_THAT(shop.asked, SizeIs(0));
}

// case 187
TEST(FetchingWorker, EachAttemptOfAHandlerNamesItsRequestsTheSame) {
  SlowShop shop;
  HostBench bench("P.on('message', function(ev) P.fetch('shop', '/a') P.fetch('shop', '/b') end)", worker(), times,
                  shop.fetcher());
  bench.run(bench.host.start());
  bench.says("x");
  bench.says("x");  // the same event
  ASSERT_THAT(shop.asked, SizeIs(4));
  EXPECT_EQ(shop.asked[0].key, shop.asked[2].key);
  EXPECT_EQ(shop.asked[1].key, shop.asked[3].key);
  EXPECT_NE(shop.asked[0].key, shop.asked[1].key);
  EXPECT_THAT(shop.asked[0].key, SizeIs(32));
}

/// Several at once, each answered with its reply.
std::vector<std::string> replies_to(HostBench& bench, int events) {
  std::vector<std::string> replies;
  for (int i = 0; i < events; ++i) {
    const plugin::Message message{"bot", "juliet@example.org", std::to_string(i), plugin::TrustLevel::tofu};
    boost::asio::co_spawn(bench.executor, bench.host.handle({message.text, plugin::EventKind::message, payload(message)}),
                          [&](const std::exception_ptr&, const gateway::Outcome& outcome) { replies.push_back(reply(outcome)); });
  }
  bench.executor.restart();
  while (replies.size() < static_cast<std::size_t>(events)) bench.executor.run_one();
  return replies;
}

// The next event is with the worker while it waits for an answer: it is not taken for one.
TEST(FetchingWorker, AsksWhileItsNextEventsHaveCome) {
  SlowShop shop{{}, 5ms};
  HostBench bench("P.on('message', function(ev) ev:reply(ev.text .. P.fetch('shop', '/').body .. P.fetch('shop', '/').status) end)",
                  worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) expected.push_back(std::to_string(i) + "ok200");
  EXPECT_EQ(replies_to(bench, 40), expected);
  EXPECT_THAT(shop.asked, SizeIs(80));
}

// case 215
TEST(FetchingWorker, AnEventsTimeBeginsWhenTheOneBeforeItIsAnswered) {
  SlowShop shop{{}, 150ms};
  HostBench bench("P.on('message', function(ev) P.fetch('shop', '/') ev:reply(ev.text) end)", worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  const std::vector<std::string> replies = replies_to(bench, 12);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(replies[static_cast<std::size_t>(i)], std::to_string(i)) << "12 of them take 1800 ms, and each has 400";
}

/// Says, later, whether a handler may ask.
struct Turnstile {
  bool opens = true;
  int asked = 0;
  gateway::BeforeAsking before() {
    return [this] { return pass(); };
  }
  boost::asio::awaitable<bool> pass() {
    ++asked;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 600ms);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return opens;
  }
};

TEST(FetchingWorker, WaitsWithItsFirstQuestionForWhatWasBeforeItsEvent) {
  SlowShop shop;
  HostBench bench("P.on('message', function(ev) P.fetch('shop', '/a') local r = P.fetch('shop', '/b') ev:reply(r.status .. (r.error or '')) end)",
                  worker(), times, shop.fetcher());
  bench.run(bench.host.start());
  const plugin::Message message{"bot", "juliet@example.org", "x", plugin::TrustLevel::tofu};
  const plugin::Event event{"e1", plugin::EventKind::message, payload(message)};
  Turnstile turnstile;
  EXPECT_EQ(reply(bench.run(bench.host.handle(event, turnstile.before()))), "200") << "600 ms of waiting are not its 400 ms";
  EXPECT_EQ(turnstile.asked, 1);
  EXPECT_THAT(shop.asked, SizeIs(2));
  turnstile.opens = false;
  const gateway::Outcome ended = bench.run(bench.host.handle(event, turnstile.before()));
  EXPECT_EQ(ended.kind, gateway::Outcome::Kind::unavailable) << "it runs again in its turn, and that is no failure";
  EXPECT_THAT(ended.error, HasSubstr("has to come again first"));
  EXPECT_EQ(bench.run(bench.host.status()).failures, 0u);
  EXPECT_THAT(shop.asked, SizeIs(2)) << "nothing left the house";
}

/// Whoever answers it may fail: it must not take the next event for the answer.
TEST(FetchingWorker, BeginsAnewWhenItsAnswerDidNotCome) {
  SlowShop shop;
  int failures = 1;
  HostBench bench("P.on('message', function(ev) ev:reply(P.fetch('shop', '/').body) end)", worker(), times, [&](gateway::FetchAsk ask) {
    if (failures-- > 0) throw store::StoreError("the disk is away");
    return shop.answer(std::move(ask));
  });
  bench.run(bench.host.start());
  EXPECT_THROW(bench.says("x"), store::StoreError);
  EXPECT_EQ(bench.run(bench.host.status()).pid, 0);
  EXPECT_EQ(reply(bench.says("x")), "ok");
  EXPECT_EQ(bench.run(bench.host.status()).restarts, 1u);
}

TEST(FetchingWorker, StopsAtOnceWhileItWaits) {
  SlowShop shop{{}, 1h};
  HostBench bench("P.on('message', function(ev) P.fetch('shop', '/') end)", worker(),
                  {.load = 10s, .handler = 10s, .network = 1h, .first_pause = 1ms, .longest_pause = 4ms}, shop.fetcher());
  bench.run(bench.host.start());
  plugin::Message message{"bot", "juliet@example.org", "x"};
  std::optional<gateway::Outcome> outcome;
  boost::asio::co_spawn(bench.executor, bench.host.handle({"e1", plugin::EventKind::message, payload(message)}),
                        [&](std::exception_ptr, gateway::Outcome came) { outcome = std::move(came); });
  const auto before = std::chrono::steady_clock::now();
  bench.executor.restart();
  while (shop.asked.empty()) bench.executor.run_one();
  bench.run(bench.host.stop());
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->kind, gateway::Outcome::Kind::unavailable);
}

}  // namespace
