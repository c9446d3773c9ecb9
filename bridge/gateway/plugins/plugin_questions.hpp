// What a handler asks besides HTTP requests, on its way to the library: judged first where it needs a grant.
//
// The inside of plugin_host.hpp; nobody else uses it. Not here: the answers (plugin_library.hpp).
#pragma once

#include "bridge/core/plugin/installed.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

/// A question that the library answers.
bool is_plugin_call(const plugin::ToGateway& frame);

/// What is referenced outlives it.
asio::awaitable<plugin::ToWorker> look_up(const plugin::Installed& installed, const PluginHost::Library& library,
                                          plugin::ToGateway question);

}  // namespace omegate::gateway
