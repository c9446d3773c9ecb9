// What plugins may declare and count, and the frames it travels in.
#include "bridge/core/plugin/metric.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/grants.hpp"
#include "bridge/core/plugin/limits.hpp"

namespace {

using namespace omegate::plugin;
using testing::HasSubstr;
using testing::Optional;

Metric counter(const std::string& name, std::vector<std::string> labels = {}) {
  return {name, MetricType::counter, "Counts.", std::move(labels)};
}

TEST(Metric, TakesNamesThatMeanNothingElse) {
  EXPECT_EQ(fault_of(counter("orders_2", {"kind"})), std::nullopt);
  for (const char* const name : {"", "Orders", "2orders", "_orders", "or-ders", "or__ders", "ord\ners", "ördérs", "orders_total", "orders_bucket", "orders_sum",
                                 "orders_count", "orders_info", "orders_created"})
    EXPECT_NE(fault_of(counter(name)), std::nullopt) << name;
  EXPECT_NE(fault_of(counter(std::string(max_metric_name + 1, 'a'))), std::nullopt);
  for (const char* const label : {"plugin", "le", "__name__", "Kind", "", "a\"b"}) EXPECT_NE(fault_of(counter("orders", {label})), std::nullopt) << label;
  EXPECT_NE(fault_of(counter("orders", {"a", "a"})), std::nullopt);
  EXPECT_NE(fault_of(counter("orders", {"a", "b", "c", "d", "e"})), std::nullopt);
}

TEST(Metric, TakesHelpOfOneLine) {
  for (const std::string& help : {std::string(), std::string("two\nlines"), std::string("a\\b"), std::string("\xff"), std::string(max_metric_help + 1, 'a')})
    EXPECT_NE(fault_of(Metric{"orders", MetricType::gauge, help}), std::nullopt) << help;
}

TEST(Metric, TakesBucketsThatRise) {
  const auto of = [](std::vector<double> buckets, MetricType type = MetricType::histogram) {
    return fault_of(Metric{"size", type, "Sizes.", {}, std::move(buckets)});
  };
  EXPECT_EQ(of({1, 2.5}), std::nullopt);
  EXPECT_NE(of({}), std::nullopt);
  EXPECT_NE(of({2, 1}), std::nullopt);
  EXPECT_NE(of({1, 1}), std::nullopt);
  EXPECT_NE(of({1, std::numeric_limits<double>::infinity()}), std::nullopt);
  EXPECT_NE(of({std::nan("")}), std::nullopt);
  EXPECT_NE(of({1}, MetricType::gauge), std::nullopt);
  EXPECT_NE(of(std::vector<double>(max_metric_buckets + 1, 1)), std::nullopt);
}

TEST(Metric, IsThereOnceAndNotTooOften) {
  EXPECT_THAT(fault_of(std::vector{counter("a"), counter("a")}), Optional(HasSubstr("already")));
  std::vector<Metric> many;
  for (std::size_t i = 0; i <= max_metrics; ++i) many.push_back(counter("a" + std::to_string(i)));
  EXPECT_THAT(fault_of(many), Optional(HasSubstr("50")));
}

// What stands in a label may come from anybody: it is kept for ever, and read by programs.
// case 192
TEST(Metric, RefusesSamplesThatWouldHarmWhoReadsThem) {
  const std::vector<Metric> metrics{counter("orders", {"kind"}), {"level", MetricType::gauge, "Level."}};
  EXPECT_EQ(fault_of(Sample{"orders", {"tea \"green\" \\ ü"}, 1}, metrics), std::nullopt);
  for (const std::string& hostile : {std::string("a\nb"), std::string("a\x01"), std::string("\xc3"), std::string("juliet@example.org"), std::string("a\0b", 3), std::string(max_metric_label + 1, 'a')})
    EXPECT_NE(fault_of(Sample{"orders", {hostile}, 1}, metrics), std::nullopt) << hostile;
  EXPECT_NE(fault_of(Sample{"orders", {}, 1}, metrics), std::nullopt);
  EXPECT_NE(fault_of(Sample{"orders", {"a", "b"}, 1}, metrics), std::nullopt);
  EXPECT_NE(fault_of(Sample{"orders", {"a"}, -1}, metrics), std::nullopt);
  EXPECT_NE(fault_of(Sample{"orders", {"a"}, 1, true}, metrics), std::nullopt);
  EXPECT_NE(fault_of(Sample{"other", {}, 1}, metrics), std::nullopt);
  EXPECT_EQ(fault_of(Sample{"level", {}, -3, true}, metrics), std::nullopt);
  EXPECT_NE(fault_of(Sample{"level", {}, std::nan(""), true}, metrics), std::nullopt);
}

template <class Frame>
Frame through_the_socket(const Frame& frame) {
  const std::string bytes = encode(ToGateway(frame)).value();
  return std::get<Frame>(parse_to_gateway(bytes.substr(4)).value());
}

TEST(MetricFrames, ComeAsTheyWent) {
  Ready ready;
  ready.topics = {"orders"};
  ready.metrics = {counter("orders", {"kind"}), {"size", MetricType::histogram, "Sizes.", {}, {0.5, 10}}};
  const Ready came = through_the_socket(ready);
  EXPECT_EQ(came.topics, ready.topics);
  EXPECT_EQ(came.metrics, ready.metrics);
  Done done{"7", {Publish{"orders", R"({"a":1})"}}};
  done.samples = {{"orders", {"tea"}, 2}, {"level", {}, -0.5, true}};
  const Done back = through_the_socket(done);
  EXPECT_EQ(back.samples, done.samples);
  EXPECT_EQ(std::get<Publish>(back.effects.at(0)), std::get<Publish>(done.effects[0]));
}

TEST(MetricFrames, ThatAreNoneAreRefused) {
  const auto parse = [](const std::string& members) {
    return parse_to_gateway(R"({"type":"ready","hooks":[],"commands":[],"subscriptions":[],)" + members + "}").has_value();
  };
  EXPECT_TRUE(parse(R"("metrics":[{"name":"a","type":"gauge","help":"A."}])"));
  EXPECT_FALSE(parse(R"("metrics":[{"name":"a","type":"speed","help":"A."}])"));
  EXPECT_FALSE(parse(R"("metrics":[{"name":"a","type":"gauge"}])"));
  EXPECT_FALSE(parse(R"("metrics":[{"name":"a","type":"histogram","help":"A.","buckets":["x"]}])"));
  EXPECT_FALSE(parse(R"("topics":[1])"));
}

}  // namespace
