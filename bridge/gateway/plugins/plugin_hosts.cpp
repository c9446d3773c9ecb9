// What the operator wrote under `hosts:` of a plugin, made ready for its requests.
#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/plugins/plugin_fetch.hpp"

namespace omegate::gateway {
namespace {

using config::HostSettings;
using config::SecretText;

void wipe(std::string& text) { crypto::wipe({reinterpret_cast<Byte*>(text.data()), text.size()}); }

bool is_header_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
                              name.npos;
}

void add_secret(FetchHost& host, const HostSettings& settings) {
  if (settings.auth == HostSettings::Auth::none) return;
  host.secret = config::read_secret(settings.secret);
  const std::string_view secret = host.secret.reveal();
  if (std::ranges::any_of(secret, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
    throw std::invalid_argument("its secret has a line break or another control character in it");
  if (settings.auth == HostSettings::Auth::header && !is_header_name(settings.name))
    throw std::invalid_argument("header.name: expected the name of a header like X-Api-Key");
  host.header = settings.auth == HostSettings::Auth::header ? settings.name : "Authorization";
  std::string value;
  if (settings.auth == HostSettings::Auth::bearer) value = "Bearer " + std::string(secret);
  if (settings.auth == HostSettings::Auth::header) value = secret;
  if (settings.auth == HostSettings::Auth::basic) {
    std::string pair = settings.name + ":" + std::string(secret);
    value = "Basic " + crypto::to_base64(as_bytes(pair));
    wipe(pair);
  }
  host.value = SecretText(value);
  wipe(value);
}

FetchHost prepare(const HostSettings& settings) {
  FetchHost host;
  host.base = http::parse_url(settings.url);
  if (host.base.target.find('?') != std::string::npos)
    throw std::invalid_argument("it has a query; a plugin adds that to each request");
  host.allow_private = settings.allow_private;
  const bool in_the_clear = settings.auth != HostSettings::Auth::none && !host.base.origin.secure;
  if (in_the_clear && !settings.allow_private)
    throw std::invalid_argument("its secret would travel in the clear; use https, or say allow_private: true if it stays "
                                "in your own network");
  host.trust = std::make_shared<net::TlsTrust>(settings.ca_file.string());
  add_secret(host, settings);
  for (const config::SecretSource& source : settings.sign) host.signing.push_back(config::read_secret(source));
  return host;
}

}  // namespace

FetchHost plain_host(const std::string& url) {
  HostSettings settings;
  settings.url = url;
  settings.allow_private = true;
  return prepare(settings);
}

FetchHosts prepare_hosts(const config::PluginSettings& plugin, std::vector<config::ConfigFault>& faults) {
  FetchHosts hosts;
  for (const auto& [name, settings] : plugin.hosts) {
    try {
      hosts.emplace(name, prepare(settings));
    } catch (const std::exception& failure) {
      faults.push_back({settings.place, 0, 0, "plugin " + plugin.name + ": hosts." + name + ": " + failure.what()});
    }
  }
  return hosts;
}

}  // namespace omegate::gateway
