// What lies on the disk, examined: who may read it, and how much room is left.
//
// Works without a running gateway. Not here: what only the gateway knows (the verb `doctor`).
#pragma once

#include <vector>

#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/account/finding.hpp"

namespace omegate::app {

std::vector<gateway::Finding> examine_files(const config::Settings& settings);

}  // namespace omegate::app
