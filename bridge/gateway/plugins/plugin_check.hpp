// Loads a plugin once, in its sandbox, for `omegate check`.
//
// Not here: its settings (plugin_install.hpp), running it (plugin_host.hpp).
#pragma once

#include <filesystem>
#include <string>

#include "bridge/core/plugin/installed.hpp"

namespace omegate::gateway {

/// Why it does not load, with file and line; empty if it does. Blocks, at most as long as a plugin may take to
/// load. `worker`: the worker program.
std::string check_plugin_loads(const plugin::Installed& installed, const std::filesystem::path& worker);

}  // namespace omegate::gateway
