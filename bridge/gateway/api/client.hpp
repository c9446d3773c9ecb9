// The programs that may use the API, with their tokens; and whether a request is one of theirs.
//
// Not here: what they ask for (api.hpp).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/http/server.hpp"
#include "bridge/gateway/api/problem.hpp"

namespace omegate::gateway::api {

struct Client {
  config::ApiClientSettings settings;  // its accounts are never empty
  crypto::Secret<32> token;            // its SHA-256

  /// Who owns its messages and events in the tables. No plugin's name has a colon.
  std::string owner() const { return "api:" + settings.name; }
  bool has_account(std::string_view name) const;
  /// `address`: a bare JID, prepared.
  bool may_send_to(std::string_view address) const;
};

using Clients = std::vector<Client>;

/// Reads the tokens. Throws `config::ConfigError`: a token that cannot be had, is too short, or is another client's.
std::shared_ptr<const Clients> read_clients(const config::Settings& settings);

/// Whose token that is; null: nobody's. Looks at all of them, each in constant time.
const Client* find_client(const Clients& clients, std::string_view token);

/// What no client of the API would send: what a browser sends for somebody else's page, a token in the address, a header
/// twice that must be one. `hosts`: names by which we are asked, besides addresses and localhost.
std::optional<Problem> refuse_stranger(const http::Request& request, const std::vector<std::string>& hosts);

/// The token of `Authorization: Bearer`; empty if there is none.
std::string_view token_in(const http::Request& request);

}  // namespace omegate::gateway::api
