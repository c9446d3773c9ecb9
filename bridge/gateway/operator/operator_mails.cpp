// Mails that the mail server has not taken yet, as an operator sees them.
#include <algorithm>
#include <boost/json.hpp>

#include "bridge/core/plugin/event.hpp"
#include "bridge/gateway/mail/mail_fate.hpp"
#include "bridge/gateway/mail/mail_record.hpp"
#include "bridge/gateway/mail/mail_sender.hpp"
#include "bridge/gateway/mail/mail_sending_limits.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

store::StoredMail must_find(store::Tables& tables, store::MailId id) {
  auto row = tables.mails.find(id);
  if (!row) throw OperatorError("not_found", "there is no mail " + std::to_string(id.value()) + " that waits", "`omegate mail list` shows them");
  return std::move(*row);
}

json::array addresses(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& address : list) array.emplace_back(address);
  return array;
}

}  // namespace

bool OperatorService::is_in_hand(store::MailId id) const { return all_.mails != nullptr && all_.mails->in_hand() == id.value(); }

json::object OperatorService::mail_row(const store::StoredMail& row) const {
  const OutgoingMail mail = decode_mail(row.body);
  json::object object{{"id", row.id.value()},
                      {"plugin", row.plugin},
                      {"account", account_name(row.account)},
                      {"to", addresses(mail.waiting)},
                      {"subject", mail.mail.subject},
                      {"message_id", mail.mail.message_id},
                      {"files", mail.files.size()},
                      {"attempts", row.attempts},
                      {"created_ms", to_ms(row.created)},
                      {"due_ms", to_ms(row.due)},
                      {"expires_ms", to_ms(row.created + mail_life)},
                      {"sending", is_in_hand(row.id)}};
  if (!row.reason.empty()) object["reason"] = row.reason;
  return object;
}

asio::awaitable<json::value> OperatorService::mail_list(Call call) {
  const OperatorArgs args = call.read();
  std::optional<store::AccountId> account;
  if (args.text("account")) account = account_named(args).self().account;
  const std::size_t limit = args.limit();
  auto work = [limit, account](store::Tables& tables) { return tables.mails.list(limit + 1, account); };
  const auto found = co_await all_.context.store.transact(work);
  json::array rows;
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i) rows.push_back(mail_row(found[i]));
  co_return json::object{{"rows", std::move(rows)}, {"more", found.size() > limit}};
}

asio::awaitable<json::value> OperatorService::mail_show(Call call) {
  const store::MailId id(call.read().needed_number("id"));
  auto work = [id](store::Tables& tables) { return must_find(tables, id); };
  const store::StoredMail row = co_await all_.context.store.transact(work);
  json::object answer = mail_row(row);
  const OutgoingMail mail = decode_mail(row.body);
  answer["text"] = mail.mail.text;
  answer["accepted"] = addresses(mail.accepted);
  co_return answer;
}

/// Now, even if the server is left alone for a while.
asio::awaitable<json::value> OperatorService::mail_retry(Call call) {
  const store::MailId id(call.read().needed_number("id"));
  auto work = [this, id](store::Tables& tables) {
    must_find(tables, id);
    if (!is_in_hand(id)) tables.mails.set_due(id, all_.context.now());
    return must_find(tables, id);
  };
  const store::StoredMail row = co_await all_.context.store.transact(work);
  if (all_.mails != nullptr) all_.mails->hurry();
  co_return mail_row(row);
}

/// Whoever wrote it is told.
asio::awaitable<json::value> OperatorService::mail_drop(Call call) {
  const store::MailId id(call.read().needed_number("id"));
  auto work = [this, id](store::Tables& tables) {
    store::StoredMail row = must_find(tables, id);
    if (is_in_hand(id)) throw OperatorError("conflict", "the mail is being handed to the server", "look again in a moment: omegate mail list");
    const OutgoingMail mail = decode_mail(row.body);
    std::vector<plugin::MailFate::Recipient> recipients;
    for (const std::string& address : mail.waiting) recipients.push_back({address, "the operator dropped it"});
    tell_fate(tables, row, mail, plugin::EventKind::mail_failed, std::move(recipients), all_.context.now());
    tables.mails.erase(id);
    return row.plugin;
  };
  const std::string plugin_name = co_await all_.context.store.transact(work);
  kick_plugin(plugin_name);
  co_return json::object{{"id", id.value()}, {"dropped", true}};
}

}  // namespace omegate::gateway
