// What a plugin counts for monitoring, kept in the gateway: it outlives the plugin's worker, and ends with the gateway.
//
// Not here: what may be declared and counted (core/plugin/metric), how it is shown (metrics.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bridge/core/plugin/metric.hpp"

namespace omegate::gateway {

class PluginNumbers {
 public:
  struct Series {
    double value = 0;                      // of a histogram: the sum of what was observed
    std::vector<std::uint64_t> counts{};   // of a histogram: by bucket, the last one without an end
  };
  struct Family {
    plugin::Metric metric;
    std::map<std::vector<std::string>, Series> series{};  // by the values of its labels
  };

  /// What it declares from now on. A metric that is declared as before keeps its numbers.
  void declare(const std::vector<plugin::Metric>& metrics);

  /// `sample` is one that `plugin::fault_of` finds nothing about. A series more than `max_metric_series` is left out.
  void add(const plugin::Sample& sample);

  const std::map<std::string, Family>& families() const { return families_; }
  /// Samples that were left out.
  std::uint64_t left_out() const { return left_out_; }

 private:
  std::map<std::string, Family> families_;
  std::size_t series_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace omegate::gateway
