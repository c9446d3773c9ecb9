// `omegate why`: who could read a message, who could not, and what is to be done.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/gateway/messages/copies.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/operator/operator_service.hpp"
#include "bridge/gateway/operator/why_words.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using store::MessageState;

constexpr std::string_view incoming_prefix = "in-";

bool is_listed(store::Tables& tables, store::AccountId account, const Copy& copy) {
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    const auto known = tables.devices.find({account, copy.jid, version, copy.device});
    if (known && known->active) return true;
  }
  return false;
}

DeviceNow device_now(store::Tables& tables, const Sender& self, const Copy& copy) {
  DeviceNow now;
  now.listed = is_listed(tables, self.account, copy);
  const auto key = omemo::parse_fingerprint(copy.fingerprint);
  if (!key) return now;
  const trust::View& view = tables.ledger.view();
  now.level = view.level(self.jid, copy.jid, *key);
  now.decision = view.decide(self.jid, copy.jid, *key);
  const auto* known = view.find(self.jid, copy.jid, *key);
  if (known) now.decided_by = known->changed_by;
  return now;
}

/// A receipt outside of the encryption names no device; if only one could read the message, it was that one.
std::string delivered_word(const store::OutboxRow& row, const Copy& copy, std::size_t readers) {
  if (!copy.included) return "no";
  if (copy.delivered) return "yes";
  const bool theirs = copy.jid == row.recipient;  // never so in a room: it confirms for nobody
  if (row.state != MessageState::delivered || !theirs) return "unknown";
  return readers == 1 ? "yes" : "unknown";
}

json::object device_of(store::Tables& tables, const Sender& self, const store::OutboxRow& row,
                       const Copy& copy, std::size_t readers) {
  const DeviceNow now = device_now(tables, self, copy);
  const bool own = copy.jid == self.jid && row.recipient != self.jid;
  const bool unknown = copy.fingerprint.empty();
  json::object device{{"jid", copy.jid},
                      {"own", own},
                      {"device", copy.device.value()},
                      {"version", omemo::name(copy.version)},
                      {"fingerprint", copy.fingerprint},
                      {"listed", copy.listed},
                      {"bundle", !copy.bundle_failure.empty() ? copy.bundle_failure
                                 : unknown                    ? "not seen"
                                                              : "seen"},
                      {"trust", trust::name(copy.level)},
                      {"included", copy.included},
                      {"delivered", delivered_word(row, copy, readers)},
                      {"cause", name(copy.cause)},
                      {"what", what_happened(copy)},
                      {"now", json::object{{"trust", trust::name(now.level)},
                                           {"decision", trust::name(now.decision)},
                                           {"listed", now.listed}}}};
  if (copy.again_in != 0) device["again_in"] = copy.again_in;
  if (copy.delivered) device["delivered_ms"] = to_ms(*copy.delivered);
  if (auto step = what_to_do(copy, now, own); !step.empty()) device["to_do"] = std::move(step);
  return device;
}

/// What is to be done about the whole message, where its state alone says it.
std::string step_for(const store::OutboxRow& row, bool has_devices) {
  const std::string id = std::to_string(row.id.value());
  switch (row.state) {
    case MessageState::held:
      if (!has_devices)
        return row.recipient +
               " switches OMEMO on in a client; the message goes out by itself once a device is listed";
      return "it goes out by itself when one of the devices below is trusted";
    case MessageState::parked:
      return "omegate outbox retry " + id;
    case MessageState::refused:
    case MessageState::bounced:
    case MessageState::expired:
      return "send it again when the reason is gone: this one is over";
    case MessageState::accepted:
    case MessageState::written:
    case MessageState::sent:
    case MessageState::delivered:
      return {};
  }
  return {};
}

json::object why_sent(store::Tables& tables, const Sender& self, json::object message,
                      const store::OutboxRow& row) {
  const DeliveryNotes notes = decode_notes(row.notes);
  std::size_t theirs = 0, readers = 0;
  for (const Copy& copy : notes.copies) {
    if (copy.jid == self.jid && row.recipient != self.jid) continue;  // our own other devices
    ++theirs;
    if (copy.included) ++readers;
  }
  json::array devices;
  for (const Copy& copy : notes.copies) devices.push_back(device_of(tables, self, row, copy, readers));
  message["kind"] = "sent";
  message["name"] = std::to_string(row.id.value());
  message["devices"] = std::move(devices);
  message["readers"] = readers;
  message["of"] = theirs;
  if (notes.at != WallTime{}) {
    message["decided_ms"] = to_ms(notes.at);
    message["ledger_row"] = notes.ledger_row;
    message["policy"] = trust::name(notes.policy);
    message["message_rule"] = trust::name(notes.rule);
  }
  if (notes.again_of != 0) message["again_of"] = notes.again_of;
  message.erase("hint");
  if (auto step = step_for(row, theirs > 0); !step.empty()) message["to_do"] = std::move(step);
  return message;
}

