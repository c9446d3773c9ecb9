#include "bridge/core/plugin/frame_metrics.hpp"

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/event_parts.hpp"

namespace omegate::plugin {
namespace {

namespace json = boost::json;

double number_of(const json::value& value, Members& members) {
  error_code none;
  const double number = value.to_number<double>(none);
  if (none) members.fail(Error::wrong_member);
  return number;
}

}  // namespace

json::array metrics_array(const std::vector<Metric>& metrics) {
  json::array array;
  for (const Metric& metric : metrics) {
    json::object object{{"name", json_text(metric.name)}, {"type", to_text(metric.type)}, {"help", json_text(metric.help)}};
    if (!metric.labels.empty()) object["labels"] = texts(metric.labels);
    if (!metric.buckets.empty()) object["buckets"] = json::array(metric.buckets.begin(), metric.buckets.end());
    array.emplace_back(std::move(object));
  }
  return array;
}

json::array samples_array(const std::vector<Sample>& samples) {
  json::array array;
  for (const Sample& sample : samples) {
    json::object object{{"metric", json_text(sample.metric)}, {"value", sample.value}};
    if (!sample.labels.empty()) object["labels"] = texts(sample.labels);
    if (sample.set) object["set"] = true;
    array.emplace_back(std::move(object));
  }
  return array;
}

Metric read_metric(Members& members) {
  const auto type = metric_type(members.text("type"));
  if (!type) members.fail(Error::wrong_member);
  Metric metric{members.text("name"), type.value_or(MetricType::counter), members.text("help"), members.texts("labels")};
  for (const json::value& bound : members.array("buckets")) metric.buckets.push_back(number_of(bound, members));
  return metric;
}

Sample read_sample(Members& members) {
  return {members.text("metric"), members.texts("labels"), members.number("value"), members.optional_flag("set", false)};
}

}  // namespace omegate::plugin
