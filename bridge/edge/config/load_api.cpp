#include <algorithm>
#include <array>

#include "bridge/edge/config/addresses.hpp"
#include "bridge/edge/config/load_parts.hpp"

namespace omegate::config {
namespace {

using Accounts = std::vector<AccountSettings>;

constexpr std::pair<std::string_view, trust::Level> levels[] = {
    {"tofu", trust::Level::tofu}, {"trusted", trust::Level::trusted}, {"verified", trust::Level::verified}};

void load_scopes(YamlSection& section, ApiClientSettings& client) {
  const std::array<std::pair<std::string_view, bool*>, 4> scopes{{{"send", &client.may_send},
                                                                  {"events", &client.may_hear},
                                                                  {"trust:read", &client.may_read_trust},
                                                                  {"moderate", &client.may_moderate}}};
  for (const auto& [place, word] : section.texts("scopes", "a scope: send, events, \"trust:read\" or moderate")) {
    const auto found = std::ranges::find(scopes, word, [](const auto& scope) { return scope.first; });
    if (found == scopes.end()) {
      section.wrong(place, "one of send, events, \"trust:read\", moderate");
    } else {
      *found->second = true;
    }
  }
  const bool may_anything = client.may_send || client.may_hear || client.may_read_trust || client.may_moderate;
  if (!may_anything && section.take("scopes"))
    section.wrong(*section.take("scopes"), "at least one of send, events, \"trust:read\", moderate");
}

void load_audience(YamlSection& section, ApiClientSettings& client) {
  for (const auto& [place, text] : section.texts("send_to", "a JID, a domain or \"*\"")) {
    if (text == "*") {
      client.send_to_anyone = true;
      continue;
    }
    const auto address = bare_jid_or_domain(text);
    if (!address) section.wrong(place, "a bare JID, a domain, or \"*\" for anybody");
    client.send_to.push_back(address.value_or(text));
  }
  const bool has_audience = client.send_to_anyone || !client.send_to.empty();
  if ((client.may_send || client.may_moderate) && !has_audience && !section.take("send_to"))
    section.missing("send_to", "whom it may write to, as in send_to: [you@example.org], or \"*\" for anybody");
}

void load_own_accounts(YamlSection& section, ApiClientSettings& client, const Accounts& accounts) {
  for (const auto& [place, name] : section.texts("accounts", "an account's name")) {
    if (std::ranges::find(accounts, name, &AccountSettings::name) == accounts.end())
      section.wrong(place, "the name of an account under accounts:");
    client.accounts.push_back(name);
  }
}

ApiClientSettings load_client(Reading& reading, const Value& value, const std::string& name, const Accounts& accounts) {
  YamlSection section(reading, value);
  ApiClientSettings client;
  client.name = name;
  if (const auto token = section.take("token")) {
    client.token = load_secret(reading, *token).value_or(SecretSource());
  } else {
    section.missing("token", "where its secret is, as in token: {file: /etc/omegate/" + name + ".token}");
  }
  if (!section.take("scopes")) section.missing("scopes", "what it may, as in scopes: [send, events]");
  load_scopes(section, client);
  load_own_accounts(section, client, accounts);
  load_audience(section, client);
  client.min_trust = section.choice<trust::Level>("min_trust", levels);
  client.hears_typing = section.flag("typing").value_or(false);
  client.hears_keys = section.flag("keys").value_or(false);
  client.sends_per_minute = static_cast<unsigned>(
      section.number("sends_per_minute", 1, max_api_sends, "messages").value_or(client.sends_per_minute));
  client.keep_days =
      static_cast<unsigned>(section.number("keep_days", 1, max_api_days, "days").value_or(client.keep_days));
  section.finish();
  return client;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

ApiSettings load_api(Reading& reading, const Value& value, const Accounts& accounts, bool has_http) {
  YamlSection section(reading, value);
  ApiSettings api;
  for (const auto& [place, host] : section.texts("hosts", "a name like bot.example.org")) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyz0123456789-.";
    if (host.empty() || lower(host).find_first_not_of(plain) != host.npos)
      section.wrong(place, "a name like bot.example.org, without https:// and without a port");
    api.hosts.push_back(lower(host));
  }
  if (const auto clients = section.take("clients")) {
    YamlSection names(reading, *clients);
    for (const auto& [name, entry] : names.entries()) {
      if (!is_name(name)) {
        names.fault(entry, entry.path + ": a client's name has only a-z, 0-9, - and _ and begins with a letter");
        continue;
      }
      api.clients.push_back(load_client(reading, entry, name, accounts));
    }
  }
  if (api.clients.size() > max_api_clients)
    section.fault(value, value.path + ": at most " + std::to_string(max_api_clients) + " clients");
  if (api.clients.empty()) section.missing("clients", "the programs that may use it; without them remove api:");
  if (!has_http)
    section.fault(value, value.path + ": there is no http: section, so nobody can reach the API; add one");
  section.finish();
  return api;
}

}  // namespace omegate::config
