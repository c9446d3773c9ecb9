// Operations of the API that look: at accounts, rooms, keys, and what became of a message.
#include <algorithm>

#include "bridge/core/xmpp/jid.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/api/document.hpp"
#include "bridge/gateway/api/problem.hpp"

namespace omegate::gateway::api {
namespace {

namespace json = boost::json;

/// The members of `object` that are named, in this order.
json::object only(const json::object& object, std::initializer_list<std::string_view> names) {
  json::object result;
  for (const std::string_view name : names) {
    if (const json::value* value = object.if_contains(name)) result[name] = *value;
  }
  return result;
}

json::object fate_of(const json::object& row) {
  return only(row, {"account", "to", "state", "reason", "waits", "message_id", "created_ms", "expires_ms", "priority", "sealed_again"});
}

json::array rooms_in(const json::value& shown) {
  json::array rooms;
  for (const json::value& room : shown.at("rooms").as_array())
    rooms.push_back(only(room.as_object(), {"account", "jid", "nick", "state", "obstacle", "people"}));
  return rooms;
}

json::array keys_in(const json::value& shown) {
  json::array keys;
  for (const json::value& key : shown.at("keys").as_array())
    keys.push_back(only(key.as_object(), {"fingerprint", "level", "decision", "devices", "first_seen_ms", "decided_ms"}));
  return keys;
}

json::array scopes_of(const config::ApiClientSettings& settings) {
  json::array scopes;
  if (settings.may_send) scopes.emplace_back("send");
  if (settings.may_hear) scopes.emplace_back("events");
  if (settings.may_read_trust) scopes.emplace_back("trust:read");
  if (settings.may_moderate) scopes.emplace_back("moderate");
  return scopes;
}

}  // namespace

asio::awaitable<json::value> Api::look(const Call& call, std::string verb, json::object args) const {
  return all_.ask("api client " + call.client->settings.name, std::move(verb), std::move(args));
}

asio::awaitable<http::Response> Api::get_client(Call call) {
  const config::ApiClientSettings& settings = call.client->settings;
  json::object answer{{"name", settings.name},
                      {"scopes", scopes_of(settings)},
                      {"accounts", json::array(settings.accounts.begin(), settings.accounts.end())}};
  if (settings.may_hear) {
    const std::string owner = call.client->owner();
    const store::ApiQueue queue =
        co_await all_.context.store.transact([&](store::Tables& tables) { return tables.api_events.queue(owner); });
    answer["waiting"] = queue.waiting;
    answer["lost"] = queue.lost;
  }
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::get_message(Call call) {
  const std::string owner = call.client->owner(), id = call.names.front();
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) -> std::int64_t {
    const auto known = tables.messages.by_handle(owner, id);
    if (!known) return -1;
    return known->outbox && tables.outbox.find(*known->outbox) ? known->outbox->value() : 0;
  });
  if (row < 0) {
    throw Refusal({404, "no-such-message", "this client has no message " + in_quotes(id), "path id",
                   "an id that POST /v1/messages returned in the last 30 days"});
  }
  if (row == 0) {
    throw Refusal({410, "forgotten", "what became of this message is not remembered any more", "path id",
                   "a message of the last days (keep_days in omegate.yaml)"});
  }
  json::object args{{"id", row}};
  const json::value shown = co_await look(call, "outbox.show", std::move(args));
  json::object answer{{"id", id}};
  for (const auto& member : fate_of(shown.as_object())) answer[member.key()] = member.value();
  const json::array& devices = shown.at("devices").as_array();
  std::size_t readers = 0;
  for (const json::value& device : devices) readers += device.at("included").as_bool() ? 1 : 0;
  answer["devices"] = json::object{{"known", devices.size()}, {"included", readers}};
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::get_accounts(Call call) {
  json::array accounts;
  const auto actors = all_.actors.get();
  for (Account* account : actors->accounts) {
    const std::string name = account->settings().name;
    if (!call.client->has_account(name)) continue;
    const AccountStatus status = co_await account->status();
    accounts.push_back(json::object{{"name", name},
                                    {"jid", account->self().jid},
                                    {"state", gateway::name(status.state)},
                                    {"since_ms", to_ms(status.since)}});
  }
  const json::object answer{{"accounts", std::move(accounts)}};
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::get_rooms(Call call) {
  json::array rooms;
  for (const std::string& account : call.client->settings.accounts) {
    if (all_.actors.get()->account(account) == nullptr) continue;
    json::object args{{"account", account}};
    const json::value shown = co_await look(call, "room.list", std::move(args));
    for (json::value& room : rooms_in(shown)) rooms.push_back(std::move(room));
  }
  const json::object answer{{"rooms", std::move(rooms)}};
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::get_keys(Call call) {
  const auto jid = xmpp::Jid::parse(call.names.front());
  if (!jid || jid->local().empty()) {
    throw Refusal({400, "bad-address", in_quotes(call.names.front()) + " is no address of a person", "path jid",
                   "an address like alice@example.org"});
  }
  const auto wanted = call.query.find("account");
  const OwnAccount account = own_account(*call.client, wanted == call.query.end() ? std::string() : wanted->second);
  const std::string peer = jid->bare().to_string();
  json::object args{{"account", account.name}, {"jid", peer}};
  const json::value shown = co_await look(call, "trust.list", std::move(args));
  const json::object answer{{"account", account.name}, {"jid", peer}, {"keys", keys_in(shown)}};
  co_return json_response(200, answer);
}

asio::awaitable<http::Response> Api::get_document(Call) { co_return http::Response{200, std::string(document())}; }

}  // namespace omegate::gateway::api
