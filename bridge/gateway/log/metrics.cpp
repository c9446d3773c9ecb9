#include "bridge/gateway/log/metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <utility>

#include "bridge/edge/store/durations.hpp"
#include "bridge/gateway/log/event_counts.hpp"
#include "bridge/gateway/log/one_line.hpp"
#include "bridge/gateway/mail/mailbox.hpp"
#include "bridge/gateway/plugins/plugin_metrics.hpp"

namespace omegate::gateway {
namespace {

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::initializer_list<Label>;

constexpr AccountStatus::State account_states[] = {AccountStatus::State::connecting, AccountStatus::State::online,
                                                   AccountStatus::State::waiting, AccountStatus::State::alarm,
                                                   AccountStatus::State::stopped};
constexpr std::pair<PluginStatus::State, std::string_view> plugin_states[] = {
    {PluginStatus::State::ready, "running"},
    {PluginStatus::State::restarting, "restarting"},
    {PluginStatus::State::quarantined, "quarantined"},
    {PluginStatus::State::stopped, "stopped"}};

/// Shown before they happen for the first time: a rise from nothing is no rise for Prometheus.
constexpr std::string_view rare_events[] = {"store.full", "store.old_copy", "account.second_copy", "account.gave_up",
                                            "plugin.quarantined"};

std::string in_text(double bound) {
  std::ostringstream text;
  text << bound;
  return text.str();
}

/// The page, line by line. A family's lines must stand together: `family` first, then its `value`s.
class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "omegate_" + std::string(name);
    text_ += "# HELP " + name_ + ' ' + std::string(help) + "\n# TYPE " + name_ + ' ' + std::string(type) + '\n';
  }
  void value(Labels labels, double number) { line(labels, std::to_string(number)); }
  template <std::integral Number>
  void value(Labels labels, Number number) {
    line(labels, std::to_string(number));
  }
  template <class Number>
  void single(std::string_view name, std::string_view type, std::string_view help, Number number) {
    family(name, type, help);
    value({}, number);
  }
  void histogram(std::string_view name, std::string_view help, const store::Durations& durations) {
    family(name, "histogram", help);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
      count += durations.counts[i];
      const bool last = i == store::duration_bounds.size();
      line({{"le", last ? "+Inf" : in_text(store::duration_bounds[i])}}, std::to_string(count), "_bucket");
    }
    line({}, std::to_string(durations.seconds), "_sum");
    line({}, std::to_string(count), "_count");
  }
  /// Whole families, as they are shown.
  void add(const std::string& families) { text_ += families; }
  std::string take() { return std::move(text_); }

 private:
  void line(Labels labels, const std::string& number, std::string_view suffix = {}) {
    text_ += name_ + std::string(suffix);
    char before = '{';
    for (const auto& [key, content] : labels) {
      text_ += before + std::string(key) + '=' + in_json_quotes(content);
      before = ',';
    }
    text_ += (labels.size() > 0 ? "} " : " ") + number + '\n';
  }

  std::string name_, text_;
};

double seconds(std::chrono::duration<double> span) { return span.count(); }

/// All that one look into the database tells.
struct Rows {
  struct OfAccount {
    std::size_t prekeys = 0, sessions = 0, skipped_keys = 0, held_peers = 0;
    double overdue = 0;  // seconds that the next message has been due
  };
  std::array<std::size_t, store::message_states> outbox{};
  std::size_t inbox_waiting = 0, inbox_parked = 0, unanswered = 0, mails = 0;
  std::vector<OfAccount> accounts;
};

Rows read_rows(store::Tables& tables, const std::vector<Account*>& accounts, WallTime now) {
  Rows rows{tables.outbox.counts(), tables.inbox.count(false), tables.inbox.count(true),
            tables.ratchets.count_unanswered(), tables.mails.count(), {}};
  for (const Account* account : accounts) {
    const auto id = account->self().account;
    Rows::OfAccount each;
    each.prekeys = tables.prekeys.count_published(id);
    each.sessions = tables.ratchets.count(id);
    each.skipped_keys = tables.ratchets.skipped_keys(id);
    each.held_peers = tables.outbox.peers_held(id).size();
    if (const auto due = tables.outbox.next_due(id)) each.overdue = std::max(0.0, seconds(now - *due));
    rows.accounts.push_back(each);
  }
  return rows;
}