json::object why_unread(const std::string& account, const store::UnreadRow& row) {
  const auto cause = unread_cause_named(row.message.cause).value_or(UnreadCause::unreadable);
  json::object message{{"kind", "received"},
                       {"name", std::string(incoming_prefix) + std::to_string(row.id.value())},
                       {"account", account},
                       {"from", row.message.peer},
                       {"message_id", row.message.message_id},
                       {"received_ms", to_ms(row.message.received)},
                       {"cause", row.message.cause},
                       {"what", what_happened(cause)},
                       {"to_do", what_to_do(cause, row.message)}};
  if (row.message.device != 0) message["device"] = row.message.device;
  if (!row.message.version.empty()) message["version"] = row.message.version;
  if (!row.message.fingerprint.empty()) message["fingerprint"] = row.message.fingerprint;
  if (!row.message.detail.empty()) message["detail"] = row.message.detail;
  if (row.told) message["told_ms"] = to_ms(*row.told);
  return message;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Which messages are asked about: at most one of each filter is set, or the row itself.
struct Question {
  std::optional<store::OutboxId> sent;
  std::optional<store::UnreadId> unread;
  std::string peer, message_id;  // both empty: whatever somebody could not read
};

Question question_of(const std::string& words) {
  Question question;
  if (const auto row = whole_number(words)) {
    question.sent = store::OutboxId(*row);
  } else if (const auto in = words.starts_with(incoming_prefix)
                                 ? whole_number(words.substr(incoming_prefix.size()))
                                 : std::nullopt) {
    question.unread = store::UnreadId(*in);
  } else if (words.find('@') != std::string::npos) {
    const auto jid = xmpp::Jid::parse(words);
    if (!jid) throw OperatorError("bad_argument", "'" + words + "' is no address");
    question.peer = jid->bare().to_string();
  } else {
    question.message_id = words;
  }
  return question;
}

bool somebody_missed_it(const store::OutboxRow& row) {
  const bool stuck = row.state == MessageState::held || row.state == MessageState::parked ||
                     row.state == MessageState::refused || row.state == MessageState::bounced ||
                     row.state == MessageState::expired;
  const auto notes = decode_notes(row.notes);
  return stuck || std::any_of(notes.copies.begin(), notes.copies.end(), [&](const Copy& copy) {
           return copy.jid == row.recipient && !copy.included && copy.again_in == 0 && copy.cause != LeftOut::revoked && copy.cause != LeftOut::set_aside;
         });
}

std::vector<store::OutboxRow> sent_ones(store::Tables& tables, const Question& question,
                                        std::optional<store::AccountId> account, std::size_t limit) {
  if (question.unread) return {};
  if (question.sent) {
    auto row = tables.outbox.find(*question.sent);
    return row ? std::vector{std::move(*row)} : std::vector<store::OutboxRow>();
  }
  const bool any = question.peer.empty() && question.message_id.empty();
  constexpr std::size_t looked_through = 1000;
  store::OutboxFilter filter;
  filter.account = account;
  filter.recipient = question.peer;
  filter.message_id = question.message_id;
  filter.limit = any ? looked_through : limit;
  auto rows = tables.outbox.list(filter);
  if (any) std::erase_if(rows, [](const auto& row) { return !somebody_missed_it(row); });
  if (rows.size() > limit) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
  return rows;
}

std::vector<store::UnreadRow> unread_ones(store::Tables& tables, const Question& question,
                                          std::optional<store::AccountId> account, std::size_t limit) {
  if (question.sent) return {};
  if (question.unread) {
    auto row = tables.unread.find(*question.unread);
    return row ? std::vector{std::move(*row)} : std::vector<store::UnreadRow>();
  }
  store::UnreadFilter filter;
  filter.account = account;
  filter.peer = question.peer;
  filter.message_id = question.message_id;
  filter.limit = limit;
  return tables.unread.list(filter);
}

}  // namespace

asio::awaitable<json::value> OperatorService::why(Call call) {
  const OperatorArgs args = call.read();
  const std::string words = args.text("message").value_or("");
  const Question question = question_of(words);
  const auto account =
      args.text("account") ? std::optional(account_named(args).self().account) : std::nullopt;
  const std::size_t limit = args.limit();
  co_return co_await all_.context.store.transact([&](store::Tables& tables) -> json::value {
    json::array messages;
    for (const auto& row : sent_ones(tables, question, account, limit)) {
      const Account* const owner = all_.actors.get()->account(row.account);
      if (owner == nullptr) continue;  // an account that is no longer configured
      messages.push_back(why_sent(tables, owner->self(), out_row(row), row));
    }
    for (const auto& row : unread_ones(tables, question, account, limit))
      messages.push_back(why_unread(account_name(row.message.account), row));
    if (messages.empty() && !words.empty() && question.peer.empty()) {
      throw OperatorError(
          "not_found", "there is no message '" + words + "'",
          "a row of `omegate outbox list`, a message's id, or an address; what is older than the "
          "setting keep_days is forgotten");
    }
    return json::object{{"messages", std::move(messages)}};
  });
}

}  // namespace omegate::gateway
