#include "bridge/core/plugin/metric.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/utf8.hpp"

namespace omegate::plugin {
namespace {

constexpr std::array<std::pair<MetricType, std::string_view>, 3> types{
    {{MetricType::counter, "counter"}, {MetricType::gauge, "gauge"}, {MetricType::histogram, "histogram"}}};

bool is_name(std::string_view name) {
  constexpr std::string_view rest = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !name.empty() && name.size() <= max_metric_name && name[0] >= 'a' && name[0] <= 'z' &&
         name.find_first_not_of(rest) == name.npos && name.find("__") == name.npos;
}

/// "orders_total" of a counter is "orders" here: what Prometheus puts behind a name is put there by the gateway.
bool has_a_meaning_of_its_own(std::string_view name) {
  constexpr std::string_view ends[] = {"_total", "_bucket", "_sum", "_count", "_info", "_created"};
  return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

bool is_label_name(std::string_view name) { return is_name(name) && name != "plugin" && name != "le"; }

std::optional<std::string> fault_of_buckets(const Metric& metric) {
  const auto& buckets = metric.buckets;
  if (metric.type != MetricType::histogram)
    return buckets.empty() ? std::nullopt : std::optional<std::string>("only a histogram has buckets");
  if (buckets.empty() || buckets.size() > max_metric_buckets)
    return "a histogram has 1 to " + std::to_string(max_metric_buckets) + " buckets";
  if (!std::ranges::all_of(buckets, [](double bound) { return std::isfinite(bound); }))
    return "a bucket's bound is a number; the one without an end is there anyway";
  if (std::ranges::adjacent_find(buckets, std::ranges::greater_equal()) != buckets.end())
    return "the bounds of its buckets must rise";
  return std::nullopt;
}

}  // namespace

std::string_view to_text(MetricType type) {
  return std::ranges::find(types, type, [](const auto& each) { return each.first; })->second;
}

std::optional<MetricType> metric_type(std::string_view text) {
  const auto found = std::ranges::find(types, text, [](const auto& each) { return each.second; });
  if (found == types.end()) return std::nullopt;
  return found->first;
}

bool is_label_value(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return text.size() <= max_metric_label && std::ranges::none_of(text, is_control) && text.find('@') == text.npos && mend_utf8(text) == text;
}

std::optional<std::string> fault_of(const Metric& metric) {
  const std::string which = "the metric \"" + std::string(cut_utf8(mend_utf8(metric.name), max_metric_name)) + "\": ";
  if (!is_name(metric.name))
    return which + "a name has up to " + std::to_string(max_metric_name) + " of a-z, 0-9 and _, a letter first, no __";
  if (has_a_meaning_of_its_own(metric.name))
    return which + "leave out _total, _bucket, _sum, _count, _info and _created at the end: the gateway adds what belongs there";
  if (metric.help.empty() || metric.help.size() > max_metric_help || metric.help.find_first_of("\r\n\\") != metric.help.npos ||
      mend_utf8(metric.help) != metric.help)
    return which + "expected a sentence that says what it counts, on one line of up to " + std::to_string(max_metric_help) + " bytes";
  if (metric.labels.size() > max_metric_labels) return which + "has " + std::to_string(max_metric_labels) + " labels at most";
  for (auto label = metric.labels.begin(); label != metric.labels.end(); ++label) {
    if (!is_label_name(*label)) return which + "a label's name is made like a metric's, and neither \"plugin\" nor \"le\"";
    if (std::find(metric.labels.begin(), label, *label) != label) return which + "has the label \"" + *label + "\" twice";
  }
  if (const auto why = fault_of_buckets(metric)) return which + *why;
  return std::nullopt;
}

std::optional<std::string> fault_of(const std::vector<Metric>& metrics) {
  if (metrics.size() > max_metrics) return "a plugin has " + std::to_string(max_metrics) + " metrics at most";
  for (auto metric = metrics.begin(); metric != metrics.end(); ++metric) {
    if (auto why = fault_of(*metric)) return why;
    const auto same = [&](const Metric& other) { return other.name == metric->name; };
    if (std::any_of(metrics.begin(), metric, same)) return "there is a metric \"" + metric->name + "\" already";
  }
  return std::nullopt;
}

std::optional<std::string> fault_of(const Sample& sample, const std::vector<Metric>& metrics) {
  const auto metric = std::ranges::find(metrics, sample.metric, &Metric::name);
  if (metric == metrics.end()) return "it counts something that it did not declare";
  const std::string which = "the metric \"" + metric->name + "\": ";
  if (!std::isfinite(sample.value)) return which + "expected a number, neither infinite nor none";
  if (metric->type == MetricType::counter && sample.value < 0) return which + "a counter never falls";
  if (sample.set && metric->type != MetricType::gauge) return which + "only a gauge can be set";
  if (sample.labels.size() != metric->labels.size()) return which + "a value for each of its labels is needed, and for no other";
  if (!std::ranges::all_of(sample.labels, is_label_value))
    return which + "a label's value is a text of up to " + std::to_string(max_metric_label) + " bytes without control characters and '@': no addresses";
  return std::nullopt;
}

}  // namespace omegate::plugin
