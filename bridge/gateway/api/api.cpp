#include "bridge/gateway/api/api.hpp"

#include <algorithm>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/gateway/api/address.hpp"
#include "bridge/gateway/api/problem.hpp"
#include "bridge/gateway/http/hook_limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/operator/operator_error.hpp"

namespace omegate::gateway::api {
namespace {

namespace json = boost::json;

std::string_view word_of(Api::Scope scope) {
  switch (scope) {
    case Api::Scope::send: return "send";
    case Api::Scope::events: return "events";
    case Api::Scope::trust: return "trust:read";
    case Api::Scope::moderate: return "moderate";
    case Api::Scope::none:
    case Api::Scope::any: return "";
  }
  return "";
}

Problem unauthorised(bool has_token) {
  Problem problem{401, "unauthorised", has_token ? "this token is nobody's" : "there is no token", "header Authorization",
                  "Bearer and a token that a client in the section api: of omegate.yaml has"};
  problem.headers.emplace_back("WWW-Authenticate", "Bearer");
  return problem;
}

Problem of_operator(const OperatorError& error) {
  const std::string& code = error.code();
  const unsigned status = code == "not_found" ? 404 : code == "conflict" || code == "ambiguous" ? 409 : code == "bad_argument" ? 400 : 500;
  std::string name = code;
  std::ranges::replace(name, '_', '-');
  return {status, std::move(name), error.what(), {}, {}, error.hint()};
}

http::Response from_stored(std::string_view text) {
  boost::system::error_code bad;
  const json::value value = json::parse(text, bad);
  if (bad) throw std::runtime_error("the database holds an unreadable answer");
  http::Response response{value.at("status").to_number<unsigned>(), std::string(value.at("body").as_string())};
  response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

}  // namespace

http::Response json_response(unsigned status, const json::value& value) {
  http::Response response{status, json::serialize(value) + "\n"};
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

const std::vector<Api::Operation>& Api::table() {
  using Self = Api;
  static const std::vector<Operation> table{
      {{"POST", "/v1/messages", Scope::send}, &Self::post_message},
      {{"GET", "/v1/messages/{id}", Scope::send}, &Self::get_message},
      {{"PUT", "/v1/messages/{id}", Scope::send}, &Self::put_message},
      {{"DELETE", "/v1/messages/{id}", Scope::send}, &Self::delete_message},
      {{"POST", "/v1/reactions", Scope::send}, &Self::post_reaction},
      {{"POST", "/v1/moderations", Scope::moderate}, &Self::post_moderation},
      {{"GET", "/v1/events", Scope::events}, &Self::get_events, {"after", "wait", "limit"}},
      {{"POST", "/v1/events/ack", Scope::events}, &Self::post_ack},
      {{"GET", "/v1/client", Scope::any}, &Self::get_client},
      {{"GET", "/v1/accounts", Scope::any}, &Self::get_accounts},
      {{"GET", "/v1/rooms", Scope::any}, &Self::get_rooms},
      {{"GET", "/v1/contacts/{jid}/keys", Scope::trust}, &Self::get_keys, {"account"}},
      {{"GET", "/v1/openapi.json", Scope::none}, &Self::get_document},
  };
  return table;
}

std::vector<Api::OperationName> Api::operations() {
  std::vector<OperationName> names;
  for (const Operation& each : table()) names.push_back(each.name);
  return names;
}

const Api::Operation& Api::find_operation(Call& call) const {
  std::string methods;
  for (const Operation& each : table()) {
    auto names = match_path(each.name.path, call.request.path);
    if (!names) continue;
    if (each.name.method == call.request.method) {
      call.names = std::move(*names);
      return each;
    }
    methods += (methods.empty() ? "" : ", ") + std::string(each.name.method);
  }
  if (methods.empty()) {
    throw Refusal({404, "no-such-path", "there is nothing at " + in_quotes(call.request.path), "path",
                   "a path that GET /v1/openapi.json names"});
  }
  Problem problem{405, "no-such-method", in_quotes(call.request.method) + " is nothing that can be done here", "method", methods};
  problem.headers.emplace_back("Allow", methods);
  throw Refusal(std::move(problem));
}

void Api::expect_scope(const Client& client, Scope scope) const {
  const config::ApiClientSettings& may = client.settings;
  const bool allowed = scope == Scope::send     ? may.may_send
                       : scope == Scope::events ? may.may_hear
                       : scope == Scope::trust  ? may.may_read_trust
                       : scope == Scope::moderate ? may.may_moderate
                                                  : true;
  if (allowed) return;
  throw Refusal({403, "no-scope", "the client " + may.name + " has not the scope " + std::string(word_of(scope)),
                 "header Authorization", "a token with this scope",
                 "add it to its scopes in omegate.yaml, then omegate reload"});
}

asio::awaitable<http::Response> Api::handle(http::Request request) {
  const std::string peer = request.peer;
  Problem problem;
  std::string client;
  try {
    Call call{clients_, nullptr, std::move(request), {}, {}};
    if (auto stranger = refuse_stranger(call.request, hosts_)) throw Refusal(std::move(*stranger));
    const std::string_view token = token_in(call.request);
    call.client = token.empty() ? nullptr : find_client(*clients_, token);
    const bool is_open = call.request.path == "/v1/openapi.json";
    if (!call.client && !is_open) throw Refusal(unauthorised(!token.empty()));
    if (call.client) client = call.client->settings.name;
    co_return co_await carry_out(std::move(call));
  } catch (const Refusal& refusal) {
    problem = refusal.problem();
  } catch (const OperatorError& error) {
    problem = of_operator(error);
  } catch (const store::DiskFull& failure) {
    problem = {507, "disk-full", failure.what()};
  }
  const bool is_stranger = problem.status == 401 || problem.status == 403 || problem.name == "token-in-address";
  if (is_stranger) log_warning("api.refused", {{"peer", peer}, {"client", client}, {"problem", problem.name}});
  co_return to_response(problem);
}

asio::awaitable<http::Response> Api::carry_out(Call call) {
  const Operation& operation = find_operation(call);
  if (call.client) expect_scope(*call.client, operation.name.scope);
  call.query = read_query(call.request.query, operation.query);
  const bool has_body = !call.request.body.empty();
  const std::string_view type = call.request.header("content-type");
  if (has_body && !is_json_type(type)) {
    throw Refusal({415, "not-json", "the body is said to be " + in_quotes(type), "header Content-Type", "application/json"});
  }
  co_return co_await (this->*operation.method)(std::move(call));
}

/// The second request of one key gets the answer of the first, and nothing else happens.
asio::awaitable<http::Response> Api::once(const Call& call, Work work) {
  const http::Request& request = call.request;
  const std::string key(request.header("idempotency-key"));
  if (key.size() > max_idempotency_key) {
    throw Refusal({400, "long-key", "the idempotency key has " + std::to_string(key.size()) + " bytes",
                   "header Idempotency-Key", std::to_string(max_idempotency_key) + " bytes at most"});
  }
  const std::string what = request.method + '\n' + request.path + '\n' + request.body;
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(what));
  const std::string scope = call.client->owner();
  Done done = co_await all_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = all_.context.now();
    const auto stored = key.empty() ? std::nullopt : tables.answers.find(scope, key);
    if (stored && stored->body_hash != hash) {
      throw Refusal({409, "key-used", "this idempotency key came with another request", "header Idempotency-Key",
                     "a new key for a new request"});
    }
    if (stored) return Done{from_stored(as_text(stored->answer)), {}};
    Done fresh = work(tables, now);
    const json::object answer{{"status", fresh.response.status}, {"body", fresh.response.body}};
    if (!key.empty()) tables.answers.add(scope, key, {hash, to_bytes(json::serialize(answer))}, now);
    return fresh;
  });
  const auto actors = all_.actors.get();
  for (const store::AccountId id : done.touched) {
    Account* const account = actors->account(id);
    if (account == nullptr) continue;
    account->kick();
    if (done.moderates) account->kick_rooms();
  }
  co_return std::move(done.response);
}

}  // namespace omegate::gateway::api
