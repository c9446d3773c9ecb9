// HTTP requests to the hooks of plugins become inbox rows.
//
// A success only after the commit. Not here: HTTP itself (edge/http), which paths lead to a hook and what its sender reads
// (hook_address), what opens it (hook_proof), what a hook does with the request (the plugin).
// Source: flow 5.2 of the architecture, step 1; draft-ietf-httpapi-idempotency-key-header for the repeated key.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/http/server.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/http/hook_address.hpp"
#include "bridge/gateway/http/hook_log.hpp"
#include "bridge/gateway/http/hook_urls.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::gateway {

/// A plugin whose hooks are served.
struct HookOwner {
  PluginHost& host;
  std::map<std::string, config::SecretText> secrets;  // by the names its hooks use
  store::AccountId account;                           // the row's: the plugin's first
  std::function<void()> kick;
};

struct ServedHook {
  const HookOwner* owner = nullptr;
  plugin::Hook hook;
};

class Webhooks {
 public:
  /// `log_room`: how much of the requests is kept to be looked at.
  Webhooks(Context& context, std::vector<HookOwner> owners, HookLogRoom log_room)
      : context_(context), owners_(std::move(owners)), log_room_(log_room) {}

  /// Anything below `/hooks`. Runs on the server's executor.
  asio::awaitable<http::Response> handle(http::Request request);

  /// All there are; good as long as this object.
  asio::awaitable<std::vector<ServedHook>> served() const;

  static std::string_view secret_of(const HookOwner& owner, const plugin::Hook& hook);

 private:
  struct Match {
    const HookOwner* owner = nullptr;
    plugin::Hook hook;
    std::string rest;  // of the path, behind the hook's own
  };
  asio::awaitable<Match> find(HookAddress address, const http::Request& request);
  asio::awaitable<HookWords> words_of(const Match& match, WallTime now);
  asio::awaitable<http::Response> open(Match match, HookAddress address, http::Request request);
  asio::awaitable<http::Response> accept(Match match, plugin::HookRequest event, std::string once, http::Response answer);

  Context& context_;
  std::vector<HookOwner> owners_;
  HookLogRoom log_room_;
};

}  // namespace omegate::gateway
