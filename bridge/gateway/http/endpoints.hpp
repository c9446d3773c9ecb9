// HTTP requests to the endpoints of plugins (P.http): proved, stored, and only then answered.
//
// The answer is the plugin's, said when it registered: it is the same whether the request is new or came before. Not
// here: hooks, below /hooks (webhooks.hpp), what a request holds (endpoint_items.hpp).
// Source: RFC 6750 §2.1; Matrix, Application Service API, "Authorization" and "Pushing events" (a transaction is answered
// 200 when it will not be lost, and comes again until then; one of an id that is known is answered and dropped).
#pragma once

#include <optional>

#include "bridge/gateway/http/webhooks.hpp"

namespace omegate::gateway {

class Endpoints {
 public:
  Endpoints(Context& context, std::vector<HookOwner> owners) : context_(context), owners_(std::move(owners)) {}

  /// Nothing: the request is for no endpoint, and as it was. Runs on the server's executor.
  asio::awaitable<std::optional<http::Response>> handle(http::Request& request);

  /// What the body of the request with this head may have, if it may have more than others. Unit: bytes.
  asio::awaitable<std::optional<std::size_t>> body_limit(const http::Request& head);

 private:
  struct Match {
    const HookOwner* owner = nullptr;
    plugin::Hook hook;
    plugin::PathParts parts;
  };
  asio::awaitable<std::optional<Match>> find(const std::string& path);
  asio::awaitable<http::Response> accept(Match match, http::Request request);

  Context& context_;
  std::vector<HookOwner> owners_;
};

}  // namespace omegate::gateway
