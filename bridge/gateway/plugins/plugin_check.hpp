// Loads a plugin once, in its sandbox, for `omegate check`.
//
// Not here: its settings (plugin_install.hpp), running it (plugin_host.hpp).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "bridge/core/plugin/installed.hpp"
#include "bridge/core/plugin/schedule.hpp"

namespace omegate::gateway {

/// Why it does not load, with file and line; empty if it does. Blocks, at most as long as a plugin may take to
/// load. `worker`: the worker program.
std::string check_plugin_loads(const plugin::Installed& installed, const std::filesystem::path& worker);

/// The first schedule whose time zone this machine does not know, in words; empty: it knows them all. The worker has no
/// database of zones to look into while it loads.
std::string unknown_zone(const std::vector<plugin::Schedule>& schedules);

}  // namespace omegate::gateway
