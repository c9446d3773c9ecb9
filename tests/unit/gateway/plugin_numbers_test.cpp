// What plugins count, in the gateway: bounded, kept over other versions, and shown as Prometheus reads it.
#include "bridge/gateway/plugins/plugin_numbers.hpp"

#include <gmock/gmock.h>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/gateway/plugins/plugin_metrics.hpp"

namespace omegate::gateway {
namespace {

using plugin::Metric;
using plugin::MetricType;
using testing::HasSubstr;
using testing::Not;

const Metric orders{"orders", MetricType::counter, "Orders.", {"kind"}};
const Metric level{"level", MetricType::gauge, "Litres."};

std::string shown(const std::string& name, const PluginNumbers& numbers) { return own_metrics({{name, PluginReport{std::nullopt, numbers}}}).page; }

TEST(PluginNumbers, AreCountedAndShown) {
  PluginNumbers numbers;
  numbers.declare({orders, level, {"wait", MetricType::histogram, "Seconds.", {}, {0.5, 2}}});
  numbers.add({"orders", {"tea"}, 2});
  numbers.add({"orders", {"tea"}, 0.5});
  numbers.add({"level", {}, 7, true});
  numbers.add({"level", {}, -2});
  for (const double wait : {0.5, 1.0, 9.0}) numbers.add({"wait", {}, wait});
  EXPECT_EQ(shown("shop", numbers),
            "# HELP omegate_plugin_own_level Litres.\n# TYPE omegate_plugin_own_level gauge\nomegate_plugin_own_level{plugin=\"shop\"} 5\n"
            "# HELP omegate_plugin_own_orders_total Orders.\n# TYPE omegate_plugin_own_orders_total counter\n"
            "omegate_plugin_own_orders_total{plugin=\"shop\",kind=\"tea\"} 2.5\n"
            "# HELP omegate_plugin_own_wait Seconds.\n# TYPE omegate_plugin_own_wait histogram\n"
            "omegate_plugin_own_wait_bucket{plugin=\"shop\",le=\"0.5\"} 1\nomegate_plugin_own_wait_bucket{plugin=\"shop\",le=\"2\"} 2\n"
            "omegate_plugin_own_wait_bucket{plugin=\"shop\",le=\"+Inf\"} 3\nomegate_plugin_own_wait_sum{plugin=\"shop\"} 10.5\n"
            "omegate_plugin_own_wait_count{plugin=\"shop\"} 3\n");
}

TEST(PluginNumbers, WithoutLabelsAreThereBeforeTheyAreCounted) {
  PluginNumbers numbers;
  numbers.declare({level, orders, {"wait", MetricType::histogram, "Seconds.", {}, {1}}});
  EXPECT_THAT(shown("shop", numbers), HasSubstr("omegate_plugin_own_level{plugin=\"shop\"} 0\n"));
  EXPECT_THAT(shown("shop", numbers), HasSubstr("omegate_plugin_own_wait_bucket{plugin=\"shop\",le=\"+Inf\"} 0\n"));
  EXPECT_THAT(shown("shop", numbers), Not(HasSubstr("orders_total{")));
}

TEST(PluginNumbers, StayWithTheNextVersionIfItDeclaresTheSame) {
  PluginNumbers numbers;
  numbers.declare({orders, level});
  numbers.add({"orders", {"tea"}, 3});
  numbers.add({"level", {}, 3});
  numbers.declare({{"orders", MetricType::counter, "Another help.", {"kind"}}, {"level", MetricType::counter, "Now a counter."}});
  EXPECT_THAT(shown("shop", numbers), HasSubstr("orders_total{plugin=\"shop\",kind=\"tea\"} 3\n"));
  EXPECT_THAT(shown("shop", numbers), HasSubstr("level_total{plugin=\"shop\"} 0\n"));
  numbers.add({"orders", {"tea", "green"}, 1});  // of the version before
  numbers.declare({});
  EXPECT_EQ(shown("shop", numbers), "");
}

TEST(PluginNumbers, AreBoundedWhateverStandsInTheLabels) {
  PluginNumbers numbers;
  numbers.declare({orders});
  for (std::size_t i = 0; i < plugin::max_metric_series + 7; ++i) numbers.add({"orders", {std::to_string(i)}, 1});
  EXPECT_EQ(numbers.families().at("orders").series.size(), plugin::max_metric_series);
  EXPECT_EQ(numbers.left_out(), 7u);
  numbers.add({"orders", {"0"}, 1});
  EXPECT_EQ(numbers.left_out(), 7u) << "what is there is counted further";
  const auto report = own_metrics({{"shop", PluginReport{std::nullopt, numbers}}});
  ASSERT_EQ(report.left_out.size(), 1u);
  EXPECT_EQ(report.left_out[0].second, 7u);
}

TEST(PluginNumbers, EscapeWhatStandsInALabel) {
  PluginNumbers numbers;
  numbers.declare({orders});
  numbers.add({"orders", {"a\"b\\c} 1\nx"}, 1});
  EXPECT_THAT(shown("shop", numbers), HasSubstr("kind=\"a\\\"b\\\\c} 1\\nx\"} 1\n"));
}

// Two families of one name would make the whole page unreadable.
TEST(PluginNumbers, OfOneNameHaveOneType) {
  PluginNumbers first, second, third;
  first.declare({orders});
  first.add({"orders", {"tea"}, 1});
  second.declare({{"orders", MetricType::gauge, "A gauge."}});
  third.declare({{"orders", MetricType::counter, "Others.", {"colour"}}});
  third.add({"orders", {"red"}, 1});
  const auto all = own_metrics({{"a", {std::nullopt, first}}, {"b", {std::nullopt, second}}, {"c", {std::nullopt, third}}});
  EXPECT_EQ(all.page, "# HELP omegate_plugin_own_orders_total Orders.\n# TYPE omegate_plugin_own_orders_total counter\n"
                      "omegate_plugin_own_orders_total{plugin=\"a\",kind=\"tea\"} 1\nomegate_plugin_own_orders_total{plugin=\"c\",colour=\"red\"} 1\n");
  EXPECT_EQ(all.left_out[1], std::make_pair(std::string("b"), std::uint64_t{1}));
}

}  // namespace
}  // namespace omegate::gateway
