// The gateway examined: its accounts on their streams, its plugins, its queues, its ledger.
#include <boost/json.hpp>

#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;
using Level = Finding::Level;

Finding about_plugin(const std::string& name, const PluginStatus& status) {
  const std::string restarts = std::to_string(status.restarts) + " restart(s), " +
                               std::to_string(status.failures) + " failure(s) of " +
                               std::to_string(status.handled) + " event(s)";
  using State = PluginStatus::State;
  if (status.state == State::quarantined)
    return {name, "plugin", Level::bad, "does not run: " + status.last_error,
            "mend it, see that `omegate check` loads it, then restart the gateway"};
  if (status.state == State::restarting)
    return {name, "plugin", Level::warn, "is being started again: " + status.last_error,
            "the log (plugin.log) says what it does before it ends"};
  if (status.failures > 0)
    return {name, "plugin", Level::warn, restarts + "; the last: " + status.last_error,
            "see `omegate inbox list --state parked`"};
  return {name, "plugin", Level::ok, "runs, " + restarts};
}

Finding about_rows(std::string check, std::size_t count, std::string what, std::string fix) {
  std::string evidence = std::to_string(count) + " " + what;
  if (count == 0) return {"gateway", std::move(check), Level::ok, std::move(evidence)};
  return {"gateway", std::move(check), Level::warn, std::move(evidence), std::move(fix)};
}

std::vector<Finding> about_store(store::Tables& tables) {
  const auto out = tables.outbox.counts();
  const auto number = [&](store::MessageState state) { return out[static_cast<std::size_t>(state)]; };
  std::vector<Finding> findings{
      about_rows("held messages", number(store::MessageState::held), "wait for a decision about a key",
                 "`omegate outbox list --state held`, then `omegate trust show JID`"),
      about_rows("parked messages", number(store::MessageState::parked), "failed too often",
                 "`omegate outbox list --state parked`; `omegate outbox retry ROW` once the reason is gone"),
      about_rows("parked events", tables.inbox.count(true),
                 "kept, because a plugin failed at them or their key is undecided",
                 "`omegate inbox list --state parked`")};
  const std::uint64_t rows = tables.ledger.head().seq;
  findings.push_back({"gateway", "trust ledger", Level::ok,
                      std::to_string(rows) + " row(s), an unbroken chain when the gateway started"});
  return findings;
}

Finding not_looked_at(const Account& account, const AccountStatus& status) {
  return {account.settings().name, "server", Level::warn,
          "the account is " + std::string(name(status.state)) + "; its server was not looked at, for that takes the database",
          "`omegate doctor` again once the database answers"};
}

}  // namespace

asio::awaitable<json::value> OperatorService::doctor(Call call) {
  auto work = [](store::Tables& tables) { return about_store(tables); };
  const std::optional<std::vector<Finding>> stored = co_await glance_.ask(std::move(work));
  const bool is_silent = !stored;
  std::vector<Finding> findings = stored.value_or(std::vector<Finding>());
  if (is_silent)
    findings.push_back({"gateway", "database", Level::bad, silence_of_the_database(),
                        "look at the disk (`dmesg`, `df`, the machine it is mounted from); what comes in is not confirmed until it answers"});
  const auto actors = all_.actors.get();
  for (const RunningPlugin& plugin : actors->plugins) {
    const PluginStatus status = co_await plugin.host->status();
    findings.push_back(about_plugin(plugin.host->name(), status));
  }
  const std::vector<Finding> mail = examine_mail_places();
  findings.insert(findings.end(), mail.begin(), mail.end());
  for (Account* account : accounts_named(call.read())) {
    if (is_silent) {  // it would wait for the database, too
      const AccountStatus status = co_await account->status();
      findings.push_back(not_looked_at(*account, status));
      continue;
    }
    const std::vector<Finding> more = co_await account->examine();
    findings.insert(findings.end(), more.begin(), more.end());
  }
  json::array rows;
  for (const Finding& finding : findings) rows.push_back(to_json(finding));
  co_return json::object{{"findings", std::move(rows)}};
}

}  // namespace omegate::gateway
