#include "bridge/gateway/plugin_install.hpp"

#include "bridge/edge/config/manifest.hpp"

namespace omegate::gateway {
namespace {

using Faults = std::vector<config::ConfigFault>;

/// Settings say "bot"; a plugin that names no accounts may use all.
std::vector<std::string> accounts_of(const config::Settings& settings, const config::PluginSettings& plugin) {
  if (!plugin.accounts.empty()) return plugin.accounts;
  std::vector<std::string> names;
  for (const auto& account : settings.accounts) names.push_back(account.name);
  return names;
}

PreparedPlugin prepare(const config::Settings& settings, const config::PluginSettings& plugin, Faults& faults) {
  const auto fault = [&](const std::string& text) { faults.push_back({plugin.place + ": plugin " + plugin.name, 0, 0, text}); };
  PreparedPlugin prepared;
  prepared.installed.folder = plugin.path;
  try {
    prepared.installed.manifest = config::read_manifest(plugin.path / "plugin.yaml");
  } catch (const config::ConfigError& failure) {
    faults.insert(faults.end(), failure.faults().begin(), failure.faults().end());
    return prepared;
  }
  prepared.installed.config = plugin::check_config(prepared.installed.manifest.config, plugin.config_json);
  prepared.installed.accounts = accounts_of(settings, plugin);
  for (const auto& [name, source] : plugin.secrets) {
    prepared.installed.secrets.push_back(name);
    try {
      prepared.secrets.emplace(name, config::read_secret(source));
    } catch (const config::SecretError& failure) {
      fault("secret " + name + ": " + failure.what());
    }
  }
  for (const plugin::Problem& problem : plugin::check(prepared.installed)) fault(plugin::to_text(problem));
  return prepared;
}

}  // namespace

std::vector<PreparedPlugin> prepare_plugins(const config::Settings& settings) {
  Faults faults;
  std::vector<PreparedPlugin> plugins;
  for (const auto& plugin : settings.plugins) plugins.push_back(prepare(settings, plugin, faults));
  if (!faults.empty()) throw config::ConfigError(std::move(faults));
  return plugins;
}

}  // namespace omegate::gateway
