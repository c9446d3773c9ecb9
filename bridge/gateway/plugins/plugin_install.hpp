// From the operator's settings and a plugin's manifest to a plugin that can be started.
//
// Not here: starting it (plugin_host.hpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bridge/core/mail/address.hpp"
#include "bridge/core/plugin/installed.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/gateway/plugins/plugin_fetch.hpp"

namespace omegate::gateway {

/// Manifest and settings, compared; no secret is read. Throws `config::ConfigError` with every mistake at its
/// place: "omegate.yaml:31:13: plugin webhook: hooks.alerts.to[0]: expected a bare JID, found \"bob\"".
plugin::Installed install_plugin(const config::Settings& settings, const config::PluginSettings& plugin);

struct PreparedPlugin {
  plugin::Installed installed;
  std::map<std::string, config::SecretText> secrets;  // values stay here: a worker learns names only
  FetchHosts hosts = {};                              // the same
  std::vector<mail::AddressPattern> mail_addresses = {};  // whose mail it hears, if its manifest grants that
};

/// All plugins of the settings. Throws `config::ConfigError` with every mistake: manifests that cannot be
/// read, settings that do not fit them, secrets that cannot be had.
std::vector<PreparedPlugin> prepare_plugins(const config::Settings& settings);

}  // namespace omegate::gateway
