// Operations of the API that send: messages, what is said about them later.
#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/api/body.hpp"
#include "bridge/gateway/api/problem.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/rooms/moderating.hpp"

namespace omegate::gateway::api {
namespace {

namespace json = boost::json;

std::string random_id(Random& random, std::size_t bytes) {
  Bytes id(bytes);
  random.fill(id);
  return crypto::to_hex(id);
}

/// How a client calls a message of its own: nobody guesses another one's.
std::string new_handle(Random& random) { return "m-" + random_id(random, 12); }

/// A message that one refers to.
struct Which {
  std::string handle;  // ours, or
  std::string id;      // as an event told it
  bool own = false;
};

struct NewMessage {
  std::string account, to, text, name;
  bool update = false;
  std::optional<trust::Level> min_trust;
  Priority priority = Priority::normal;
  std::optional<std::chrono::seconds> expires_in;
  std::optional<Which> reply_to;
  std::string quote;
};

/// A bare JID, prepared.
std::string address_in(Members& body, std::string_view name) {
  const std::string text = body.text(name);
  const auto jid = xmpp::Jid::parse(text);
  if (!jid || jid->local().empty()) body.wrong(name, "the address of a person or a room, like alice@example.org");
  return jid->bare().to_string();
}

void expect_size(const Members& body, std::string_view name, const std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  throw Refusal({400, "too-long", "'" + std::string(name) + "' has " + std::to_string(text.size()) + " bytes", body.place(name),
                 std::to_string(most) + " bytes at most"});
}

std::string text_in(Members& body) {
  std::string text = body.text("text");
  expect_size(body, "text", text, max_message_text);
  return text;
}

Which which_in(Members& object) {
  Which which{object.optional_text("message").value_or(""), object.optional_text("id").value_or(""), object.flag("own")};
  if (which.handle.empty() == which.id.empty()) {
    throw Refusal({400, "wrong-member", "it takes one of 'message' and 'id'", object.place("id"),
                   "'message' with an id that POST /v1/messages returned, or 'id' with one that an event told"});
  }
  return which;
}

std::optional<trust::Level> level_in(Members& body) {
  const auto word = body.optional_text("min_trust");
  if (!word) return std::nullopt;
  const auto level = trust::level_named(*word);
  if (!level || *level < trust::Level::tofu || *level > trust::Level::verified)
    body.wrong("min_trust", "tofu, trusted or verified");
  return level;
}

NewMessage read_message(const std::string& text) {
  const json::object object = parse_body(text);
  Members body(object, "body");
  NewMessage message;
  message.to = address_in(body, "to");
  message.text = text_in(body);
  message.account = body.optional_text("account").value_or("");
  message.name = body.optional_text("name").value_or("");
  expect_size(body, "name", message.name, plugin::max_message_name);
  message.update = body.flag("update");
  if (message.update && message.name.empty()) body.wrong("update", "beside it a 'name': of the message that gets this text instead");
  message.min_trust = level_in(body);
  const auto priority = priority_named(body.optional_text("priority").value_or("normal"));
  if (!priority) body.wrong("priority", "low, normal or high");
  message.priority = *priority;
  if (const auto seconds = body.number("expires_in", 1, plugin::max_message_life.count()))
    message.expires_in = std::chrono::seconds(*seconds);
  if (auto answered = body.object("reply_to")) {
    message.reply_to = which_in(*answered);
    message.quote = answered->optional_text("quote").value_or("");
    expect_size(*answered, "quote", message.quote, max_message_text);
    answered->finish();
  }
  body.finish();
  return message;
}

[[noreturn]] void refuse_unknown(std::string where) {
  throw Refusal({404, "no-such-message", "there is no such message", std::move(where),
                 "one of the last 30 days, in the conversation with 'to'; of the client's own, what POST /v1/messages returned as 'id'"});
}

store::KnownMessage must_find(store::Tables& tables, const std::string& owner, store::AccountId account, const std::string& to,
                              const Which& which, std::string where) {
  auto found = which.handle.empty() ? tables.messages.find(account, to, which.own, message_id_of(which.id))
                                    : tables.messages.by_handle(owner, which.handle);
  if (!found || found->account != account || found->peer != to) refuse_unknown(std::move(where));
  return std::move(*found);
}

void expect_audience(const Client& client, const std::string& to) {
  if (client.may_send_to(to)) return;
  throw Refusal({403, "not-granted", "the client " + client.settings.name + " may not write to " + in_quotes(to), "body /to",
                 "somebody whom its send_to names", "add the address or its domain to send_to in omegate.yaml, then omegate reload"});
}

/// As its client calls it: a correction has an id of its own, a message that had not gone out yet keeps its.
std::string handle_of(store::Tables& tables, store::OutboxId row) {
  const auto known = tables.messages.of_outbox(row);
  return known ? decode_details(known->details).handle : std::string();
}

std::string_view state_of(const Spoken& spoken) { return spoken.row ? "accepted" : "withdrawn"; }

}  // namespace

void Api::expect_send(const Call& call) {
  const config::ApiClientSettings& settings = call.client->settings;
  SendLimit& limit = limits_.try_emplace(settings.name, settings.sends_per_minute).first->second;
  const auto pause = limit.take(std::chrono::steady_clock::now());
  if (!pause) return;
  Problem problem{429, "too-fast", "the client " + settings.name + " sends more than it may", {},
                  std::to_string(settings.sends_per_minute) + " a minute (sends_per_minute)", "try again after Retry-After seconds"};
  problem.headers.emplace_back("Retry-After", std::to_string(pause->count()));
  throw Refusal(std::move(problem));
}

Api::OwnAccount Api::own_account(const Client& client, const std::string& name) const {
  const std::string wanted = name.empty() ? client.settings.accounts.front() : name;
  if (!client.has_account(wanted)) {
    throw Refusal({403, "not-granted", "the client " + client.settings.name + " has no account " + in_quotes(wanted), "account",
                   "an account that GET /v1/accounts names"});
  }
  const Account* account = all_.actors.get()->account(wanted);
  if (account == nullptr)
    throw Refusal({409, "no-account", "the account " + in_quotes(wanted) + " is not there any more", "account", "another account"});
  return {account->self().account, wanted};
}

asio::awaitable<http::Response> Api::post_message(Call call) {
  const NewMessage message = read_message(call.request.body);
  const Client& client = *call.client;
  const OwnAccount account = own_account(client, message.account);
  expect_audience(client, message.to);
  expect_send(call);
  const std::string owner = client.owner();
  Work work = [&](store::Tables& tables, WallTime now) {
    Random& random = all_.context.random;
    Utterance words{account.id, message.to, random_id(random, 16), Outgoing{message.text, std::nullopt, owner}};
    words.content.min_trust = std::max(message.min_trust, client.settings.min_trust);
    words.priority = message.priority;
    if (message.expires_in) words.expires = now + *message.expires_in;
    words.handle = new_handle(random);
    const auto earlier =
        message.update ? tables.messages.by_name(account.id, message.to, owner, message.name) : std::nullopt;
    Spoken spoken;
    if (earlier) {
      spoken = correct(tables, *earlier, std::move(words), now);
    } else if (message.reply_to) {
      words.name = message.name;
      words.content.quote = message.quote;
      const auto answered = must_find(tables, owner, account.id, message.to, *message.reply_to, "body /reply_to");
      spoken = answer(tables, answered, Bearing::reply, std::move(words), now);
    } else {
      words.name = message.name;
      spoken = {Spoken::What::queued, say(tables, words, now)};
    }
    const std::string id = spoken.row ? handle_of(tables, *spoken.row) : std::string();
    const json::object told{{"id", id}, {"account", account.name}, {"to", message.to}, {"state", state_of(spoken)}};
    return Done{json_response(202, told), {account.id}};
  };
  http::Response response = co_await once(call, std::move(work));
  log_info("api.accepted", {{"client", client.settings.name}, {"account", account.name}, {"to", message.to}});
  co_return response;
}

/// A message of the client's that it may still speak of: settings may have changed since.
store::KnownMessage Api::own_message(store::Tables& tables, const Client& client, const std::string& id) const {
  auto found = tables.messages.by_handle(client.owner(), id);
  if (!found) refuse_unknown("path id");
  const Account* account = all_.actors.get()->account(found->account);
  own_account(client, account ? account->settings().name : "an account that is gone");
  expect_audience(client, found->peer);
  return std::move(*found);
}

asio::awaitable<http::Response> Api::put_message(Call call) {
  const json::object object = parse_body(call.request.body);
  Members body(object, "body");
  const std::string text = text_in(body);
  body.finish();
  expect_send(call);
  const Client& client = *call.client;
  Work work = [&](store::Tables& tables, WallTime now) {
    const auto target = own_message(tables, client, call.names.front());
    Utterance words{target.account, target.peer, random_id(all_.context.random, 16),
                    Outgoing{text, client.settings.min_trust, client.owner()}};
    words.handle = new_handle(all_.context.random);
    const Spoken spoken = correct(tables, target, std::move(words), now);
    const std::string id = spoken.row ? handle_of(tables, *spoken.row) : call.names.front();
    return Done{json_response(202, json::object{{"id", id}, {"state", state_of(spoken)}}), {target.account}};
  };
  co_return co_await once(call, std::move(work));
}

asio::awaitable<http::Response> Api::delete_message(Call call) {
  expect_send(call);
  const Client& client = *call.client;
  Work work = [&](store::Tables& tables, WallTime now) {
    const auto target = own_message(tables, client, call.names.front());
    Utterance words{target.account, target.peer, random_id(all_.context.random, 16),
                    Outgoing{{}, client.settings.min_trust, client.owner()}};
    const Spoken spoken = retract(tables, target, std::move(words), now);
    return Done{json_response(202, json::object{{"id", call.names.front()}, {"state", state_of(spoken)}}), {target.account}};
  };
  co_return co_await once(call, std::move(work));
}

asio::awaitable<http::Response> Api::post_reaction(Call call) {
  const json::object object = parse_body(call.request.body);
  Members body(object, "body");
  const std::string to = address_in(body, "to");
  const OwnAccount account = own_account(*call.client, body.optional_text("account").value_or(""));
  const Which which = which_in(body);
  const std::vector<std::string> reactions = body.texts("reactions");
  const std::string quote = body.optional_text("quote").value_or("");
  expect_size(body, "quote", quote, max_message_text);
  if (reactions.size() > xmpp::max_reactions) body.wrong("reactions", std::to_string(xmpp::max_reactions) + " at most");
  for (const std::string& emoji : reactions) {
    if (emoji.empty() || emoji.size() > xmpp::max_reaction) body.wrong("reactions", "emojis");
  }
  body.finish();
  expect_audience(*call.client, to);
  expect_send(call);
  const std::string owner = call.client->owner();
  Work work = [&](store::Tables& tables, WallTime now) {
    const auto target = must_find(tables, owner, account.id, to, which, "body /id");
    Utterance words{account.id, to, random_id(all_.context.random, 16), Outgoing{{}, call.client->settings.min_trust, owner}};
    words.content.reactions = reactions;
    words.content.quote = quote;
    const Spoken spoken = answer(tables, target, Bearing::reaction, std::move(words), now);
    return Done{json_response(202, json::object{{"state", state_of(spoken)}}), {account.id}};
  };
  co_return co_await once(call, std::move(work));
}

asio::awaitable<http::Response> Api::post_moderation(Call call) {
  const json::object object = parse_body(call.request.body);
  Members body(object, "body");
  const std::string to = address_in(body, "to");
  const OwnAccount account = own_account(*call.client, body.optional_text("account").value_or(""));
  const std::string number = body.optional_text("stanza_id").value_or(""), id = body.optional_text("id").value_or("");
  if (number.empty() == id.empty()) {
    throw Refusal({400, "wrong-member", "it takes one of 'stanza_id' and 'id'", body.place("stanza_id"),
                   "'stanza_id' with the number that an event told, or 'id' with its message_id"});
  }
  const std::string reason = body.optional_text("reason").value_or("");
  expect_size(body, "reason", reason, plugin::max_moderation_reason);
  body.finish();
  expect_audience(*call.client, to);
  expect_send(call);
  const std::string owner = call.client->owner();
  Work work = [&](store::Tables& tables, WallTime now) {
    const auto target = number.empty() ? tables.messages.find(account.id, to, false, message_id_of(id))
                                       : tables.messages.in_room(account.id, to, number);
    if (!target) refuse_unknown("body");
    if (target->room_id.empty()) {
      throw Refusal({409, "no-number", "the message has no number of a room", "body", "one that was said in a room which has an archive (XEP-0313)"});
    }
    if (!want_taken_out(tables, *target, reason, owner, now)) {
      throw Refusal({409, "too-many", "too many messages wait to be taken out of rooms", "body", std::to_string(max_wanted_moderations) + " at most"});
    }
    return Done{json_response(202, json::object{{"state", "accepted"}}), {account.id}, true};
  };
  co_return co_await once(call, std::move(work));
}

}  // namespace omegate::gateway::api
