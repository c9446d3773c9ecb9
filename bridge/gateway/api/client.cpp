#include "bridge/gateway/api/client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/api/limits.hpp"

namespace omegate::gateway::api {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

crypto::Secret<32> digest_of(std::string_view token) {
  return *crypto::Secret<32>::from(crypto::digest(crypto::Hash::sha256, as_bytes(token)));
}

config::ConfigFault fault(const Client& client, const std::string& text) {
  return {client.settings.token.place, 0, 0, "api client " + client.settings.name + ": " + text};
}

void read_token(Client& client, std::vector<config::ConfigFault>& faults) {
  try {
    const config::SecretText token = config::read_secret(client.settings.token);
    if (token.reveal().size() < least_token) {
      faults.push_back(fault(client, "its token has fewer than " + std::to_string(least_token) +
                                         " characters, so it could be guessed; make one: openssl rand -hex 32"));
    }
    client.token = digest_of(token.reveal());
  } catch (const config::SecretError& failure) {
    faults.push_back(fault(client, std::string("token: ") + failure.what()));
  }
}

/// "bot.example.org:8443" without the port; of "[::1]:8443" what is in the brackets.
std::string host_name(std::string_view header) {
  if (header.starts_with('[')) return std::string(header.substr(1, header.find(']') - 1));
  return lower(header.substr(0, header.find(':')));
}

/// A page whose name was made to lead here (DNS rebinding) is asked for by that name.
bool is_our_name(const std::string& host, const std::vector<std::string>& hosts) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  return !no_address || host == "localhost" || std::ranges::find(hosts, host) != hosts.end();
}

bool has_token_in_address(std::string_view query) {
  while (!query.empty()) {
    const std::string_view field = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(field.size() + 1, query.size()));
    const std::string name = lower(field.substr(0, field.find('=')));
    if (name == "token" || name == "access_token" || name == "auth" || name == "api_key") return true;
  }
  return false;
}

std::ptrdiff_t times(const http::Request& request, std::string_view name) {
  return std::ranges::count_if(request.headers, [&](const auto& header) { return lower(header.first) == name; });
}

}  // namespace

bool Client::has_account(std::string_view name) const {
  return std::ranges::find(settings.accounts, name) != settings.accounts.end();
}

bool Client::may_send_to(std::string_view address) const {
  if (settings.send_to_anyone) return true;
  const std::string_view domain = address.substr(std::min(address.find('@') + 1, address.size()));
  return std::ranges::any_of(settings.send_to, [&](const std::string& each) { return each == address || each == domain; });
}

std::shared_ptr<const Clients> read_clients(const config::Settings& settings) {
  auto clients = std::make_shared<Clients>();
  std::vector<config::ConfigFault> faults;
  for (const config::ApiClientSettings& each : settings.api.clients) {
    Client client{each, {}};
    if (each.accounts.empty()) {
      for (const auto& account : settings.accounts) client.settings.accounts.push_back(account.name);
    }
    read_token(client, faults);
    for (const Client& other : *clients) {
      if (faults.empty() && other.token == client.token)
        faults.push_back(fault(client, "its token is also that of " + other.settings.name + "; each needs its own"));
    }
    clients->push_back(std::move(client));
  }
  if (!faults.empty()) throw config::ConfigError(std::move(faults));
  return clients;
}

const Client* find_client(const Clients& clients, std::string_view token) {
  const crypto::Secret<32> digest = digest_of(token);
  const Client* found = nullptr;
  for (const Client& each : clients) {
    if (each.token == digest) found = &each;
  }
  return found;
}

std::optional<Problem> refuse_stranger(const http::Request& request, const std::vector<std::string>& hosts) {
  for (const std::string_view name : {"host", "authorization", "content-type", "idempotency-key", "last-event-id"}) {
    if (times(request, name) > 1)
      return Problem{400, "repeated-header", "the header " + std::string(name) + " comes twice",
                     "header " + std::string(name), "once"};
  }
  const std::string host = host_name(request.header("host"));
  if (!is_our_name(host, hosts)) {
    return Problem{403, "foreign-host", "this is asked for as " + in_quotes(host) + ", which is no name of ours", "header Host",
                   "an address, localhost, or a name under hosts: in the section api: of omegate.yaml",
                   "add the name there if it is yours"};
  }
  const std::string_view site = request.header("sec-fetch-site");
  const bool foreign_site = !site.empty() && site != "none" && site != "same-origin";
  if (times(request, "origin") > 0 || foreign_site) {
    return Problem{403, "foreign-origin", "a web page sent this", times(request, "origin") > 0 ? "header Origin" : "header Sec-Fetch-Site",
                   "no such header: this API is for programs, not for scripts in a browser"};
  }
  if (has_token_in_address(request.query)) {
    return Problem{400, "token-in-address", "the address has a token in it, and addresses are written into logs", "query",
                   "the header Authorization: Bearer TOKEN", "send it there, and make a new token: this one was shown around"};
  }
  return std::nullopt;
}

std::string_view token_in(const http::Request& request) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view header = request.header("authorization");
  if (header.size() <= scheme.size() || lower(header.substr(0, scheme.size())) != scheme) return {};
  return header.substr(scheme.size());
}

}  // namespace omegate::gateway::api
