#include "bridge/gateway/webhooks.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/log.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

/// The token of `Authorization: Bearer …`; the scheme's case does not matter.
std::string_view bearer_token(const http::Request& request) {
  constexpr std::string_view scheme = "bearer ";
  const std::string_view header = request.header("authorization");
  if (header.size() <= scheme.size()) return {};
  const bool fits = std::equal(scheme.begin(), scheme.end(), header.begin(),
                               [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b); });
  return fits ? header.substr(scheme.size()) : std::string_view();
}

/// Compares digests: neither the length nor the first difference of the token shows in the time it takes.
bool is_authorised(const http::Request& request, const HookOwner& owner, const plugin::Hook& hook) {
  const auto secret = owner.secrets.find(hook.secret);
  if (secret == owner.secrets.end() || secret->second.empty()) return false;
  const auto given = crypto::digest(crypto::Hash::sha256, as_bytes(bearer_token(request)));
  const auto wanted = crypto::digest(crypto::Hash::sha256, as_bytes(secret->second.reveal()));
  return crypto::equal(given, wanted);
}

http::Response accepted(std::string body) { return {202, std::move(body) + "\n", "application/json", {}}; }

http::Response unauthorised() {
  auto response = http::error_response(401, "missing or wrong token: send `Authorization: Bearer TOKEN`");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

asio::awaitable<Webhooks::Match> Webhooks::find(std::string path) {
  for (const HookOwner& owner : owners_) {
    const PluginStatus status = co_await owner.host.status();
    for (const plugin::Hook& hook : status.registrations->hooks) {
      if (path == std::string(hooks_prefix) + hook.path) co_return Match{&owner, hook};
    }
  }
  co_return Match{};
}

asio::awaitable<http::Response> Webhooks::handle(http::Request request) {
  std::string path = request.path;
  Match match = co_await find(std::move(path));
  if (!match.owner) co_return http::error_response(404, "no hook is registered at " + request.path);
  const auto& methods = match.hook.methods;
  if (std::find(methods.begin(), methods.end(), request.method) == methods.end()) {
    co_return http::error_response(405, "this hook takes POST");
  }
  if (!is_authorised(request, *match.owner, match.hook)) {
    log_warning("hook.unauthorised", {{"path", request.path}, {"peer", request.peer}});
    co_return unauthorised();
  }
  if (request.header("idempotency-key").size() > max_idempotency_key) {
    co_return http::error_response(400, "Idempotency-Key is longer than 255 bytes");
  }
  co_return co_await accept(std::move(match), std::move(request));
}

asio::awaitable<http::Response> Webhooks::accept(Match match, http::Request request) {
  const HookOwner& owner = *match.owner;
  std::array<Byte, 12> random_id{};
  context_.random.fill(random_id);
  const std::string id = crypto::to_hex(random_id);
  const std::string key(request.header("idempotency-key"));
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(request.body));
  plugin::HookRequest event{match.hook.path, request.method, std::string(request.header("content-type")), request.query,
                            std::move(request.body), id, context_.now()};
  const std::string answer = json::serialize(json::object{{"id", id}, {"state", "accepted"}});
  const Bytes payload = to_bytes(plugin::payload(event));
  std::string full_disk;
  http::Response response = accepted(answer);
  try {
    co_await context_.store.transact([&](store::Tables& tables) {
      const WallTime now = context_.now();
      if (!key.empty()) {
        if (const auto stored = tables.answers.find("hook:" + request.path, key)) {
          response = stored->body_hash == hash ? accepted(std::string(as_text(stored->answer)))
                                               : http::error_response(409, "this Idempotency-Key came with another body");
          return;
        }
        tables.answers.add("hook:" + request.path, key, {hash, to_bytes(answer)}, now);
      }
      tables.inbox.add({owner.account, owner.host.name(), {}, "hook", payload, {}}, now);
    });
  } catch (const store::DiskFull& failure) {
    full_disk = failure.what();
  }
  if (!full_disk.empty()) co_return http::error_response(507, full_disk);
  owner.kick();
  log_info("hook.accepted", {{"path", request.path}, {"id", id}, {"status", response.status}});
  co_return response;
}

}  // namespace omegate::gateway
