// Who works in the gateway now: accounts, plugins with their inboxes, hooks.
//
// A set is never changed: a reload publishes another one, and whoever holds the old set finishes with it. Not
// here: who owns the actors and keeps those that left until nobody talks to them any more (gateway.hpp).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/mail/address.hpp"
#include "bridge/gateway/account/account.hpp"
#include "bridge/gateway/http/endpoints.hpp"
#include "bridge/gateway/http/webhooks.hpp"
#include "bridge/gateway/plugins/inbox_worker.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

namespace api {
class Api;
}

struct RunningPlugin {
  std::string version;
  PluginHost* host;
  InboxWorker* inbox;
  store::AccountId account;  // of its rows that no account's message is the reason of
  bool hears_messages, hears_typing, hears_of_keys;  // as it was granted
  std::vector<mail::AddressPattern> mail_addresses;  // whose mail it hears
  std::vector<std::string> topics = {};              // of other plugins that it hears of
};

struct Actors {
  std::vector<Account*> accounts;  // as the config has them
  std::vector<RunningPlugin> plugins;
  std::shared_ptr<Webhooks> webhooks;  // null without HTTP
  std::shared_ptr<Endpoints> endpoints = {};  // likewise
  std::shared_ptr<api::Api> api;       // null without clients

  /// By the configured name; null: there is none.
  Account* account(std::string_view name) const {
    for (Account* each : accounts) {
      if (each->settings().name == name) return each;
    }
    return nullptr;
  }
  Account* account(store::AccountId id) const {
    for (Account* each : accounts) {
      if (each->self().account == id) return each;
    }
    return nullptr;
  }
};

/// The present set, for readers on any thread.
class CurrentActors {
 public:
  std::shared_ptr<const Actors> get() const { return now_.load(); }
  void publish(Actors next) { now_.store(std::make_shared<const Actors>(std::move(next))); }

 private:
  std::atomic<std::shared_ptr<const Actors>> now_ = std::make_shared<const Actors>();
};

}  // namespace omegate::gateway
