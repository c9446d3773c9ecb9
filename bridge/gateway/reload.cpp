// Gateway::reload: from the settings that are in force to others, while everything runs.
//
// Accounts first, so that a plugin's new version finds those it is to write from; who leaves goes last.
#include <algorithm>
#include <utility>

#include "bridge/gateway/gateway.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::gateway {
namespace {

bool is_same_source(const config::SecretSource& a, const config::SecretSource& b) {
  return a.kind == b.kind && a.name == b.name && a.command == b.command;
}

/// Whether the account can stay connected: what its login is made of is the same.
bool is_same_login(const config::AccountSettings& a, const config::AccountSettings& b) {
  return a.name == b.name && is_same_source(a.password, b.password) && a.host == b.host && a.port == b.port &&
         a.direct_tls == b.direct_tls && a.ca_file == b.ca_file && a.allow_plain == b.allow_plain;
}

bool has_same_rules(const config::AccountSettings& a, const config::AccountSettings& b) {
  return a.policy == b.policy && a.message_rule == b.message_rule && a.admins == b.admins && a.allow == b.allow &&
         a.contacts == b.contacts && a.admin_trust == b.admin_trust && a.tell_admins == b.tell_admins &&
         a.ask_contacts == b.ask_contacts && a.trust_messages == b.trust_messages && a.tell_senders == b.tell_senders &&
         a.language == b.language && a.rooms == b.rooms && a.nickname == b.nickname && a.avatar == b.avatar;
}

bool is_same_http(const std::optional<config::HttpSettings>& a, const std::optional<config::HttpSettings>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->address == b->address && a->port == b->port && a->max_body == b->max_body;
}

/// Lines of the file may have moved.
bool is_same_api(config::ApiSettings a, config::ApiSettings b) {
  for (config::ApiSettings* each : {&a, &b})
    for (config::ApiClientSettings& client : each->clients) client.token.place.clear();
  return a == b;
}

/// What stands fast while the process runs.
std::vector<std::string> only_after_a_restart(const config::Settings& now, const config::Settings& next) {
  std::vector<std::string> settings;
  if (now.data_dir != next.data_dir) settings.emplace_back("data_dir");
  if (now.anchor_dir != next.anchor_dir) settings.emplace_back("anchor_dir");
  if (!is_same_source(now.key, next.key)) settings.emplace_back("key");
  if (!is_same_http(now.http, next.http)) settings.emplace_back("http");
  if (now.control.socket != next.control.socket || now.control.send_socket != next.control.send_socket ||
      now.control.send_group != next.control.send_group) {
    settings.emplace_back("control");
  }
  if (now.canary != next.canary) settings.emplace_back("canary");
  if (now.network_threads != next.network_threads) settings.emplace_back("network_threads");
  return settings;
}

const config::AccountSettings* find_jid(const config::Settings& settings, const std::string& jid) {
  const auto found = std::ranges::find(settings.accounts, jid, &config::AccountSettings::jid);
  return found == settings.accounts.end() ? nullptr : &*found;
}

/// A file of authorities that cannot be read must not cost the account that runs.
void try_authorities(const config::Settings& settings) {
  std::vector<config::ConfigFault> faults;
  for (const config::AccountSettings& account : settings.accounts) {
    try {
      net::TlsTrust(account.ca_file.string());
    } catch (const std::exception& failure) {
      faults.push_back({settings.file.string(), 0, 0, "account " + account.name + ": ca_file: " + failure.what()});
    }
  }
  if (!faults.empty()) throw config::ConfigError(std::move(faults));
}

}  // namespace

asio::awaitable<ReloadReport> Gateway::reload(const config::Settings& settings) {
  const config::Settings next = settings;  // the caller may go
  const auto mine = co_await turn_.take();
  ReloadReport report;
  if (stopping_) {
    report.problems.emplace_back("the gateway stops");
    co_return report;
  }
  auto prepared = prepare_plugins(next);
  auto clients = api::read_clients(next);
  auto mail_server = read_mail_server(next.mail);
  auto mail = prepare_mail(next);
  try_authorities(next);
  report.later = only_after_a_restart(settings_, next);
  std::erase_if(retired_, [now = std::chrono::steady_clock::now()](const Retired& each) { return now - each.since > retired_life; });

  // What only a restart takes on stays as it is, and the next reload says so again.
  const config::Settings before = std::exchange(settings_, next);
  settings_.data_dir = before.data_dir;
  settings_.anchor_dir = before.anchor_dir;
  settings_.key = before.key;
  settings_.http = before.http;
  if (settings_.http && next.http) {
    settings_.http->log_requests = next.http->log_requests;
    settings_.http->log_bytes = next.http->log_bytes;
  }
  settings_.control = before.control;
  settings_.canary = before.canary;
  settings_.network_threads = before.network_threads;
  history_ = std::chrono::days(next.keep_days);
  set_up_log(next.log);
  if (before.files != next.files) {
    desk_.set(next.files);
    report.changes.emplace_back("files: other limits");
  }
  mail_sender_.set(std::move(mail_server));
  if (!is_same_api(before.api, next.api)) report.changes.emplace_back("api: other clients or rights");
  set_api(next, std::move(clients));
  asio::post(http_strand_, [this] { event_desk_->end_visits(); });  // whoever waits asks again, under the new settings
  co_await reload_accounts(next, report);
  co_await reload_plugins(std::move(prepared), report);
  co_await reload_mail(std::move(mail), next, report);
  co_await remove_plugins(next, report);
  co_await remove_accounts(next, report);
  kick();
  log_info("gateway.reloaded", {{"changes", report.changes.size()}, {"problems", report.problems.size()}});
  for (const std::string& problem : report.problems) log_error("gateway.reload_problem", {{"reason", problem}});
  co_return report;
}

