// The programs that may use the HTTP API, and what each may.
//
// Not here: the server they talk to (`HttpSettings`), what they say (docs/http-api.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/trust/policy.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_source.hpp"

namespace omegate::config {

struct ApiClientSettings {
  std::string name;  // the key under `api: clients:`; its messages and events are kept under it
  SecretSource token;

  bool may_send = false, may_hear = false, may_read_trust = false;  // scopes: send, events, trust:read
  bool may_moderate = false;                                        // scope: moderate

  std::vector<std::string> accounts;        // account names, the default first; empty: all
  std::vector<std::string> send_to;         // bare JIDs and domains
  bool send_to_anyone = false;              // "*"
  std::optional<trust::Level> min_trust;    // keys below it neither hear nor are heard
  bool hears_typing = false, hears_keys = false;
  unsigned sends_per_minute = default_api_sends;
  unsigned keep_days = default_api_days;    // an event that nobody acknowledges

  friend bool operator==(const ApiClientSettings&, const ApiClientSettings&) = default;
};

struct ApiSettings {
  std::vector<std::string> hosts;  // lower case; besides addresses and localhost
  std::vector<ApiClientSettings> clients;

  friend bool operator==(const ApiSettings&, const ApiSettings&) = default;
};

}  // namespace omegate::config
