// Laws: a config is either refused, with the place of each mistake, or within limits and complete; it is read
// the same each time, and a comment above it changes nothing.
// case 168
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <set>

#include "bridge/core/plugin/json.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/edge/config/load.hpp"
#include "tests/fuzz/target.hpp"

namespace omegate::fuzz {
namespace {

using namespace omegate::config;

struct Reading {
  std::optional<Settings> settings;
  std::string refusal;
};

void check(const ConfigError& error, const std::string& text) {
  require(!error.faults().empty(), "who refuses says why");
  const auto lines =
      std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r') + 2;
  for (const ConfigFault& fault : error.faults()) {
    require(fault.file == "/etc/omegate/omegate.yaml" && !fault.text.empty(), "a fault says what and where");
    require(fault.line >= 0 && fault.line <= lines && fault.column >= 0, "the place is in the file");
  }
}

Reading read(const std::string& text) {
  try {
    return {parse_settings(text, "/etc/omegate/omegate.yaml", {"/usr/share/omegate/plugins", false}), {}};
  } catch (const ConfigError& error) {
    check(error, text);
    return {std::nullopt, error.what()};
  }
}

void check(const AccountSettings& account) {
  const auto jid = xmpp::Jid::parse(account.jid);
  require(jid && jid->is_bare() && !jid->local().empty() && jid->to_string() == account.jid,
          "an account is a prepared bare JID");
  require(account.ca_file.empty() || account.ca_file.is_absolute(), "paths are absolute");
  for (const auto& admin : account.admins) require(xmpp::Jid::parse(admin).has_value(), "admins are JIDs");
  for (const auto& contact : account.contacts)
    require(xmpp::Jid::parse(contact.address).has_value(), "contacts are JIDs");
}

void check(const Settings& settings) {
  require(!settings.accounts.empty() && settings.accounts.size() <= max_accounts, "accounts are bounded");
  std::set<std::string> names, jids;
  for (const AccountSettings& account : settings.accounts) {
    check(account);
    require(names.insert(account.name).second && jids.insert(account.jid).second, "no account stands twice");
  }
  require(settings.data_dir.is_absolute() && settings.control.socket.is_absolute() &&
              settings.anchor().is_absolute(),
          "paths are absolute");
  require(
      settings.key.kind == SecretSource::Kind::file || settings.key.kind == SecretSource::Kind::credential,
      "the key is there at each start");
  require(settings.keep_days >= 1 && settings.keep_days <= max_keep_days, "the history is bounded");
  require(settings.network_threads >= 1 && settings.network_threads <= max_network_threads,
          "threads are bounded");
  if (settings.http) {
    require(settings.http->max_body <= max_http_body, "bodies are bounded");
    const auto address = boost::asio::ip::make_address(settings.http->address);
    require(settings.http->allow_remote || address.is_loopback(), "HTTP stays on loopback unless allowed");
  }
  for (const PluginSettings& plugin : settings.plugins) {
    require(plugin::parse_object(plugin.config_json).has_value(), "a plugin's settings are a JSON object");
    for (const auto& name : plugin.accounts) require(names.contains(name), "a plugin's accounts are there");
  }
}

}  // namespace

void fuzz_config(ByteView input) {
  const std::string text(as_text(input));
  const Reading once = read(text), again = read(text);
  require(once.settings.has_value() == again.settings.has_value() && once.refusal == again.refusal,
          "the same file reads the same");
  if (once.settings) check(*once.settings);
  if (text.empty() || static_cast<signed char>(text[0]) <= 0) return;  // a mark of its encoding stands first
  const Reading longer = read("# a comment\n" + text);
  require(longer.settings.has_value() == once.settings.has_value(), "a comment is no mistake and mends none");
  if (!once.settings) return;
  require(longer.settings->accounts.size() == once.settings->accounts.size(), "and says nothing");
}

}  // namespace omegate::fuzz
