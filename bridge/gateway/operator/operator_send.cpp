// `omegate send`: a message, or what is to become of an earlier one.
#include <algorithm>
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/outgoing_files.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/messages/conversation.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using store::MessageState;

/// How often a waiting `send` looks at its row. Unit: milliseconds; a human waits.
constexpr std::chrono::milliseconds look_again{20};
constexpr std::chrono::milliseconds longest_wait{10 * 60 * 1000};

/// The longest name of a message. Unit: bytes. Why: host names and check names fit twice.
constexpr std::size_t max_message_name = 256;

bool is_final(MessageState state, MessageState wanted) {
  switch (state) {
    case MessageState::accepted:
    case MessageState::written:
      return false;
    case MessageState::sent:
      return wanted == MessageState::sent;
    default:
      return true;
  }
}

std::string new_id(Random& random) {
  std::array<Byte, 16> id{};
  random.fill(id);
  return crypto::to_hex(id);
}

enum class Deed { say, edit, update, retract, reply, react };

constexpr std::array<std::pair<std::string_view, Deed>, 5> deeds{{{"edit", Deed::edit},
                                                                  {"update", Deed::update},
                                                                  {"retract", Deed::retract},
                                                                  {"reply", Deed::reply},
                                                                  {"react", Deed::react}}};

/// What is to be done, and to which message.
struct Order {
  Deed deed = Deed::say;
  std::string which;
  std::string word = "send";  // for the idempotency key and for errors
};

Order order_in(const OperatorArgs& args) {
  Order order;
  for (const auto& [word, deed] : deeds) {
    const auto which = args.text(word);
    if (!which) continue;
    if (order.deed != Deed::say)
      throw OperatorError("bad_argument",
                          "one message is either '" + order.word + "' or '" + std::string(word) + "'");
    order = {deed, *which, std::string(word)};
    if (which->empty() || which->size() > max_message_name)
      throw OperatorError("bad_argument", "a name has 1 to " + std::to_string(max_message_name) + " bytes");
  }
  return order;
}

std::string checked_text(const OperatorArgs& args, const Order& order) {
  if (order.deed == Deed::retract) return {};
  const bool with_file = args.text("file").has_value();
  if (with_file && order.deed != Deed::say)
    throw OperatorError("bad_argument", "a file is a message of its own: it cannot be the text of '" + order.word + "'");
  std::string text = with_file ? args.text("text").value_or("") : args.needed("text");
  if (text.empty() && order.deed != Deed::react && !with_file)
    throw OperatorError("bad_argument", "there is no text to send");
  if (text.size() > max_message_text) {
    throw OperatorError("bad_argument", "the text has " + std::to_string(text.size()) + " bytes; at most " +
                                            std::to_string(max_message_text) + " can be sent");
  }
  return text;
}

std::vector<std::string> reactions_in(const std::string& text) {
  std::vector<std::string> reactions;
  for (std::size_t start = text.find_first_not_of(' '); start != text.npos;) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    reactions.push_back(text.substr(start, end - start));
    if (reactions.back().size() > xmpp::max_reaction || reactions.size() > xmpp::max_reactions)
      throw OperatorError("bad_argument",
                          "a reaction is an emoji; several are written with a blank between them");
    start = text.find_first_not_of(' ', end);
  }
  return reactions;
}

/// By the name an operator gave it, else by its message id.
std::optional<store::KnownMessage> find_message(store::Tables& tables, store::AccountId account,
                                                const std::string& peer, const Order& order) {
  if (auto named = tables.messages.by_name(account, peer, operator_origin, order.which)) return named;
  auto ours = tables.messages.find(account, peer, true, message_id_of(order.which));
  const bool changes = order.deed != Deed::reply && order.deed != Deed::react;
  if (changes && ours && ours->owner != operator_origin)
    throw OperatorError("forbidden", "that message was sent by the plugin " + ours->owner,
                        "only it can change it");
  if (ours || changes) return ours;
  return tables.messages.find(account, peer, false, order.which);
}

/// What `order` makes of `utterance`.
Spoken carry_out(store::Tables& tables, const Order& order, Utterance utterance, WallTime now) {
  const auto plain = [&] { return Spoken{Spoken::What::queued, say(tables, utterance, now)}; };
  if (order.deed == Deed::say) return plain();
  const auto target = find_message(tables, utterance.account, utterance.to, order);
  if (!target && order.deed == Deed::update) {
    utterance.name = order.which;
    return plain();
  }
  if (!target) {
    throw OperatorError(
        "not_found", "no message to " + utterance.to + " is known as '" + order.which + "'",
        "give it a name when you send it: omegate send " + utterance.to + " TEXT --name " + order.which);
  }
  switch (order.deed) {
    case Deed::say:
    case Deed::edit:
    case Deed::update:
      return correct(tables, *target, std::move(utterance), now);
    case Deed::retract:
      return retract(tables, *target, std::move(utterance), now);
    case Deed::reply:
      return answer(tables, *target, Bearing::reply, std::move(utterance), now);
    case Deed::react:
      utterance.content.reactions = reactions_in(utterance.content.text);
      utterance.content.text.clear();
      return answer(tables, *target, Bearing::reaction, std::move(utterance), now);
  }
  return {};
}

}  // namespace

