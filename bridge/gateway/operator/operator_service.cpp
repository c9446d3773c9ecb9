#include "bridge/gateway/operator/operator_service.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/json.hpp>

#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/limits.hpp"

namespace omegate::gateway {

namespace json = boost::json;

const std::vector<OperatorService::Verb>& OperatorService::table() {
  using Self = OperatorService;
  static const std::vector<Verb> verbs{
      {"status", &Self::status},
      {"stop", &Self::stop},
      {"reload", &Self::reload},
      {"send", &Self::send},
      {"keys", &Self::keys},
      {"keys.rotate", &Self::keys_rotate},
      {"login.show", &Self::login_show},
      {"login.unpin", &Self::login_unpin},
      {"key.status", &Self::key_status},
      {"key.rotate", &Self::key_rotate},
      {"key.recovery.set", &Self::key_recovery_set},
      {"key.recovery.test", &Self::key_recovery_test},
      {"backup", &Self::backup},
      {"trust.list", &Self::trust_list},
      {"trust.show", &Self::trust_show},
      {"trust.approve", &Self::trust_approve},
      {"trust.revoke", &Self::trust_revoke},
      {"trust.policy", &Self::trust_policy},
      {"trust.stale", &Self::trust_stale},
      {"trust.purge", &Self::trust_purge},
      {"trust.log", &Self::trust_log},
      {"trust.explain", &Self::trust_explain},
      {"trust.verify", &Self::trust_verify},
      {"trust.export", &Self::trust_export},
      {"trust.checkpoint", &Self::trust_checkpoint},
      {"trust.rotate", &Self::trust_rotate},
      {"trust.forget", &Self::trust_forget},
      {"doctor", &Self::doctor},
      {"why", &Self::why},
      {"hook.list", &Self::hook_list},
      {"hook.log", &Self::hook_log},
      {"hook.show", &Self::hook_show},
      {"hook.replay", &Self::hook_replay},
      {"hook.dry-run", &Self::hook_dry_run},
      {"hook.url", &Self::hook_url},
      {"hook.rotate", &Self::hook_rotate},
      {"room.list", &Self::room_list},
      {"room.create", &Self::room_create},
      {"room.join", &Self::room_join},
      {"room.invite", &Self::room_invite},
      {"room.leave", &Self::room_leave},
      {"room.moderate", &Self::room_moderate},
      {"file.begin", &Self::file_begin},
      {"file.append", &Self::file_append},
      {"file.end", &Self::file_end},
      {"file.list", &Self::file_list},
      {"file.fetch", &Self::file_fetch},
      {"file.read", &Self::file_read},
      {"file.drop", &Self::file_drop},
      {"mail.list", &Self::mail_list},
      {"mail.show", &Self::mail_show},
      {"mail.retry", &Self::mail_retry},
      {"mail.drop", &Self::mail_drop},
      {"outbox.list", &Self::outbox_list},
      {"outbox.show", &Self::outbox_show},
      {"outbox.retry", &Self::outbox_retry},
      {"outbox.drop", &Self::outbox_drop},
      {"inbox.list", &Self::inbox_list},
      {"inbox.show", &Self::inbox_show},
      {"inbox.replay", &Self::inbox_replay},
      {"inbox.drop", &Self::inbox_drop},
  };
  return verbs;
}

std::vector<std::string_view> OperatorService::verbs() {
  std::vector<std::string_view> names;
  for (const Verb& each : table()) names.push_back(each.name);
  return names;
}

asio::awaitable<json::value> OperatorService::handle(std::string actor, std::string verb, json::object args) {
  // A named object: GCC 12 destroys an aggregate twice that is made inside the co_await expression.
  Call call{std::move(actor), std::move(args)};
  for (const Verb& each : table()) {
    if (each.name == verb) co_return co_await (this->*each.method)(std::move(call));
  }
  throw OperatorError("unknown_verb", "there is no verb '" + verb + "'");
}

Account& OperatorService::account_named(const OperatorArgs& args) const {
  const auto wanted = args.text("account");
  const auto actors = all_.actors.get();
  if (!wanted) {
    if (actors->accounts.size() == 1) return *actors->accounts.front();
    throw OperatorError("ambiguous", "there are several accounts", "name one with --account");
  }
  for (Account* account : actors->accounts) {
    if (account->settings().name == *wanted || account->self().jid == *wanted) return *account;
  }
  throw OperatorError("not_found", "there is no account '" + *wanted + "'", "see `omegate status`");
}

std::vector<Account*> OperatorService::accounts_named(const OperatorArgs& args) const {
  if (!args.text("account")) return all_.actors.get()->accounts;
  return {&account_named(args)};
}

std::string OperatorService::account_name(store::AccountId id) const {
  const Account* const account = all_.actors.get()->account(id);
  return account != nullptr ? account->settings().name : "(no longer configured)";
}

asio::awaitable<json::value> OperatorService::stop(Call call) {
  all_.stop(call.read().flag("final"));
  co_return json::object{{"stopping", true}};
}

namespace {

json::array rehearsal_rows(const ReloadReport& report) {
  json::array rows;
  for (const auto& [plugin, rehearsal] : report.rehearsals) {
    json::array differences;
    for (const RehearsalDifference& each : rehearsal.differences)
      differences.push_back(json::object{{"event", each.event}, {"kind", each.kind}, {"before", each.before}, {"now", each.now}});
    rows.push_back(json::object{{"plugin", plugin}, {"events", rehearsal.events}, {"too_large", rehearsal.too_large}, {"differences", std::move(differences)}});
  }
  return rows;
}

}  // namespace

asio::awaitable<json::value> OperatorService::reload(Call call) {
  const auto events = call.read().number("rehearse").value_or(0);
  if (events < 0 || events > static_cast<std::int64_t>(max_recent_events))
    throw OperatorError("bad_argument", "the argument 'rehearse' must be a number of events up to " + std::to_string(max_recent_events));
  ReloadReport report;
  std::string faults;
  try {
    report = co_await all_.reload(static_cast<std::size_t>(events));
  } catch (const config::ConfigError& failure) {
    faults = failure.what();
  }
  if (!faults.empty()) throw OperatorError("bad_config", faults, "nothing was changed; mend it and reload again");
  co_return json::object{{"changes", json::value_from(report.changes)},
                         {"problems", json::value_from(report.problems)},
                         {"needs_restart", json::value_from(report.later)},
                         {"rehearsals", rehearsal_rows(report)}};
}

}  // namespace omegate::gateway
