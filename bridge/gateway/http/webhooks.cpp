#include "bridge/gateway/http/webhooks.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/http/hook_proof.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

http::Response unauthorised(const std::string& why) {
  auto response = http::error_response(401, why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

/// A hook that takes POST takes PUT: some senders know only that. Nothing that a link's preview would send.
bool takes(const plugin::Hook& hook, std::string_view method) {
  return std::ranges::find(hook.methods, method == "PUT" ? "POST" : method) != hook.methods.end();
}

/// Names in lower case; what may be secret stays here.
std::vector<std::pair<std::string, std::string>> headers_for_plugin(const http::Request& request) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!is_secret_header(lower)) headers.emplace_back(std::move(lower), value);
  }
  return headers;
}

json::object to_stored(const http::Response& answer) { return {{"status", answer.status}, {"body", answer.body}}; }

http::Response from_stored(std::string_view text) {
  boost::system::error_code bad;
  const json::value value = json::parse(text, bad);
  const auto* const object = bad ? nullptr : value.if_object();
  // Of an older version, which knew one answer only.
  if (object == nullptr || !object->contains("status")) return {202, std::string(text) + "\n"};
  return {static_cast<unsigned>(object->at("status").to_number<int>()), std::string(object->at("body").as_string())};
}

}  // namespace

std::string_view Webhooks::secret_of(const HookOwner& owner, const plugin::Hook& hook) {
  const auto secret = owner.secrets.find(hook.secret);
  return secret == owner.secrets.end() ? std::string_view() : secret->second.reveal();
}

asio::awaitable<std::vector<ServedHook>> Webhooks::served() const {
  std::vector<ServedHook> all;
  for (const HookOwner& owner : owners_) {
    const PluginStatus status = co_await owner.host.status();
    for (const plugin::Hook& hook : status.registrations->hooks) {
      if (!hook.endpoint) all.push_back({&owner, hook});
    }
  }
  co_return all;
}

/// The hook with the longest path that fits, or the one that the token opens.
asio::awaitable<Webhooks::Match> Webhooks::find(HookAddress address, const http::Request& request) {
  Match best;
  const std::vector<ServedHook> all = co_await served();
  for (const auto& [owner, hook] : all) {
    const bool by_path = address.path == hook.path || address.path.starts_with(hook.path + "/");
    const bool by_token = address.path.empty() && !address.endpoint.empty() && has_token(request, secret_of(*owner, hook));
    if (by_token && !best.owner) best = Match{owner, hook, "/" + address.endpoint};
    if (by_path && (!best.owner || hook.path.size() > best.hook.path.size()))
      best = Match{owner, hook, address.path.substr(hook.path.size())};
  }
  co_return best;
}

asio::awaitable<http::Response> Webhooks::handle(http::Request request) {
  HookAddress address = hook_address(request);
  if (address.endpoint == "v1/about" || address.path.ends_with("/v1/about")) co_return about_answer();
  Match match = co_await find(address, request);
  if (!match.owner && !address.endpoint.empty()) {
    log_warning("hook.unauthorised", {{"path", "/" + address.endpoint}, {"peer", request.peer}});
    co_return unauthorised("no hook has this token; here the token says which hook is meant");
  }
  if (!match.owner) co_return http::error_response(404, "no hook is registered at " + request.path);
  co_return co_await open(std::move(match), std::move(address), std::move(request));
}

asio::awaitable<HookWords> Webhooks::words_of(const Match& match, WallTime now) {
  const HookUrl url = co_await context_.store.transact(
      [&](store::Tables& tables) { return hook_url(tables, match.hook.path); });
  co_return hook_words(secret_of(*match.owner, match.hook), match.hook.path, url, now);
}

asio::awaitable<http::Response> Webhooks::open(Match match, HookAddress address, http::Request request) {
  const std::string& path = match.hook.path;
  const auto below = below_hook(match.rest);
  if (!below) co_return http::error_response(404, "there is nothing at this address below the hook " + path);
  if (!takes(match.hook, request.method)) co_return http::error_response(405, "this hook takes POST");
  const std::string_view encoding = request.header("content-encoding");
  if (!encoding.empty() && encoding != "identity")
    co_return http::error_response(415, "the body is compressed; send it without Content-Encoding");
  const WallTime now = context_.now();
  HookWords words;
  if (!below->word.empty()) words = co_await words_of(match, now);
  const std::array<std::string, 2> good_words{words.now, words.previous};
  HookProof proof = prove(request, secret_of(*match.owner, match.hook), good_words, below->word, now);
  if (!proof.good) {
    log_warning("hook.unauthorised", {{"path", std::string(hooks_prefix) + path}, {"peer", request.peer}, {"reason", proof.problem}});
    co_return unauthorised(proof.problem);
  }
  if (!words.previous.empty() && below->word == words.previous)
    log_warning("hook.old_address", {{"path", std::string(hooks_prefix) + path}, {"peer", request.peer}});
  if (request.header("idempotency-key").size() > max_idempotency_key) {
    co_return http::error_response(400, "Idempotency-Key is longer than 255 bytes");
  }
  if (proof.once.empty()) proof.once = std::string(request.header("idempotency-key"));
  std::array<Byte, 12> random_id{};
  context_.random.fill(random_id);
  const std::string id = crypto::to_hex(random_id);
  plugin::HookRequest event{path, request.method, std::string(request.header("content-type")),
                            without_tokens(request.query), {}, id, now, headers_for_plugin(request), below->endpoint};
  event.body = plugin::to_utf8(request.body);
  http::Response answer = hook_answer(address, below->endpoint, path, id, now);
  co_return co_await accept(std::move(match), std::move(event), std::move(proof.once), std::move(answer));
}

/// `once` names the delivery: the second of that name gets the answer of the first, and nothing else happens.
asio::awaitable<http::Response> Webhooks::accept(Match match, plugin::HookRequest event, std::string once,
                                                 http::Response answer) {
  const HookOwner& owner = *match.owner;
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(event.body));
  const Bytes payload = to_bytes(plugin::payload(event));
  const std::string scope = "hook:/hooks" + event.path;
  std::string full_disk;
  http::Response response = answer;
  try {
    co_await context_.store.transact([&](store::Tables& tables) {
      const WallTime now = context_.now();
      LoggedRequest logged{0, event.path, owner.host.name(), "accepted", now, 0, std::string(as_text(payload))};
      if (!once.empty()) {
        if (const auto stored = tables.answers.find(scope, once)) {
          response = stored->body_hash == hash ? from_stored(as_text(stored->answer))
                                               : http::error_response(409, "this Idempotency-Key came with another body");
          logged.result = stored->body_hash == hash ? "repeated" : "refused";
          HookLog(tables, now).add(std::move(logged), log_room_);
          return;
        }
        tables.answers.add(scope, once, {hash, to_bytes(json::serialize(to_stored(answer)))}, now);
      }
      tables.inbox.add({owner.account, owner.host.name(), {}, "hook", payload, {}}, now);
      HookLog(tables, now).add(std::move(logged), log_room_);
    });
  } catch (const store::DiskFull& failure) {
    full_disk = failure.what();
  }
  if (!full_disk.empty()) co_return http::error_response(507, full_disk);
  owner.kick();
  log_info("hook.accepted", {{"path", std::string(hooks_prefix) + event.path}, {"id", event.request_id}, {"status", response.status}});
  co_return response;
}

}  // namespace omegate::gateway