asio::awaitable<store::OutboxRow> OperatorService::wait_for_state(store::OutboxId id, MessageState wanted,
                                                                  std::chrono::milliseconds limit,
                                                                  bool& timed_out) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto row = co_await all_.context.store.transact([&](store::Tables& tables) {
      auto found = tables.outbox.find(id);
      if (!found)
        throw OperatorError("not_found",
                            "there is no outbox row " + std::to_string(id.value()) + " any more");
      return std::move(*found);
    });
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
  const Order order = order_in(args);
  const std::string text = checked_text(args, order);
  const std::string key = args.text("id").value_or("");
  const std::string name = args.text("name").value_or("");
  const std::string wait = args.text("wait").value_or("accepted");
  const auto wanted = store::message_state_named(wait);
  if (wait != "accepted" && wait != "sent" && wait != "delivered") {
    throw OperatorError("bad_argument", "cannot wait for '" + wait + "'", "accepted, sent or delivered");
  }
  if (to.local().empty()) throw OperatorError("bad_argument", to.to_string() + " is a server, not a person");
  if (name.size() > max_message_name ||
      (!name.empty() && order.deed != Deed::say && order.deed != Deed::reply))
    throw OperatorError("bad_argument", "only a new message gets a name, of 256 bytes at most");
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
  std::optional<OutgoingFile> file;
  if (const auto handle = args.text("file")) {
    file = co_await all_.context.store.transact(
        [&](store::Tables& tables) { return outgoing_file(tables, *handle); });
    if (!file) throw OperatorError("not_found", "there is no such file here", "hand it over again");
  }
  std::string hashed = to.to_string() + '\n' + text;
  if (file) hashed += '\n' + file->name + '\n' + crypto::to_hex(file->sha256);
  if (order.deed != Deed::say) hashed += '\n' + order.word + '\n' + order.which;
  const Bytes hash = crypto::digest(crypto::Hash::sha256, as_bytes(hashed));
  const std::string scope = "send:" + account.self().jid;
  bool duplicate = false;
  const Spoken spoken = co_await all_.context.store.transact([&](store::Tables& tables) {
    const WallTime now = all_.context.now();
    const auto stored = key.empty() ? std::nullopt : tables.answers.find(scope, key);
    if (stored) {
      if (stored->body_hash != hash) {
        throw OperatorError("conflict", "this id was used for another message",
                            "use a new id for a new message");
      }
      duplicate = true;
      const store::OutboxId row(std::stoll(std::string(as_text(stored->answer))));
      return row.value() > 0 ? Spoken{Spoken::What::queued, row}
                             : Spoken{Spoken::What::withdrawn, std::nullopt};
    }
    Utterance utterance{account.self().account, to.to_string(), new_id(all_.context.random),
                        Outgoing{text, min_trust, std::string(operator_origin)}};
    utterance.priority = *priority;
    if (expires_in) utterance.expires = now + std::chrono::seconds(*expires_in);
    utterance.name = name;
    if (file) {
      if (!text.empty()) {  // what is said of it goes first, and has the name
        say(tables, utterance, now);
        utterance.name.clear();
      }
      utterance.message_id = new_id(all_.context.random);
      utterance.content.text.clear();
      utterance.content.file = file;
    }
    const Spoken done = carry_out(tables, order, std::move(utterance), now);
    const std::int64_t row = done.row ? done.row->value() : 0;
    if (!key.empty()) tables.answers.add(scope, key, {hash, to_bytes(std::to_string(row))}, now);
    return done;
  });
  account.kick();
  if (duplicate && file) co_await all_.files->drop(store::FileId(file->id));
  if (!spoken.row) {
    co_return json::object{{"account", account.settings().name},
                           {"to", to.to_string()},
                           {"state", "withdrawn"},
                           {"duplicate", duplicate},
                           {"timed_out", false}};
  }
  bool timed_out = false;
  auto limit = std::chrono::milliseconds(args.number("timeout_ms").value_or(60'000));
  if (wait == "accepted") limit = std::chrono::milliseconds(0);
  auto row = co_await wait_for_state(*spoken.row, *wanted, std::min(limit, longest_wait), timed_out);
  json::object answer = co_await row_with_waits(std::move(row));
  if (spoken.what == Spoken::What::changed) answer["changed"] = true;
  answer["duplicate"] = duplicate;
  answer["timed_out"] = timed_out && wait != "accepted";
  co_return answer;
}

}  // namespace omegate::gateway
