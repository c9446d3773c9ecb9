// A request to a hook as its plugin gets it: with the sender's headers, and where below the hook's path it went.
//
// Not here: what was secret in it; that stays in the gateway.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bridge/core/plugin/event.hpp"

namespace omegate::plugin {

struct HookDelivery {
  HookRequest request;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case; of two the last counts
  std::string endpoint = {};  // what followed the hook's path: "message", "v2/send"; empty: the hook itself
};

/// As `payload` of event.hpp.
std::string payload(const HookDelivery& delivery);

}  // namespace omegate::plugin
