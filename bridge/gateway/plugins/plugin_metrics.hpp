// The metrics that plugins declare, as Prometheus reads them: `omegate_plugin_own_…{plugin="…"}`.
//
// Two plugins may count under one name; the family has the type and the help text of the first, and what another one
// declares with another type is left out. Not here: the rest of the page (metrics.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

using NamedReport = std::pair<std::string, PluginReport>;

struct OwnMetrics {
  std::string page;                                              // whole families
  std::vector<std::pair<std::string, std::uint64_t>> left_out{};  // by plugin
};

OwnMetrics own_metrics(const std::vector<NamedReport>& reports);

}  // namespace omegate::gateway
