// What a plugin tells others: topics for plugins, numbers for monitoring.
#include <gmock/gmock.h>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/topic.hpp"
#include "bridge/worker/plugin.hpp"

namespace {

using namespace omegate::plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Worker = omegate::worker::Plugin;

struct Telling : testing::Test {
  std::string load(const std::string& source) {
    worker.emplace(Load{"test", 1, {{"init.lua", "local P = ...\n" + source}}, "{}", {}, {"bot"}}, [](const Log&) {});
    const auto loaded = worker->load();
    if (const auto* const failed = std::get_if<LoadFailed>(&loaded)) return failed->error;
    ready = std::get<Ready>(loaded);
    return "ok";
  }
  /// How a handler of this body ends; what it staged is in `done`.
  std::string runs(const std::string& body, const std::string& before = {}) {
    const std::string loaded = load(before + "\nP.command('go', 'goes', function(ev)\n" + body + "\nend)");
    if (loaded != "ok") return loaded;
    const Message message{"bot", "juliet@example.org", "go", TrustLevel::tofu, 7, "0f", true, "2", omegate::from_ms(123)};
    auto result = worker->handle({"in-1", EventKind::command, payload(CommandCall{message, "go", ""})});
    if (const auto* const failed = std::get_if<Failed>(&result)) return failed->error;
    done = std::get<Done>(result);
    return "ok";
  }

  std::optional<Worker> worker;
  Ready ready;
  Done done;
};

TEST_F(Telling, PublishesInItsOrderWithTheOtherEffects) {
  EXPECT_EQ(runs("P.publish('b', {x = 1}) ev:reply('said') P.publish('a') P.publish('c', P.json.array {})"), "ok");
  ASSERT_EQ(done.effects.size(), 4u);
  EXPECT_EQ(std::get<Publish>(done.effects[0]), (Publish{"b", R"({"x":1})"}));
  EXPECT_EQ(std::get<Publish>(done.effects[2]), (Publish{"a", "null"}));
  EXPECT_EQ(std::get<Publish>(done.effects[3]), (Publish{"c", "[]"}));
}

TEST_F(Telling, RefusesTopicsAndDataThatAreNone) {
  EXPECT_THAT(runs("P.publish('No Topic')"), HasSubstr("expected a topic"));
  EXPECT_THAT(runs("P.publish('a', print == nil)"), HasSubstr("undefined variable")) << "the libraries are as they were";
  EXPECT_THAT(runs("P.publish('a', function() end)"), HasSubstr("init.lua"));
  EXPECT_THAT(runs("P.publish('a', ('x'):rep(70000))"), HasSubstr("64 KiB"));
  EXPECT_THAT(load("P.publish('a')"), HasSubstr("works inside a handler only"));
  EXPECT_THAT(load("P.subscribe('a', function() end)\nP.subscribe('a', function() end)"), HasSubstr("init.lua:3: bad argument #1"));
  EXPECT_THAT(runs("P.subscribe('a', function() end)"), HasSubstr("works while the plugin loads"));
}

TEST_F(Telling, HearsATopicByItsHandler) {
  ASSERT_EQ(load("P.subscribe('stock', function(ev)\n  P.send('a@b', ev.publisher .. ' ' .. ev.topic .. ' ' .. ev.data.left .. ' ' .. tostring(ev.reply))\nend)"), "ok");
  EXPECT_THAT(ready.topics, ElementsAre("stock"));
  EXPECT_THAT(ready.subscriptions, IsEmpty());
  const auto result = worker->handle({"in-1", EventKind::topic, payload(TopicEvent{"stock", R"({"left":3})", "shop", 1, omegate::from_ms(9)})});
  EXPECT_EQ(std::get<Send>(std::get<Done>(result).effects.at(0)).text, "shop stock 3 nil");
}

TEST_F(Telling, DeclaresMetricsAndCountsThem) {
  EXPECT_EQ(runs("c:add(2, {kind = 'tea', colour = 7}) g:set(-1.5) g:add(1) h:observe(3) c:add(nil, {kind = 'a', colour = true})",
                 "local c = P.metrics.counter('orders', 'Orders.', {labels = {'kind', 'colour'}})\n"
                 "local g = P.metrics.gauge('level', 'Level.')\nlocal h = P.metrics.histogram('size', 'Sizes.', {buckets = {1, 2.5}})"),
            "ok");
  EXPECT_THAT(ready.metrics, ElementsAre(Metric{"orders", MetricType::counter, "Orders.", {"kind", "colour"}}, Metric{"level", MetricType::gauge, "Level."},
                                         Metric{"size", MetricType::histogram, "Sizes.", {}, {1, 2.5}}));
  EXPECT_THAT(done.samples, ElementsAre(Sample{"orders", {"tea", "7"}, 2}, Sample{"level", {}, -1.5, true}, Sample{"level", {}, 1}, Sample{"size", {}, 3},
                                        Sample{"orders", {"a", "true"}, 1}));
}

TEST_F(Telling, SaysInWhichLineAMetricIsWrong) {
  EXPECT_THAT(load("P.metrics.counter('Orders', 'Orders.')"), HasSubstr("init.lua:2: the metric \"Orders\""));
  EXPECT_THAT(load("P.metrics.counter('a_total', 'A.')"), HasSubstr("the gateway adds what belongs there"));
  EXPECT_THAT(load("P.metrics.counter('a', 'A.', {label = {'b'}})"), HasSubstr("init.lua:2: P.metrics.counter: unknown option 'label'"));
  EXPECT_THAT(load("for i = 1, 51 do P.metrics.gauge('a' .. i, 'A.') end"), HasSubstr("50 metrics at most"));
  EXPECT_THAT(runs("P.metrics.counter('a', 'A.')"), HasSubstr("declared while the plugin loads"));
  const std::string declared = "local c = P.metrics.counter('a', 'A.', {labels = {'b'}})";
  EXPECT_THAT(runs("c:add(1)", declared), HasSubstr("init.lua:4: a value for each label"));
  EXPECT_THAT(runs("c:add(1, {b = 'x', c = 'y'})", declared), HasSubstr("not declared"));
  EXPECT_THAT(runs("c:add(1, {b = 'x\\ny'})", declared), HasSubstr("without control characters"));
  EXPECT_THAT(runs("c:add(1, {b = ev.from})", declared), HasSubstr("no addresses"));
  EXPECT_THAT(runs("c:add(-1, {b = 'x'})", declared), HasSubstr("never falls"));
  EXPECT_THAT(runs("c:add(1/0, {b = 'x'})", declared), HasSubstr("neither infinite"));
  EXPECT_THAT(runs("for i = 1, 1001 do c:add(1, {b = 'x'}) end", declared), HasSubstr("1000 times"));
  EXPECT_THAT(load(declared + "\nc:add(1, {b = 'x'})"), HasSubstr("works inside a handler only"));
}

}  // namespace
