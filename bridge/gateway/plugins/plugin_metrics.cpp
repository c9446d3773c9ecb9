#include "bridge/gateway/plugins/plugin_metrics.hpp"

#include <array>
#include <charconv>
#include <map>
#include <string_view>

namespace omegate::gateway {
namespace {

using Family = PluginNumbers::Family;
using Series = PluginNumbers::Series;
using plugin::MetricType;

/// What one family consists of: of each plugin that declares it.
struct Shown {
  const plugin::Metric* metric;
  std::vector<std::pair<std::string_view, const Family*>> parts;
};

/// The shortest text that is this number.
std::string number(double value) {
  std::array<char, 32> text{};
  const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() ? std::string(text.data(), end) : "0";
}

/// Source: Prometheus text format 0.0.4: backslash, quotation mark and line feed are escaped, nothing else.
std::string in_quotes(std::string_view text) {
  std::string all = "\"";
  for (const char c : text) {
    if (c == '\n') {
      all += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all + '"';
}

class Lines {
 public:
  Lines(std::string& page, const plugin::Metric& metric) : page_(page), metric_(metric) {
    name_ = "omegate_plugin_own_" + metric.name + (metric.type == MetricType::counter ? "_total" : "");
    page_ += "# HELP " + name_ + ' ' + metric.help + "\n# TYPE " + name_ + ' ' + std::string(to_text(metric.type)) + '\n';
  }

  void add(std::string_view plugin, const Family& family) {
    for (const auto& [values, series] : family.series) {
      labels_ = "{plugin=" + in_quotes(plugin);
      for (std::size_t i = 0; i < values.size(); ++i) labels_ += ',' + family.metric.labels[i] + '=' + in_quotes(values[i]);
      if (metric_.type == MetricType::histogram)
        add_histogram(family.metric.buckets, series);
      else
        line("", "", number(series.value));
    }
  }

 private:
  void add_histogram(const std::vector<double>& bounds, const Series& series) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < series.counts.size(); ++i) {
      count += series.counts[i];
      line("_bucket", ",le=" + in_quotes(i < bounds.size() ? number(bounds[i]) : "+Inf"), std::to_string(count));
    }
    line("_sum", "", number(series.value));
    line("_count", "", std::to_string(count));
  }
  void line(std::string_view suffix, const std::string& more, const std::string& value) {
    page_ += name_ + std::string(suffix) + labels_ + more + "} " + value + '\n';
  }

  std::string& page_;
  const plugin::Metric& metric_;
  std::string name_, labels_;
};

}  // namespace

OwnMetrics own_metrics(const std::vector<NamedReport>& reports) {
  OwnMetrics own;
  std::map<std::string, Shown> shown;  // by name
  for (const auto& [plugin, report] : reports) {
    std::uint64_t left_out = report.numbers.left_out();
    for (const auto& [name, family] : report.numbers.families()) {
      Shown& each = shown.try_emplace(name, Shown{&family.metric, {}}).first->second;
      if (each.metric->type == family.metric.type)
        each.parts.emplace_back(plugin, &family);
      else
        left_out += family.series.size();
    }
    own.left_out.emplace_back(plugin, left_out);
  }
  for (const auto& [name, each] : shown) {
    Lines lines(own.page, *each.metric);
    for (const auto& [plugin, family] : each.parts) lines.add(plugin, *family);
  }
  return own;
}

}  // namespace omegate::gateway