void add_queues(Page& page, const Rows& rows) {
  page.family("outbox_messages", "gauge", "Messages in the outbox, by state.");
  for (std::size_t i = 0; i < rows.outbox.size(); ++i)
    page.value({{"state", store::name(static_cast<store::MessageState>(i))}}, rows.outbox[i]);
  page.family("inbox_rows", "gauge", "What came in and no plugin has finished.");
  page.value({{"state", "waiting"}}, rows.inbox_waiting);
  page.value({{"state", "parked"}}, rows.inbox_parked);
  page.single("mails_waiting", "gauge", "Mails that the mail server has not taken yet.", rows.mails);
  page.single("sessions_unanswered", "gauge", "Devices that have not heard yet of a session made anew.", rows.unanswered);
}

template <class Number>
void add_per_account(Page& page, const std::vector<Account*>& accounts, const Rows& rows, std::string_view name,
                     std::string_view help, Number Rows::OfAccount::* member) {
  page.family(name, "gauge", help);
  for (std::size_t i = 0; i < accounts.size(); ++i)
    page.value({{"account", accounts[i]->settings().name}}, rows.accounts[i].*member);
}

void add_account_rows(Page& page, const std::vector<Account*>& accounts, const Rows& rows) {
  using Of = Rows::OfAccount;
  add_per_account(page, accounts, rows, "outbox_overdue_seconds", "How long the next message has been due.", &Of::overdue);
  add_per_account(page, accounts, rows, "held_contacts", "Contacts whose messages wait for a decision.", &Of::held_peers);
  add_per_account(page, accounts, rows, "prekeys", "One-time keys that are published.", &Of::prekeys);
  add_per_account(page, accounts, rows, "sessions", "OMEMO sessions.", &Of::sessions);
  add_per_account(page, accounts, rows, "skipped_keys", "Keys kept for messages out of order.", &Of::skipped_keys);
}

asio::awaitable<void> add_accounts(Page& page, const std::vector<Account*>& accounts, WallTime now) {
  std::vector<AccountStatus> all;
  for (Account* account : accounts) all.push_back(co_await account->status());
  page.family("account_state", "gauge", "1 for the state an account is in.");
  for (std::size_t i = 0; i < accounts.size(); ++i)
    for (const auto state : account_states)
      page.value({{"account", accounts[i]->settings().name}, {"state", name(state)}}, all[i].state == state ? 1 : 0);
  page.family("account_state_seconds", "gauge", "For how long it has been in that state.");
  for (std::size_t i = 0; i < accounts.size(); ++i)
    page.value({{"account", accounts[i]->settings().name}}, std::max(0.0, seconds(now - all[i].since)));
}

/// What they cost, and what they count themselves.
void add_reports(Page& page, const std::vector<NamedReport>& reports) {
  page.family("plugin_memory_bytes", "gauge", "Memory of a plugin's worker, without the program's code and libraries.");
  for (const auto& [name, report] : reports)
    if (report.usage && report.usage->memory) page.value({{"plugin", name}}, *report.usage->memory);
  page.family("plugin_cpu_seconds_total", "counter", "Processor time of a plugin's worker since it was started.");
  for (const auto& [name, report] : reports)
    if (report.usage) page.value({{"plugin", name}}, seconds(report.usage->cpu));
  const OwnMetrics own = own_metrics(reports);
  page.family("plugin_samples_left_out_total", "counter", "What a plugin counted and is not shown: too many series, or a name of another type.");
  for (const auto& [name, count] : own.left_out) page.value({{"plugin", name}}, count);
  page.add(own.page);
}

