#include "bridge/gateway/plugins/plugin_numbers.hpp"

#include <algorithm>
#include <utility>

#include "bridge/core/plugin/limits.hpp"

namespace omegate::gateway {

void PluginNumbers::declare(const std::vector<plugin::Metric>& metrics) {
  auto before = std::exchange(families_, {});
  series_ = 0;
  for (const plugin::Metric& metric : metrics) {
    Family& family = families_[metric.name];
    family.metric = metric;
    const auto old = before.find(metric.name);
    if (old == before.end()) continue;
    // Another help text is no reason to begin anew.
    const plugin::Metric& was = old->second.metric;
    if (was.type == metric.type && was.labels == metric.labels && was.buckets == metric.buckets)
      family.series = std::move(old->second.series);
    series_ += family.series.size();
  }
  // What has no labels is there from the start: a rise from nothing is no rise for Prometheus.
  for (auto& [name, family] : families_) {
    if (!family.metric.labels.empty() || !family.series.empty() || series_ >= plugin::max_metric_series) continue;
    family.series[{}].counts.resize(family.metric.buckets.empty() ? 0 : family.metric.buckets.size() + 1);
    ++series_;
  }
}

void PluginNumbers::add(const plugin::Sample& sample) {
  const auto found = families_.find(sample.metric);
  if (found == families_.end()) return;  // a reload took it meanwhile
  Family& family = found->second;
  if (sample.labels.size() != family.metric.labels.size()) return;
  auto series = family.series.find(sample.labels);
  if (series == family.series.end()) {
    if (series_ >= plugin::max_metric_series) {
      ++left_out_;
      return;
    }
    series = family.series.emplace(sample.labels, Series{}).first;
    ++series_;
  }
  Series& numbers = series->second;
  numbers.value = sample.set ? sample.value : numbers.value + sample.value;
  if (family.metric.type != plugin::MetricType::histogram) return;
  const auto& bounds = family.metric.buckets;
  numbers.counts.resize(bounds.size() + 1);
  ++numbers.counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, sample.value) - bounds.begin())];
}

}  // namespace omegate::gateway
