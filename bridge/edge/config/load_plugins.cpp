#include <algorithm>

#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/json_text.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

using Accounts = std::vector<AccountSettings>;

void load_folder(YamlSection& section, PluginSettings& plugin) {
  if (const auto path = existing_path(section, "path", "the plugin's folder")) {
    plugin.path = *path;
    return;
  }
  const auto& options = section.reading().options();
  plugin.path = options.plugins_dir / plugin.name;
  std::error_code ignored;
  if (options.check_files && !std::filesystem::exists(plugin.path, ignored))
    section.fault(section.value(), section.value().path + ": there is no plugin of this name in " +
                                       options.plugins_dir.string() + "; add path: with the plugin's folder");
}

void load_plugin_accounts(YamlSection& section, PluginSettings& plugin, const Accounts& accounts) {
  for (const auto& [place, name] : section.texts("accounts", "an account's name")) {
    const bool known =
        std::any_of(accounts.begin(), accounts.end(), [&](const auto& a) { return a.name == name; });
    if (!known) section.wrong(place, "the name of an account under accounts:");
    plugin.accounts.push_back(name);
  }
}

void load_plugin_secrets(YamlSection& section, PluginSettings& plugin) {
  const auto secrets = section.take("secrets");
  if (!secrets) return;
  YamlSection names(section.reading(), *secrets);
  for (const auto& [name, entry] : names.entries()) {
    if (!is_name(name))
      names.fault(entry,
                  entry.path + ": a secret's name has only a-z, 0-9, - and _ and begins with a letter");
    if (auto source = load_secret(section.reading(), entry)) plugin.secrets.emplace(name, std::move(*source));
  }
}

void load_plugin_roles(YamlSection& section, PluginSettings& plugin) {
  const auto roles = section.take("roles");
  if (!roles) return;
  YamlSection names(section.reading(), *roles);
  std::vector<std::string> known;
  for (const auto& [name, entry] : names.entries()) known.push_back(name);
  for (const auto& name : known) {
    if (!is_name(name))
      names.fault(names.value(), names.value().path + "." + name +
                                     ": a role's name has only a-z, 0-9, - and _ and begins with a letter");
    for (const auto& [place, jid] : names.texts(name, "a bare JID like name@example.org")) {
      const auto prepared = bare_jid(jid);
      if (!prepared) names.wrong(place, "a bare JID like name@example.org");
      plugin.roles[name].push_back(prepared.value_or(jid));
    }
  }
}

PluginSettings load_plugin(Reading& reading, const Value& value, const std::string& name,
                           const Accounts& accounts) {
  // `responder:` with nothing behind it is a plugin without settings.
  const Value mapping{value.node.IsNull() ? YAML::Node(YAML::NodeType::Map) : value.node, value.path};
  YamlSection section(reading, mapping);
  PluginSettings plugin;
  plugin.name = name;
  plugin.place = reading.place(value.node.Mark());
  load_folder(section, plugin);
  load_plugin_accounts(section, plugin, accounts);
  load_plugin_secrets(section, plugin);
  load_plugin_roles(section, plugin);
  if (const auto config = section.take("config")) {
    if (!config->node.IsMap()) section.wrong(*config, "a mapping with the plugin's own settings");
    auto json = to_json(reading, *config);
    plugin.config_json = std::move(json.text);
    plugin.config_places = std::move(json.places);
  }
  section.finish();
  return plugin;
}

}  // namespace

std::vector<PluginSettings> load_plugins(Reading& reading, const Value& value, const Accounts& accounts) {
  std::vector<PluginSettings> plugins;
  YamlSection section(reading, value);
  for (const auto& [name, entry] : section.entries()) {
    if (!is_name(name)) {
      section.fault(entry,
                    entry.path + ": a plugin's name has only a-z, 0-9, - and _ and begins with a letter");
      continue;
    }
    plugins.push_back(load_plugin(reading, entry, name, accounts));
  }
  return plugins;
}

}  // namespace omegate::config
