// What a plugin's handler may ask while it runs: what it has kept, what the clocks of a time zone show, what is in a
// small file.
//
// Not here: what it wants to be kept; that is committed with its other effects (plugin_effects.hpp).
#pragma once

#include <string>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

class FileDesk;

/// Answers from the tables, for this plugin only. Context and desk outlive it; without a desk there are no files.
PluginHost::Library make_library(Context& context, std::string plugin, FileDesk* desk = nullptr);

/// What a reader must still find when its effects are committed.
std::string kv_version_text(std::uint64_t version);

}  // namespace omegate::gateway
