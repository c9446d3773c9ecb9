// What one request to an endpoint of a plugin holds: one event, or one for each item of the lists in its body.
//
// Pure: not here: whether it may come in, and that it is stored (endpoints.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/frame.hpp"

namespace omegate::gateway {

struct EndpointItem {
  std::string id;            // names it for ever, whichever request brings it; empty: nothing does
  std::string conversation;  // of its inbox row; empty: no order
  plugin::HookRequest event;
  bool passing = false;      // of now: where many of its conversation wait it is left out
};

struct EndpointItems {
  std::vector<EndpointItem> items;
  std::size_t skipped = 0;  // that nobody can read, or that have no name where one is wanted
  std::string problem;      // the request as a whole makes no sense: what was expected
};

/// `hook` is an endpoint, `request` came to it.
EndpointItems endpoint_items(const plugin::Hook& hook, const plugin::HookRequest& request);

}  // namespace omegate::gateway
