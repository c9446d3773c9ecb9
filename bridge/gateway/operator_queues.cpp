// Messages under way and events that wait, as an operator sees them; and `omegate send`.
#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/error.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/copies.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/operator_service.hpp"
#include "bridge/gateway/outgoing.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using store::MessageState;

/// How often a waiting `send` looks at its row. Unit: milliseconds; a human waits.
constexpr std::chrono::milliseconds look_again{20};
constexpr std::chrono::milliseconds longest_wait{10 * 60 * 1000};

bool is_final(MessageState state, MessageState wanted) {
  switch (state) {
    case MessageState::accepted:
    case MessageState::written: return false;
    case MessageState::sent: return wanted == MessageState::sent;
    default: return true;
  }
}

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

std::string new_id(Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  return crypto::to_hex(id);
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

// --- send

asio::awaitable<store::OutboxRow> OperatorService::wait_for_state(store::OutboxId id, MessageState wanted,
                                                                  std::chrono::milliseconds limit, bool& timed_out) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto row = co_await all_.context.store.transact([&](store::Tables& tables) { return must_find(tables, id); });
    timed_out = std::chrono::steady_clock::now() >= deadline;
    if (is_final(row.state, wanted) || timed_out) co_return row;
    timer.expires_after(look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<json::value> OperatorService::send(Call call) {
  const OperatorArgs args = call.read();
  Account& account = account_named(args);
  const xmpp::Jid to = args.needed_jid("to");
  const std::string text = args.needed("text");
  const std::string key = args.text("id").value_or("");
  const std::string wait = args.text("wait").value_or("accepted");
  const auto wanted = store::message_state_named(wait);
  if (wait != "accepted" && wait != "sent" && wait != "delivered") {
    throw OperatorError("bad_argument", "cannot wait for '" + wait + "'", "accepted, sent or delivered");
  }
  if (to.local().empty()) throw OperatorError("bad_argument", to.to_string() + " is a server, not a person");
  if (text.empty()) throw OperatorError("bad_argument", "there is no text to send");
  if (text.size() > max_message_text) {
    throw OperatorError("bad_argument", "the text has " + std::to_string(text.size()) + " bytes; at most " +
                                            std::to_string(max_message_text) + " can be sent");
  }
  const auto priority = priority_named(args.text("priority").value_or("normal"));
  if (!priority) throw OperatorError("bad_argument", "the argument 'priority' must be low, normal or high");
  const auto least = args.text("min_trust");
  const auto min_trust = least ? trust::level_named(*least) : std::nullopt;
  if (least && (!min_trust || *min_trust < trust::Level::tofu || *min_trust > trust::Level::verified))
    throw OperatorError("bad_argument", "the argument 'min_trust' must be tofu, trusted or verified");
  const auto expires_in = args.number("expires_in_s");
  if (expires_in && (*expires_in < 1 || *expires_in > plugin::max_message_life.count())) {
    throw OperatorError("bad_argument", "the argument 'expires_in_s' must be from 1 to " +
                                            std::to_string(plugin::max_message_life.count()));
  }
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(to.to_string() + '\n' + text));
  const std::string scope = "send:" + account.self().jid;
  bool duplicate = false;
  const store::OutboxId id = co_await all_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = all_.context.now();
    const auto stored = key.empty() ? std::nullopt : tables.answers.find(scope, key);
    if (stored) {
      if (stored->body_hash != hash) {
        throw OperatorError("conflict", "this id was used for another message", "use a new id for a new message");
      }
      duplicate = true;
      return store::OutboxId(std::stoll(std::string(as_text(stored->answer))));
    }
    const Bytes body = encode(Outgoing{text, min_trust, "operator"});
    store::NewMessage row{account.self().account, to.to_string(), new_id(all_.context.random), body, {}, *priority};
    if (expires_in) row.expires = now + std::chrono::seconds(*expires_in);
    const auto added = tables.outbox.add(row, now);
    if (!key.empty()) tables.answers.add(scope, key, {hash, to_bytes(std::to_string(added->value()))}, now);
    return *added;
  });
  account.kick();
  bool timed_out = false;
  auto limit = std::chrono::milliseconds(args.number("timeout_ms").value_or(60'000));
  if (wait == "accepted") limit = std::chrono::milliseconds(0);
  const auto row = co_await wait_for_state(id, *wanted, std::min(limit, longest_wait), timed_out);
  json::object answer = out_row(row);
  answer["duplicate"] = duplicate;
  answer["timed_out"] = timed_out && wait != "accepted";
  co_return answer;
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
  const auto found =
      co_await all_.context.store.transact([&](store::Tables& tables) { return tables.outbox.list(filter); });
  json::array rows;
  for (const auto& row : found) {
    if (rows.size() < limit) rows.push_back(out_row(row));
  }
  co_return json::object{{"rows", std::move(rows)}, {"more", found.size() > limit}};
}

asio::awaitable<json::value> OperatorService::outbox_show(Call call) {
  const store::OutboxId id(call.read().needed_number("id"));
  const auto row = co_await all_.context.store.transact([&](store::Tables& tables) { return must_find(tables, id); });
  json::object answer = out_row(row);
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
  co_return out_row(row);
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
  co_await all_.context.store.transact([&](store::Tables& tables) {
    must_find(tables, id);
    tables.inbox.drop(id, all_.context.now());
  });
  co_return json::object{{"id", id.value()}, {"dropped", true}};
}

}  // namespace omegate::gateway
