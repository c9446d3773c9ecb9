#include "bridge/gateway/plugins/plugin_install.hpp"

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

/// Where the setting stands, or the nearest thing around it that does: what is missing has no place.
std::string place_of(const config::PluginSettings& plugin, const plugin::Problem& problem) {
  std::string best = plugin.place;
  std::string key;
  for (const auto& step : problem.path) {
    key += (key.empty() ? "" : "/") + step;
    const auto found = plugin.config_places.find(key);
    if (found != plugin.config_places.end()) best = found->second;
  }
  return best;
}

config::ConfigFault fault(const config::PluginSettings& plugin, const std::string& place,
                          const std::string& text) {
  return {place, 0, 0, "plugin " + plugin.name + ": " + text};
}

std::vector<mail::AddressPattern> mail_addresses(const plugin::Installed& installed, const config::PluginSettings& plugin, Faults& faults) {
  std::vector<mail::AddressPattern> addresses;
  if (!installed.manifest.grants.mail) return addresses;
  for (const std::string& text : installed.config.mail) {
    if (auto pattern = mail::AddressPattern::parse(text)) {
      addresses.push_back(std::move(*pattern));
    } else {
      faults.push_back(fault(plugin, plugin.place, "\"" + text + "\" is no address; expected alerts@example.org, alerts (in any domain), or one "
                                                   "with a * in front of the @, like bot+*@example.org"));
    }
  }
  return addresses;
}

PreparedPlugin prepare(const config::Settings& settings, const config::PluginSettings& plugin,
                       Faults& faults) {
  PreparedPlugin prepared;
  try {
    prepared.installed = install_plugin(settings, plugin);
  } catch (const config::ConfigError& failure) {
    faults.insert(faults.end(), failure.faults().begin(), failure.faults().end());
  }
  prepared.hosts = prepare_hosts(plugin, faults);
  prepared.mail_addresses = mail_addresses(prepared.installed, plugin, faults);
  for (const auto& [name, source] : plugin.secrets) {
    try {
      prepared.secrets.emplace(name, config::read_secret(source));
    } catch (const config::SecretError& failure) {
      faults.push_back(fault(plugin, plugin.place, "secret " + name + ": " + failure.what()));
    }
  }
  return prepared;
}

}  // namespace

plugin::Installed install_plugin(const config::Settings& settings, const config::PluginSettings& plugin) {
  plugin::Installed installed;
  installed.folder = plugin.path;
  installed.manifest = config::read_manifest(plugin.path / "plugin.yaml");
  installed.config = plugin::check_config(installed.manifest.config, plugin.config_json);
  installed.accounts = accounts_of(settings, plugin);
  for (const auto& [name, source] : plugin.secrets) installed.secrets.push_back(name);
  for (const auto& [name, host] : plugin.hosts) installed.hosts.push_back(name);
  installed.roles = plugin.roles;
  installed.programs = plugin.programs;
  if (settings.mail.submission) installed.mail_from = settings.mail.submission->from;
  Faults faults;
  for (const plugin::Problem& problem : plugin::check(installed))
    faults.push_back(fault(plugin, place_of(plugin, problem), plugin::to_text(problem)));
  if (!faults.empty()) throw config::ConfigError(std::move(faults));
  return installed;
}

std::vector<PreparedPlugin> prepare_plugins(const config::Settings& settings) {
  Faults faults;
  std::vector<PreparedPlugin> plugins;
  for (const auto& plugin : settings.plugins) plugins.push_back(prepare(settings, plugin, faults));
  if (!faults.empty()) throw config::ConfigError(std::move(faults));
  return plugins;
}

}  // namespace omegate::gateway
