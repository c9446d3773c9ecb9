// Numbers that a plugin counts for the operator's monitoring: what it declares while it loads, and what its handlers add.
//
// Bounded by declaration: names and labels are the plugin's, so each is judged before anything is kept. Not here: where
// they are kept (gateway/plugins/plugin_numbers), how they are shown (gateway/log/metrics).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace omegate::plugin {

enum class MetricType { counter, gauge, histogram };

std::string_view to_text(MetricType type);
std::optional<MetricType> metric_type(std::string_view text);

struct Metric {
  std::string name;  // without "omegate_plugin_own_" in front and "_total" behind
  MetricType type = MetricType::counter;
  std::string help;
  std::vector<std::string> labels = {};  // names; each sample has a value for each
  std::vector<double> buckets = {};      // of a histogram: upper bounds, rising, without +Inf

  friend bool operator==(const Metric&, const Metric&) = default;
};

/// One addition to a metric, or (of a gauge, `set`) its new value.
struct Sample {
  std::string metric;
  std::vector<std::string> labels = {};  // values, in the order of the declaration
  double value = 0;
  bool set = false;

  friend bool operator==(const Sample&, const Sample&) = default;
};

/// Why the declaration is refused; nothing: it is good. Names are a letter, then letters, digits and '_', in lower case;
/// none is one that Prometheus or the gateway gives a meaning to.
std::optional<std::string> fault_of(const Metric& metric);

/// The same for all of a plugin: no name twice, not too many.
std::optional<std::string> fault_of(const std::vector<Metric>& metrics);

/// Why the sample is refused; nothing: it is good. `metrics`: what the plugin declared.
std::optional<std::string> fault_of(const Sample& sample, const std::vector<Metric>& metrics);

/// Text for a label's value: UTF-8 without control characters, not too long, and no address. Why: monitoring must not know
/// who writes to a bot.
bool is_label_value(std::string_view text);

}  // namespace omegate::plugin