asio::awaitable<void> add_plugins(Page& page, const std::vector<RunningPlugin>& plugins) {
  std::vector<PluginStatus> all;
  std::vector<NamedReport> reports;
  for (const RunningPlugin& plugin : plugins) {
    all.push_back(co_await plugin.host->status());
    PluginReport report = co_await plugin.host->report();
    reports.emplace_back(plugin.host->name(), std::move(report));
  }
  page.family("plugin_state", "gauge", "1 for the state a plugin is in.");
  for (std::size_t i = 0; i < plugins.size(); ++i)
    for (const auto& [state, word] : plugin_states)
      page.value({{"plugin", plugins[i].host->name()}, {"state", word}}, all[i].state == state ? 1 : 0);
  const auto count = [&](std::string_view name, std::string_view help, std::uint64_t PluginStatus::* member) {
    page.family(name, "counter", help);
    for (std::size_t i = 0; i < plugins.size(); ++i) page.value({{"plugin", plugins[i].host->name()}}, all[i].*member);
  };
  count("plugin_events_total", "Events that a plugin handled.", &PluginStatus::handled);
  count("plugin_failures_total", "Events that a plugin failed at.", &PluginStatus::failures);
  count("plugin_restarts_total", "Times that a plugin's worker was started again.", &PluginStatus::restarts);
  add_reports(page, reports);
}

void add_events(Page& page) {
  page.family("events_total", "counter", "How often each event of the log has happened, logged or not.");
  auto counts = event_counts();
  for (const auto event : rare_events) counts.emplace(EventKey{std::string(event), {}}, 0);
  for (const auto& [key, count] : counts) page.value({{"event", key.event}, {"cause", key.kind}}, count);
}

void add_durations(Page& page) {
  using store::Span;
  page.histogram("message_sent_seconds", "From accepting a message until the server had it.", store::durations(Span::sent));
  page.histogram("message_delivered_seconds", "From accepting a message until its receipt came.",
                 store::durations(Span::delivered));
  page.histogram("store_commit_seconds", "One commit to the disk.", store::durations(Span::commit));
}

void add_mailboxes(Page& page, const std::vector<std::shared_ptr<Mailbox>>& mailboxes) {
  page.family("mailbox_open", "gauge", "1: the folder is open and its mail comes.");
  for (const auto& each : mailboxes) page.value({{"mailbox", each->place().settings.name()}}, each->status().is_open ? 1 : 0);
}

void add_canary(Page& page, const Canary& canary) {
  page.single("canary_interval_seconds", "gauge", "How often a test message is written.", seconds(canary.every()));
  page.single("canary_age_seconds", "gauge", "Since the last test message came back, or since the start.", seconds(canary.age()));
  page.single("canary_roundtrip_seconds", "gauge", "How long that one took; 0: none yet.", seconds(canary.last_roundtrip()));
}

void add_process(Page& page) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto time = [](const timeval& span) { return static_cast<double>(span.tv_sec) + static_cast<double>(span.tv_usec) / 1e6; };
  page.single("process_cpu_seconds_total", "counter", "Processor time of the gateway, without its plugins.",
              time(used.ru_utime) + time(used.ru_stime));
  std::ifstream memory("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  memory >> all >> resident;
  page.single("process_resident_memory_bytes", "gauge", "Memory of the gateway, without its plugins.",
              resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  std::error_code error;
  std::filesystem::directory_iterator open("/proc/self/fd", error);
  page.single("process_open_fds", "gauge", "Open descriptors.", error ? 0 : std::distance(begin(open), end(open)));
  page.family("build_info", "gauge", "1, with the version.");
  page.value({{"version", OMEGATE_VERSION}}, 1);
}

}  // namespace

asio::awaitable<std::string> metrics_text(Context& context, std::shared_ptr<const Actors> actors, const Canary* canary,
                                          std::vector<std::shared_ptr<Mailbox>> mailboxes) {
  Page page;
  const WallTime now = context.now();
  const auto asked = std::chrono::steady_clock::now();
  const Rows rows = co_await context.store.transact(
      [&](store::Tables& tables) { return read_rows(tables, actors->accounts, now); });
  page.single("store_answer_seconds", "gauge", "How long the database took to answer this look.",
              seconds(std::chrono::steady_clock::now() - asked));
  add_queues(page, rows);
  add_account_rows(page, actors->accounts, rows);
  co_await add_accounts(page, actors->accounts, now);
  co_await add_plugins(page, actors->plugins);
  add_durations(page);
  if (canary != nullptr) add_canary(page, *canary);
  if (!mailboxes.empty()) add_mailboxes(page, mailboxes);
  add_events(page);
  add_process(page);
  co_return page.take();
}

}  // namespace omegate::gateway
