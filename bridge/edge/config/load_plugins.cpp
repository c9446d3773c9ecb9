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

/// One way at most: bearer: SECRET, basic: {user:, password: SECRET}, header: {name:, value: SECRET}.
void load_auth(YamlSection& section, HostSettings& host) {
  using Auth = HostSettings::Auth;
  const auto bearer = section.take("bearer"), basic = section.take("basic"), header = section.take("header");
  const int ways = static_cast<int>(bearer.has_value()) + static_cast<int>(basic.has_value()) +
                   static_cast<int>(header.has_value());
  if (ways == 0) return;
  if (ways > 1) section.fault(section.value(), section.value().path + ": expected one of bearer, basic, header");
  host.auth = bearer ? Auth::bearer : basic ? Auth::basic : Auth::header;
  if (bearer) {
    if (auto source = load_secret(section.reading(), *bearer)) host.secret = std::move(*source);
    return;
  }
  YamlSection way(section.reading(), basic ? *basic : *header);
  const std::string_view name = basic ? "user" : "name", value = basic ? "password" : "value";
  if (const auto text = way.text(name, basic ? "a user's name" : "a header's name"))
    host.name = *text;
  else
    way.missing(name, basic ? "a user's name" : "a header's name");
  if (const auto entry = way.take(value)) {
    if (auto source = load_secret(section.reading(), *entry)) host.secret = std::move(*source);
  } else {
    way.missing(value, "where the secret is, like {file: /etc/omegate/token}");
  }
  way.finish();
}

/// One secret, or the present one and those before it.
void load_sign(YamlSection& section, HostSettings& host) {
  const auto sign = section.take("sign");
  if (!sign) return;
  if (!sign->node.IsSequence()) {
    if (auto source = load_secret(section.reading(), *sign)) host.sign.push_back(std::move(*source));
    return;
  }
  for (std::size_t i = 0; i < sign->node.size(); ++i) {
    const Value entry{sign->node[i], sign->path + "[" + std::to_string(i) + "]"};
    if (auto source = load_secret(section.reading(), entry)) host.sign.push_back(std::move(*source));
  }
  if (host.sign.size() > max_signing_secrets) section.wrong(*sign, "two secrets at most: the present one and the one before");
}

void load_plugin_hosts(YamlSection& section, PluginSettings& plugin) {
  const auto hosts = section.take("hosts");
  if (!hosts) return;
  YamlSection names(section.reading(), *hosts);
  for (const auto& [name, entry] : names.entries()) {
    if (!is_name(name))
      names.fault(entry, entry.path + ": a host's name has only a-z, 0-9, - and _ and begins with a letter");
    YamlSection inner(section.reading(), entry);
    HostSettings host;
    host.place = section.reading().place(entry.node.Mark());
    if (const auto url = inner.text("url", "a URL like https://example.org/api"))
      host.url = *url;
    else
      inner.missing("url", "a URL like https://example.org/api");
    load_auth(inner, host);
    load_sign(inner, host);
    if (const auto file = existing_path(inner, "ca_file", "a file with certificates")) host.ca_file = *file;
    host.allow_private = inner.flag("allow_private").value_or(false);
    inner.finish();
    plugin.hosts.emplace(name, std::move(host));
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
  load_plugin_hosts(section, plugin);
  load_plugin_roles(section, plugin);
  load_plugin_programs(section, plugin);
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
