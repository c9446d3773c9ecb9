#include "bridge/gateway/http/endpoints.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/gateway/http/endpoint_items.hpp"
#include "bridge/gateway/http/hook_proof.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

http::Response answer_of(const plugin::Hook& hook) { return {hook.endpoint->status, hook.endpoint->answer}; }

bool opens(const http::Request& request, const HookOwner& owner, const plugin::Hook& hook) {
  return has_bearer(request, Webhooks::secret_of(owner, hook));
}

/// The part of the path that names the delivery; empty: nothing does.
std::string delivery_of(const plugin::Hook& hook, const plugin::PathParts& parts) {
  for (const auto& [name, value] : parts) {
    if (name == hook.endpoint->once) return value;
  }
  return {};
}

plugin::HookRequest event_of(const plugin::Hook& hook, const plugin::PathParts& parts, http::Request request, std::string id,
                             WallTime now) {
  plugin::HookRequest event{hook.path, request.method, std::string(request.header("content-type")), without_tokens(request.query),
                            {}, std::move(id), now};
  event.body = std::move(request.body);
  event.params = parts;
  return event;
}

}  // namespace

asio::awaitable<std::optional<Endpoints::Match>> Endpoints::find(const std::string& path) {
  if (!plugin::may_be_endpoint(path)) co_return std::nullopt;
  for (const HookOwner& owner : owners_) {
    const PluginStatus status = co_await owner.host.status();
    for (const plugin::Hook& hook : status.registrations->hooks) {
      if (!hook.endpoint) continue;
      auto parts = plugin::match_endpoint(hook.path, path);
      if (!parts) continue;
      Match match{&owner, hook, std::move(*parts)};
      co_return std::optional<Match>(std::move(match));
    }
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<std::size_t>> Endpoints::body_limit(const http::Request& head) {
  const auto match = co_await find(head.path);
  if (!match || match->hook.endpoint->each.empty() || !opens(head, *match->owner, match->hook)) co_return std::nullopt;
  co_return plugin::max_endpoint_body;
}

asio::awaitable<std::optional<http::Response>> Endpoints::handle(http::Request& request) {
  auto match = co_await find(request.path);
  if (!match) co_return std::nullopt;
  const auto& methods = match->hook.methods;
  if (!opens(request, *match->owner, match->hook)) {
    log_warning("endpoint.unauthorised", {{"path", match->hook.path}, {"peer", request.peer}});
    auto refused = http::error_response(401, "missing or wrong token: send `Authorization: Bearer TOKEN`");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    co_return refused;
  }
  if (std::ranges::find(methods, request.method) == methods.end())
    co_return http::error_response(405, "this endpoint takes " + methods.front());
  if (!match->hook.endpoint->heard) co_return answer_of(match->hook);
  http::Response answer = co_await accept(std::move(*match), std::move(request));
  co_return answer;
}

/// A delivery of a known name is answered and dropped; of a known name with another body it is none: whoever counts its
/// deliveries may have begun to count anew, and the items have names of their own.
asio::awaitable<http::Response> Endpoints::accept(Match match, http::Request request) {
  const HookOwner& owner = *match.owner;
  const plugin::Hook& hook = match.hook;
  const std::string delivery = delivery_of(hook, match.parts);
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(request.body));
  const std::string once = delivery.empty() ? delivery : delivery + " " + crypto::to_hex(hash);
  std::array<Byte, 12> random_id{};
  context_.random.fill(random_id);
  const plugin::HookRequest event = event_of(hook, match.parts, std::move(request), crypto::to_hex(random_id), context_.now());
  EndpointItems found = endpoint_items(hook, event);
  if (!found.problem.empty()) co_return http::error_response(400, found.problem);
  const std::string scope = "http:" + owner.host.name() + ":" + hook.path;
  const http::Response answer = answer_of(hook);
  std::string full_disk;
  bool repeated = false;
  std::size_t added = 0;
  try {
    co_await context_.store.transact([&](store::Tables& tables) {
      const WallTime now = context_.now();
      repeated = !once.empty() && !tables.answers.add(scope, once, {hash, {}}, now);
      if (repeated) return;
      for (const EndpointItem& item : found.items) {
        if (item.passing && tables.inbox.count_pending(owner.host.name(), item.conversation, plugin::max_passing_backlog) ==
                                plugin::max_passing_backlog)
          continue;
        if (!item.id.empty() && !tables.seen.add(owner.account, scope + ":" + item.id, now)) continue;
        const Bytes payload = to_bytes(plugin::payload(item.event));
        tables.inbox.add({owner.account, owner.host.name(), item.conversation, "hook", payload, {}}, now);
        ++added;
      }
    });
  } catch (const store::DiskFull& failure) {
    full_disk = failure.what();
  }
  if (!full_disk.empty()) co_return http::error_response(507, full_disk);
  if (found.skipped > 0 && !repeated)
    log_warning("endpoint.skipped", {{"path", hook.path}, {"id", event.request_id}, {"items", found.skipped}});
  if (added > 0) owner.kick();
  log_info("endpoint.accepted", {{"path", hook.path}, {"id", event.request_id}, {"events", added}, {"repeated", repeated}});
  co_return answer;
}

}  // namespace omegate::gateway