asio::awaitable<ReloadReport> Gateway::rehearse(const config::Settings& settings, std::size_t events) {
  const config::Settings next = settings;  // the caller may go
  const auto mine = co_await turn_.take();
  ReloadReport report;
  if (stopping_) {
    report.problems.emplace_back("the gateway stops");
    co_return report;
  }
  auto prepared = prepare_plugins(next);
  for (PreparedPlugin& wanted : prepared) {
    const auto own = std::ranges::find(plugins_, wanted.installed.manifest.name, [](const OwnPlugin& each) { return each.host->name(); });
    if (own == plugins_.end()) continue;  // it has no past
    plugin::Installed installed = std::move(wanted.installed);
    Rehearsal rehearsal = co_await own->host->rehearse(std::move(installed), events);
    if (!rehearsal.error.empty()) report.problems.push_back("plugin " + own->host->name() + ": does not load: " + rehearsal.error);
    report.rehearsals.emplace_back(own->host->name(), std::move(rehearsal));
  }
  co_return report;
}

asio::awaitable<void> Gateway::reload_accounts(const config::Settings& settings, ReloadReport& report) {
  for (const config::AccountSettings& wanted : settings.accounts) {
    const auto own = std::ranges::find(accounts_, wanted.jid, [](const OwnAccount& each) { return each.account->self().jid; });
    if (own == accounts_.end()) {
      accounts_.push_back(make_account(wanted));
      start(accounts_.back());
      report.changes.push_back("account " + wanted.name + ": added");
    } else if (const config::AccountSettings now = own->account->settings(); !is_same_login(now, wanted)) {
      co_await replace_account(static_cast<std::size_t>(own - accounts_.begin()), wanted);
      report.changes.push_back("account " + wanted.name + ": connects anew with other settings");
    } else if (!has_same_rules(now, wanted)) {
      co_await own->account->apply(wanted);
      report.changes.push_back("account " + wanted.name + ": other rules");
    }
  }
  publish();
}

/// Its stream ends as for a restart, and the new account resumes it.
asio::awaitable<void> Gateway::replace_account(std::size_t which, const config::AccountSettings& settings) {
  co_await accounts_[which].account->stop(false);
  co_await end_of(accounts_[which].running, false);
  retire(std::move(accounts_[which].account));
  accounts_[which] = make_account(settings);
  start(accounts_[which]);
}

asio::awaitable<void> Gateway::reload_plugins(std::vector<PreparedPlugin> next, ReloadReport& report) {
  for (PreparedPlugin& wanted : next) {
    const std::string name = wanted.installed.manifest.name;
    const auto own = std::ranges::find(plugins_, name, [](const OwnPlugin& each) { return each.host->name(); });
    if (own == plugins_.end()) {
      plugins_.push_back(make_plugin(std::move(wanted)));
      co_await start(plugins_.back());
      report.changes.push_back("plugin " + name + ": added");
    } else {
      co_await take_on(*own, std::move(wanted), report);
    }
  }
  publish();
}

/// The version that runs goes on if the new one does not load, with the settings and secrets it has.
asio::awaitable<void> Gateway::take_on(OwnPlugin& plugin, PreparedPlugin next, ReloadReport& report) {
  const std::string before = plugin.prepared.installed.manifest.version;
  plugin::Installed installed = next.installed;
  const PluginStatus status = co_await plugin.host->reload(std::move(installed));
  if (!status.last_error.empty()) {
    const bool has_old = status.state != PluginStatus::State::quarantined;
    report.problems.push_back("plugin " + plugin.host->name() + ": does not load" +
                              (has_old ? ", version " + before + " goes on: " : ": ") + status.last_error);
    co_return;
  }
  plugin.fetch->publish(next.hosts);
  plugin.prepared = std::move(next);
  const std::string& after = plugin.prepared.installed.manifest.version;
  if (after != before) report.changes.push_back("plugin " + plugin.host->name() + ": " + before + " -> " + after);
}

asio::awaitable<void> Gateway::remove_plugins(const config::Settings& settings, ReloadReport& report) {
  const auto stays = [&](const OwnPlugin& each) {
    return std::ranges::find(settings.plugins, each.host->name(), &config::PluginSettings::name) != settings.plugins.end();
  };
  const auto first = std::stable_partition(plugins_.begin(), plugins_.end(), stays);
  std::vector<OwnPlugin> leaving(std::make_move_iterator(first), std::make_move_iterator(plugins_.end()));
  plugins_.erase(first, plugins_.end());
  publish();  // no new row for them, no request to their hooks
  for (OwnPlugin& each : leaving) {
    co_await each.host->stop();
    co_await end_of(each.running, true);
    report.changes.push_back("plugin " + each.host->name() + ": removed");
    retire(std::move(each.inbox));
    retire(std::move(each.host));
  }
}

asio::awaitable<void> Gateway::remove_accounts(const config::Settings& settings, ReloadReport& report) {
  const auto stays = [&](const OwnAccount& each) { return find_jid(settings, each.account->self().jid) != nullptr; };
  const auto first = std::stable_partition(accounts_.begin(), accounts_.end(), stays);
  std::vector<OwnAccount> leaving(std::make_move_iterator(first), std::make_move_iterator(accounts_.end()));
  accounts_.erase(first, accounts_.end());
  publish();
  for (OwnAccount& each : leaving) {
    co_await each.account->stop(true);
    co_await end_of(each.running, false);
    report.changes.push_back("account " + each.account->settings().name + ": removed");
    retire(std::move(each.account));
  }
}

}  // namespace omegate::gateway
