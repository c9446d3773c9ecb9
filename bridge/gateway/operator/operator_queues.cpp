// Messages under way and events that wait, as an operator sees them.
#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using store::MessageState;

std::string hint_for(const store::OutboxRow& row) {
  if (row.state == MessageState::held) return "omegate trust show " + row.recipient;
  if (row.state == MessageState::parked) return "omegate outbox retry " + std::to_string(row.id.value());
  return {};
}

OperatorError no_row(std::string_view table, std::int64_t id) {
  return {"not_found", "there is no " + std::string(table) + " row " + std::to_string(id)};
}

store::OutboxRow must_find(store::Tables& tables, store::OutboxId id) {
  auto row = tables.outbox.find(id);
  if (!row) throw no_row("outbox", id.value());
  return std::move(*row);
}

store::InboxRow must_find(store::Tables& tables, store::InboxId id) {
  auto row = tables.inbox.find(id);
  if (!row) throw no_row("inbox", id.value());
  return std::move(*row);
}

}  // namespace

json::object OperatorService::out_row(const store::OutboxRow& row) const {
  json::object object{{"id", row.id.value()},
                      {"message_id", row.message_id},
                      {"account", account_name(row.account)},
                      {"to", row.recipient},
                      {"state", name(row.state)},
                      {"attempts", row.attempts},
                      {"created_ms", to_ms(row.created)}};
  if (!row.reason.empty()) object["reason"] = row.reason;
  if (const auto hint = hint_for(row); !hint.empty()) object["hint"] = hint;
  if (row.state == MessageState::accepted) object["due_ms"] = to_ms(row.due);
  if (row.priority != Priority::normal) object["priority"] = name(row.priority);
  if (row.expires) object["expires_ms"] = to_ms(*row.expires);
  if (row.times_resealed > 0) object["sealed_again"] = row.times_resealed;
  if (!row.body.empty()) object["origin"] = decode_outgoing(row.body).origin;
  return object;
}

// --- outbox

asio::awaitable<json::value> OperatorService::outbox_list(Call call) {
  const OperatorArgs args = call.read();
  store::OutboxFilter filter;
  if (args.text("account")) filter.account = account_named(args).self().account;
  if (const auto to = args.jid("to")) filter.recipient = to->to_string();
  if (const auto state = args.text("state")) {
    filter.state = store::message_state_named(*state);
    if (!filter.state) throw OperatorError("bad_argument", "unknown state '" + *state + "'");
  }
  const std::size_t limit = args.limit();
  filter.limit = limit + 1;
  auto found =
      co_await all_.context.store.transact([&](store::Tables& tables) { return tables.outbox.list(filter); });
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  json::array rows = co_await rows_with_waits(std::move(found));
  co_return json::object{{"rows", std::move(rows)}, {"more", more}};
}

asio::awaitable<json::value> OperatorService::outbox_show(Call call) {
  const store::OutboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) { return must_find(tables, id); });
  json::object answer = co_await row_with_waits(row);
  if (!row.body.empty()) answer["text"] = decode_outgoing(row.body).text;
  json::array devices;
  for (const Copy& copy : decode_notes(row.notes).copies) {
    json::object device{{"jid", copy.jid},
                        {"device", copy.device.value()},
                        {"version", omemo::name(copy.version)},
                        {"fingerprint", copy.fingerprint},
                        {"included", copy.included}};
    if (!copy.reason.empty()) device["reason"] = copy.reason;
    devices.push_back(std::move(device));
  }
  answer["devices"] = std::move(devices);
  co_return answer;
}

asio::awaitable<json::value> OperatorService::outbox_retry(Call call) {
  const store::OutboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) {
    const auto before = must_find(tables, id);
    if (!tables.outbox.retry(id, all_.context.now())) {
      throw OperatorError("conflict", "the message is " + std::string(name(before.state)) + ", not parked or held");
    }
    return must_find(tables, id);
  });
  const auto actors = all_.actors.get();
  for (Account* account : actors->accounts) account->kick();
  co_return co_await row_with_waits(row);
}

asio::awaitable<json::value> OperatorService::outbox_drop(Call call) {
  const store::OutboxId id(call.read().needed_number("id"));
  co_await all_.context.store.transact([&](store::Tables& tables) {
    must_find(tables, id);
    if (!tables.outbox.drop(id)) {
      throw OperatorError("conflict", "the message is on its way to the server", "try again when it was acknowledged");
    }
  });
  co_return json::object{{"id", id.value()}, {"dropped", true}};
}

// --- inbox

void OperatorService::kick_plugin(const std::string& plugin_name) const {
  const auto actors = all_.actors.get();
  for (const RunningPlugin& plugin : actors->plugins) {
    if (plugin.host->name() == plugin_name) plugin.inbox->kick();
  }
  if (actors->api) actors->api->kick();
}

json::object OperatorService::in_row(const store::InboxRow& row) const {
  json::object object{{"id", row.event.id.value()},
                      {"account", account_name(row.event.account)},
                      {"kind", row.event.kind},
                      {"plugin", row.event.plugin},
                      {"state", row.parked ? "parked" : "waiting"},
                      {"attempts", row.event.attempts},
                      {"received_ms", to_ms(row.created)}};
  if (row.due) object["due_ms"] = to_ms(*row.due);
  if (!row.error.empty()) object["error"] = row.error;
  const auto message = row.event.kind == "message" ? plugin::parse_message(as_text(row.event.payload))
                                                   : plugin::Error::missing_member;
  object["encrypted"] = message.has_value();
  if (message) {
    object["from"] = message->from;
    object["level"] = plugin::to_text(message->trust);
  }
  return object;
}

asio::awaitable<json::value> OperatorService::inbox_list(Call call) {
  const OperatorArgs args = call.read();
  const auto from = args.jid("from");
  const auto state = args.text("state"), account = args.text("account");
  const std::string wanted_account = account ? account_named(args).settings().name : std::string();
  const std::size_t limit = args.limit();
  constexpr std::size_t most = 10'000;
  const auto found = co_await all_.context.store.transact([&](store::Tables& tables) { return tables.inbox.list(most); });
  json::array rows;
  bool more = false;
  for (const auto& row : found) {
    json::object object = in_row(row);
    if (from && (!object.contains("from") || object["from"].as_string() != from->to_string())) continue;
    if (state && object["state"].as_string() != *state) continue;
    if (account && object["account"].as_string() != wanted_account) continue;
    if (rows.size() == limit) {
      more = true;
      break;
    }
    rows.push_back(std::move(object));
  }
  co_return json::object{{"rows", std::move(rows)}, {"more", more}};
}

asio::awaitable<json::value> OperatorService::inbox_show(Call call) {
  const store::InboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) { return must_find(tables, id); });
  json::object answer = in_row(row);
  const auto message = plugin::parse_message(as_text(row.event.payload));
  answer["text"] = row.event.kind == "message" && message ? message->text : std::string(as_text(row.event.payload));
  co_return answer;
}

asio::awaitable<json::value> OperatorService::inbox_replay(Call call) {
  const store::InboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) {
    must_find(tables, id);
    tables.inbox.replay(id, all_.context.now());
    return must_find(tables, id);
  });
  kick_plugin(row.event.plugin);
  co_return in_row(row);
}

asio::awaitable<json::value> OperatorService::inbox_drop(Call call) {
  const store::InboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) {
    auto found = must_find(tables, id);
    tables.inbox.drop(id, all_.context.now());
    return found;
  });
  kick_plugin(row.event.plugin);  // what waited behind it is due
  co_return json::object{{"id", id.value()}, {"dropped", true}};
}

}  // namespace omegate::gateway
