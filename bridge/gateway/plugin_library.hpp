// What a plugin's handler may ask while it runs: what it has kept, what the clocks of a time zone show.
//
// Not here: what it wants to be kept; that is committed with its other effects (plugin_effects.hpp).
#pragma once

#include <string>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugin_host.hpp"

namespace omegate::gateway {

/// Answers from the tables, for this plugin only. The context outlives it.
PluginHost::Library make_library(Context& context, std::string plugin);

/// What a reader must still find when its effects are committed.
std::string kv_version_text(std::uint64_t version);

}  // namespace omegate::gateway
