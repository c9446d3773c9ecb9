// How it goes: accounts, plugins, where mail comes from, what waits. The shape is STATUS in app/verbs.hpp.
#include <boost/json.hpp>
#include <cstdio>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/mail/mailbox.hpp"
#include "bridge/gateway/operator/operator_service.hpp"

namespace omegate::gateway {
namespace {

namespace json = boost::json;

std::string_view word(PluginStatus::State state) {
  switch (state) {
    case PluginStatus::State::stopped: return "stopped";
    case PluginStatus::State::ready: return "running";
    case PluginStatus::State::restarting: return "restarting";
    case PluginStatus::State::quarantined: return "quarantined";
  }
  return "unknown";
}

json::object count_rows(store::Tables& tables) {
  const auto out = tables.outbox.counts();
  const auto number = [&](store::MessageState state) { return out[static_cast<std::size_t>(state)]; };
  using State = store::MessageState;
  return {{"outbox", json::object{{"waiting", number(State::accepted) + number(State::written)},
                                  {"held", number(State::held)},
                                  {"parked", number(State::parked)}}},
          {"inbox", json::object{{"waiting", tables.inbox.count(false)}, {"parked", tables.inbox.count(true)}}}};
}

/// Empty if there was none lately.
json::object last_renewal(store::Tables& tables, WallTime now) {
  const auto last = tables.lineage.last_rekeyed();
  if (!last || now - last->at > renewal_shown) return {};
  return {{"at_ms", to_ms(last->at)},
          {"why", store::describe(last->cause)},
          {"waiting", tables.ratchets.count_unanswered()}};
}

json::object row_of(const Account& account, const AccountStatus& status, const StoredStatus& stored) {
  json::object row{{"name", account.settings().name}, {"jid", account.self().jid},
                   {"state", name(status.state)},     {"since_ms", to_ms(status.since)},
                   {"detail", status.detail}};
  const auto device = stored.devices.find(account.self().account);
  if (device != stored.devices.end()) row["device"] = device->second.value();
  if (status.next_try) row["next_try_ms"] = to_ms(*status.next_try);
  return row;
}

json::object row_of(const RunningPlugin& plugin, const PluginStatus& status, const PluginReport& report) {
  json::object row{{"name", plugin.host->name()},
                   {"version", plugin.version},
                   {"state", word(status.state)},
                   {"restarts", status.restarts},
                   {"handled", status.handled},
                   {"failed", status.failures},
                   {"detail", status.last_error}};
  if (report.usage) row["cpu_ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(report.usage->cpu).count();
  if (report.usage && report.usage->memory) row["memory"] = *report.usage->memory;
  return row;
}

StoredStatus look_into(store::Tables& tables, const std::vector<store::AccountId>& accounts, const std::vector<std::string>& mailboxes,
                       WallTime now) {
  StoredStatus stored;
  stored.is_known = true;
  stored.rows = count_rows(tables);
  if (auto renewed = last_renewal(tables, now); !renewed.empty()) stored.rows["renewed"] = std::move(renewed);
  for (const store::AccountId account : accounts) {
    const auto identity = tables.identities.load(account);
    if (identity) stored.devices.emplace(account, identity->device);
  }
  for (const std::string& mailbox : mailboxes) {
    const auto position = load_position(tables, mailbox);
    if (position) stored.positions.emplace(mailbox, *position);
  }
  return stored;
}

}  // namespace

std::string OperatorService::silence_of_the_database() const {
  const auto patience = std::chrono::duration_cast<std::chrono::duration<double>>(glance_.patience()).count();
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%g", patience);
  return "the database has not answered within " + std::string(seconds) + " s; does its disk hang?";
}

asio::awaitable<StoredStatus> OperatorService::stored_status() {
  std::vector<store::AccountId> accounts;
  for (const Account* account : all_.actors.get()->accounts) accounts.push_back(account->self().account);
  std::vector<std::string> mailboxes;
  for (const auto& mailbox : all_.mail_places()->mailboxes) mailboxes.push_back(mailbox->place().settings.name());
  const WallTime now = all_.context.now();
  auto work = [accounts = std::move(accounts), mailboxes = std::move(mailboxes), now](store::Tables& tables) {
    return look_into(tables, accounts, mailboxes, now);
  };
  std::optional<StoredStatus> stored = co_await glance_.ask(std::move(work));
  if (!stored) stored.emplace();
  co_return std::move(*stored);
}

asio::awaitable<json::value> OperatorService::status(Call) {
  json::array accounts, plugins, problems;
  const auto actors = all_.actors.get();
  const StoredStatus stored = co_await stored_status();
  if (!stored.is_known) problems.push_back(json::string(silence_of_the_database()));
  for (Account* account : actors->accounts) {
    const AccountStatus status = co_await account->status();
    if (status.state != AccountStatus::State::online) {
      problems.push_back(json::string("account " + account->settings().name + " is " +
                                      std::string(name(status.state)) + ": " + status.detail));
    }
    accounts.push_back(row_of(*account, status, stored));
  }
  for (const RunningPlugin& plugin : actors->plugins) {
    const PluginStatus status = co_await plugin.host->status();
    if (status.state == PluginStatus::State::quarantined) {
      problems.push_back(json::string("plugin " + plugin.host->name() + " does not run: " + status.last_error));
    }
    const PluginReport report = co_await plugin.host->report();
    plugins.push_back(row_of(plugin, status, report));
  }
  json::object answer = stored.rows;
  answer["version"] = OMEGATE_VERSION;
  answer["started_ms"] = to_ms(all_.started);
  answer["ready"] = problems.empty();
  answer["problems"] = std::move(problems);
  answer["accounts"] = std::move(accounts);
  answer["plugins"] = std::move(plugins);
  if (!all_.http.empty()) answer["http"] = all_.http;
  json::object places = mail_places(stored);
  for (auto& [key, value] : places) answer[key] = std::move(value);
  co_return answer;
}

}  // namespace omegate::gateway
