// Metrics and samples as members of frames. Internal to core/plugin: frame.hpp is what others use.
#pragma once

#include <boost/json/array.hpp>
#include <vector>

#include "bridge/core/plugin/json.hpp"
#include "bridge/core/plugin/metric.hpp"

namespace omegate::plugin {

boost::json::array metrics_array(const std::vector<Metric>& metrics);
boost::json::array samples_array(const std::vector<Sample>& samples);

/// What is in them is judged by metric.hpp: here only that they are ones.
Metric read_metric(Members& members);
Sample read_sample(Members& members);

}  // namespace omegate::plugin
