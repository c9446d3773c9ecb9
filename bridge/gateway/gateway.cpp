#include "bridge/gateway/gateway.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/json.hpp>

#include "bridge/gateway/api/limits.hpp"
#include "bridge/gateway/devices/rekeying.hpp"
#include "bridge/gateway/http/hook_expiry.hpp"
#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log/log.hpp"
#include "bridge/gateway/log/metrics.hpp"

namespace omegate::gateway {
namespace {

/// Beside the database.
std::filesystem::path spool_folder(const store::Store& store) {
  return std::filesystem::path(store.path()).parent_path() / "files";
}

}  // namespace

/// One coroutine that must have ended before the actors it uses go.
struct Gateway::RunningActor {
  RunningActor(std::string name_, asio::any_io_executor executor_) : name(std::move(name_)), executor(executor_), ended(executor_) {}

  std::string name;
  asio::any_io_executor executor;
  asio::cancellation_signal cancel;
  Signal ended;
  bool has_ended = false;
};

Gateway::Gateway(GatewaySurroundings surroundings, const config::Settings& settings)
    : all_(std::move(surroundings)),
      settings_(settings),
      desk_(all_.context.store, all_.context.random, all_.context.now, spool_folder(all_.context.store), settings.files),
      download_strand_(asio::make_strand(all_.pool)),
      downloads_(download_strand_, all_.context, desk_, all_.names, [this](store::AccountId id) { return ca_file_of(id); },
                 [this] {
                   const auto actors = actors_.get();
                   for (const RunningPlugin& plugin : actors->plugins) plugin.inbox->files_changed();
                 }),
      mail_strand_(asio::make_strand(all_.pool)),
      mail_sender_(mail_strand_, all_.context, desk_, all_.names, [this](const std::string& plugin) { kick_inbox(plugin); }),
      program_strand_(asio::make_strand(all_.pool)),
      program_runner_(program_strand_, all_.context, [this](const std::string& plugin) { kick_inbox(plugin); }),
      history_(std::chrono::days(settings.keep_days)),
      expiry_strand_(asio::make_strand(all_.pool)),
      clock_was_set_(expiry_strand_),
      turn_(all_.pool),
      timer_strand_(asio::make_strand(all_.pool)),
      timekeeper_(timer_strand_, all_.context, timer_side()) {
  refuse_to_be_second();
  remove_copies(all_.context.store);
  all_.context.store.run([this](store::Tables& tables) {
    tables.inbox.resume(interruptions, all_.context.now());
    tables.outbox.resume(interruptions, all_.context.now());
  });
  renew_keys_if_due();
  auto prepared = prepare_plugins(settings);
  auto clients = api::read_clients(settings);
  mail_sender_.set(read_mail_server(settings.mail));
  auto mail = prepare_mail(settings);
  http_strand_ = asio::make_strand(all_.pool);
  event_desk_ = std::make_unique<api::EventDesk>(http_strand_, all_.context, [this] { return api_clients_.load(); });
  set_api(settings, std::move(clients));
  for (const config::AccountSettings& account : settings.accounts) accounts_.push_back(make_account(account));
  for (PreparedPlugin& plugin : prepared) plugins_.push_back(make_plugin(std::move(plugin)));
  publish();
  if (settings.canary) canary_ = std::make_unique<Canary>(all_.context, actors_, *settings.canary);
  make_http(settings);
  make_mail(std::move(mail), settings);
  OperatorSurroundings around{all_.context, actors_, {}, all_.request_stop, all_.request_reload, all_.context.now()};
  if (http_) around.http = settings.http->address + ":" + std::to_string(http_->port());
  around.files = &desk_;
  around.kick_files = [this] { downloads_.kick(); };
  around.mails = &mail_sender_;
  around.mail_places = [this] { return mail_places_.load(); };
  operators_ = std::make_unique<OperatorService>(std::move(around));
}

Gateway::~Gateway() = default;

void Gateway::refuse_to_be_second() const {
  const bool halted = all_.context.store.run([this](store::Tables& tables) {
    if (!tables.lineage.is_halted() || !all_.take_over) return tables.lineage.is_halted();
    tables.lineage.set_halted(false);
    tables.lineage.demand_rekeying(store::Rekeying::server_knows);
    return false;
  });
  if (!halted) return;
  throw std::runtime_error(
      "another copy of this database was online when this one ran last; two copies must never run at once. Stop the "
      "other one for good, then `omegate run --take-over` if this is the one to keep");
}

void Gateway::renew_keys_if_due() {
  const auto renewal =
      all_.context.store.run([this](store::Tables& tables) { return renew_if_due(tables, all_.context.now()); });
  if (renewal) log_renewal(*renewal);
}

void Gateway::on_second_copy(const std::string& why) {
  if (all_.request_failure) all_.request_failure(why);
}

Gateway::OwnAccount Gateway::make_account(const config::AccountSettings& settings) {
  const std::string name = settings.name;
  InboxSide inbox{[this, name] { return listeners(name); }, [this] { kick_inboxes(); }, [this, name] { return key_plugins(name); }};
  CopySide copies{[this] {
                    const auto actors = actors_.get();
                    for (Account* each : actors->accounts) each->renewed();
                  },
                  [this](const std::string& why) { on_second_copy(why); }};
  FileSide files{&desk_, &all_.names};
  return {std::make_shared<Account>(asio::make_strand(all_.pool), all_.context, settings, all_.names, std::move(inbox),
                                    std::move(copies), std::move(files)),
          nullptr};
}

Gateway::OwnPlugin Gateway::make_plugin(PreparedPlugin prepared) {
  OutgoingSide outgoing;
  outgoing.account = [this](std::string_view name) -> std::optional<OutgoingSide::Account> {
    const Account* const found = actors_.get()->account(name);
    if (found == nullptr) return std::nullopt;
    return OutgoingSide::Account{found->self().account, found->self().jid, found->settings().language};
  };
  outgoing.kick_timers = [this] { timekeeper_.kick(); };
  outgoing.files = &desk_;
  outgoing.kick_files = [this] { downloads_.kick(); };
  outgoing.kick_mails = [this] { mail_sender_.kick(); };
  outgoing.kick_programs = [this] { program_runner_.kick(); };
  outgoing.default_account = prepared.installed.accounts.front();
  outgoing.subscribers = [this](std::string_view topic) { return subscribers(topic); };
  outgoing.kick_inboxes = [this] { kick_inboxes(); };
  outgoing.kick = [this](store::AccountId id) {
    if (const Account* const found = actors_.get()->account(id)) found->kick();
  };
  outgoing.pass = [this](store::AccountId id, Passing passing) {
    if (const Account* const found = actors_.get()->account(id)) found->pass(std::move(passing));
  };
  outgoing.kick_rooms = [this](store::AccountId id) {
    if (const Account* const found = actors_.get()->account(id)) found->kick_rooms();
  };
  const std::string name = prepared.installed.manifest.name;
  const FetchFiles files{&desk_, &all_.context.store, [this, default_account = outgoing.default_account]() -> std::optional<store::AccountId> {
                           const Account* const found = actors_.get()->account(default_account);
                           if (found == nullptr) return std::nullopt;
                           return found->self().account;
                         }};
  auto fetch = std::make_shared<PluginFetch>(name, all_.names, all_.context.random, prepared.hosts, FetchPace{}, files);
  auto host = std::make_shared<PluginHost>(
      all_.pool, all_.spawner, all_.context.random, prepared.installed,
      [name](const plugin::Log& line) {
        const LogFields fields{{"plugin", name}, {"text", line.text}};
        line.level == plugin::Log::Level::error  ? log_error("plugin.log", fields)
        : line.level == plugin::Log::Level::warn ? log_warning("plugin.log", fields)
                                                 : log_info("plugin.log", fields);
      },
      all_.context.pace.plugin, make_library(all_.context, name, &desk_, avatar_side()), make_fetcher(fetch));
  auto inbox = std::make_shared<InboxWorker>(asio::make_strand(all_.pool), all_.context, *host, std::move(outgoing));
  return {std::move(prepared), std::move(fetch), std::move(host), std::move(inbox), nullptr};
}

/// Whom a plugin asks for pictures.
Avatars Gateway::avatar_side() {
  return [this](plugin::AvatarAsk ask) -> asio::awaitable<FoundAvatar> {
    FoundAvatar found;
    const auto actors = actors_.get();
    Account* const account = actors->account(ask.account);
    found.answer.reason = "there is no account " + ask.account;
    if (account == nullptr) co_return found;
    AvatarQuery query{std::move(ask.jid), std::move(ask.room), std::move(ask.known)};
    found.account = account->self().account;
    found.answer = co_await account->avatar(std::move(query));
    co_return found;
  };
}

/// What the account believes besides the system's authorities; nothing if it is gone.
std::string Gateway::ca_file_of(store::AccountId id) const {
  const auto actors = actors_.get();
  const Account* const found = actors->account(id);
  return found != nullptr ? found->settings().ca_file.string() : std::string();
}

/// Whose rows are those that no account's message is the reason of.
store::AccountId Gateway::first_account_of(const OwnPlugin& plugin) const {
  for (const OwnAccount& each : accounts_) {
    if (each.account->settings().name == plugin.prepared.installed.accounts.front()) return each.account->self().account;
  }
  return accounts_.front().account->self().account;
}

/// Everybody whose time may come, and where: as they are now.
TimerSide Gateway::timer_side() {
  return {[this] {
            std::vector<TimerSide::Owner> owners;
            const auto actors = actors_.get();
            for (const RunningPlugin& each : actors->plugins)
              owners.push_back({each.host, each.account, [inbox = each.inbox] { inbox->kick(); }});
            return owners;
          },
          [this](std::string_view name) -> std::optional<OutgoingSide::Account> {
            const Account* const found = actors_.get()->account(name);
            if (found == nullptr) return std::nullopt;
            return OutgoingSide::Account{found->self().account, found->self().jid};
          }};
}

/// The actors as they are now, for everybody.
void Gateway::publish() {
  Actors actors;
  for (const OwnAccount& each : accounts_) actors.accounts.push_back(each.account.get());
  for (const OwnPlugin& each : plugins_) {
    const plugin::Grants& grants = each.prepared.installed.manifest.grants;
    actors.plugins.push_back({each.prepared.installed.manifest.version, each.host.get(), each.inbox.get(), first_account_of(each),
                              grants.messages, grants.typing, grants.keys, each.prepared.mail_addresses, grants.subscribe});
  }
  ProgramLists programs;
  for (const OwnPlugin& each : plugins_) programs[each.host->name()] = each.prepared.installed.programs;
  program_runner_.set(std::move(programs));
  actors.webhooks = make_webhooks();
  if (settings_.http) actors.endpoints = std::make_shared<Endpoints>(all_.context, hook_owners());
  actors.api = api_;
  actors_.publish(std::move(actors));
}

Listeners Gateway::listeners(const std::string& account) const {
  Listeners listeners;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins) {
    listeners.all.push_back(plugin.host->name());
    if (plugin.hears_messages) listeners.messages.push_back(plugin.host->name());
    if (plugin.hears_typing) listeners.typing.push_back(plugin.host->name());
  }
  const auto clients = api_clients_.load();
  for (const api::Client& client : *clients) {
    if (!client.settings.may_hear || !client.has_account(account)) continue;
    listeners.all.push_back(client.owner());
    listeners.messages.push_back(client.owner());
    if (client.settings.hears_typing) listeners.typing.push_back(client.owner());
  }
  return listeners;
}

/// As they were granted: what is published while one of them restarts is for it all the same.
std::vector<OutgoingSide::Subscriber> Gateway::subscribers(std::string_view topic) const {
  std::vector<OutgoingSide::Subscriber> found;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins)
    if (std::ranges::find(plugin.topics, topic) != plugin.topics.end()) found.push_back({plugin.host->name(), plugin.account});
  return found;
}

std::vector<std::string> Gateway::key_plugins(const std::string& account) const {
  std::vector<std::string> names;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins)
    if (plugin.hears_of_keys) names.push_back(plugin.host->name());
  const auto clients = api_clients_.load();
  for (const api::Client& client : *clients)
    if (client.settings.may_hear && client.settings.hears_keys && client.has_account(account)) names.push_back(client.owner());
  return names;
}

void Gateway::kick_inboxes() const {
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins) plugin.inbox->kick();
  event_desk_->kick();
}

void Gateway::kick_inbox(const std::string& name) const {
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins)
    if (plugin.host->name() == name) plugin.inbox->kick();
}

void Gateway::kick() const {
  clock_was_set_.notify();
  kick_inboxes();
  timekeeper_.kick();
  mail_sender_.kick();
  const auto actors = actors_.get();
  for (const Account* account : actors->accounts) account->kick();
}

std::shared_ptr<Gateway::RunningActor> Gateway::spawn(std::string name, asio::any_io_executor executor,
                                                      asio::awaitable<void> work) {
  auto actor = std::make_shared<RunningActor>(std::move(name), executor);
  asio::co_spawn(executor, std::move(work),
                 asio::bind_cancellation_slot(actor->cancel.slot(), [actor](std::exception_ptr failure) {
                   try {
                     if (failure) std::rethrow_exception(failure);
                   } catch (const boost::system::system_error& what) {
                     if (what.code() != asio::error::operation_aborted) {
                       log_error("actor.failed", {{"actor", actor->name}, {"reason", what.what()}});
                     }
                   } catch (const std::exception& what) {
                     log_error("actor.failed", {{"actor", actor->name}, {"reason", what.what()}});
                   }
                   actor->has_ended = true;
                   actor->ended.notify();
                 }));
  return actor;
}

asio::awaitable<void> Gateway::end_of(std::shared_ptr<RunningActor> actor, bool cancel) {
  if (!actor) co_return;
  auto waiting = [](std::shared_ptr<RunningActor> who, bool now) -> asio::awaitable<void> {
    if (now) who->cancel.emit(asio::cancellation_type::terminal);
    while (!who->has_ended) co_await who->ended.wait_until(std::chrono::steady_clock::time_point::max());
  };
  co_await asio::co_spawn(actor->executor, waiting(actor, cancel), asio::use_awaitable);
}

asio::awaitable<void> Gateway::start(OwnPlugin& plugin) {
  const PluginStatus status = co_await plugin.host->start();
  if (status.state == PluginStatus::State::quarantined) {
    log_error("plugin.quarantined", {{"plugin", plugin.host->name()}, {"reason", status.last_error}});
  }
  plugin.running = spawn("inbox of " + plugin.host->name(), plugin.inbox->executor(), plugin.inbox->run());
}

void Gateway::start(OwnAccount& account) {
  account.running = spawn("account " + account.account->self().jid, account.account->executor(), account.account->run());
}

asio::awaitable<void> Gateway::start() {
  for (OwnPlugin& plugin : plugins_) co_await start(plugin);
  for (OwnAccount& account : accounts_) start(account);
  running_.push_back(spawn("timekeeper", timer_strand_, timekeeper_.run()));
  running_.push_back(spawn("housekeeping", asio::make_strand(all_.pool), keep_house()));
  running_.push_back(spawn("expiry", expiry_strand_, watch_expiry()));
  if (canary_) running_.push_back(spawn("canary", asio::make_strand(all_.pool), canary_->run()));
  running_.push_back(spawn("mails", mail_strand_, mail_sender_.run()));
  running_.push_back(spawn("programs", program_strand_, program_runner_.run()));
  running_.push_back(spawn("downloads", download_strand_, downloads_.run()));
  running_.push_back(spawn("api", http_strand_, event_desk_->run()));
  if (http_) running_.push_back(spawn("http", http_strand_, http_->run()));
  start_mail();
}

asio::awaitable<void> Gateway::stop(bool say_goodbye) {
  const auto mine = co_await turn_.take();
  stopping_ = true;
  if (http_) {
    co_await asio::dispatch(asio::bind_executor(http_strand_, asio::use_awaitable));
    http_->stop();
    asio::post(http_strand_, [this] { event_desk_->close(); });
  }
  co_await stop_mail();
  for (const OwnAccount& each : accounts_) co_await each.account->stop(say_goodbye);
  for (const OwnPlugin& each : plugins_) co_await each.host->stop();
  for (const OwnPlugin& each : plugins_) co_await end_of(each.running, true);
  for (const OwnAccount& each : accounts_) co_await end_of(each.running, false);
  for (const auto& actor : running_) co_await end_of(actor, actor->name != "http");
}

/// What nobody needs any more goes. A full disk may need that most: it is tried again.
asio::awaitable<void> Gateway::keep_house() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    try {
      co_await clear_away();
      co_await tell_of_expiring_urls(all_.context, actors_.get());
      const std::size_t files = co_await desk_.sweep();
      if (files > 0) log_info("file.expired", {{"files", files}});
    } catch (const store::DiskFull& failure) {
      log_error("store.full", {{"actor", "housekeeping"}, {"reason", failure.what()}});
    }
    timer.expires_after(1h);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// A message whose account is offline ends in time, too: somebody may wait for its state.
asio::awaitable<void> Gateway::watch_expiry() {
  for (;;) {
    std::optional<WallTime> next;
    std::size_t expired = 0;
    try {
      co_await all_.context.store.transact([&](store::Tables& tables) {
        expired = tables.outbox.expire(all_.context.now());
        next = tables.outbox.next_expiry();
      });
    } catch (const store::DiskFull&) {  // housekeeping says so
      next.reset();
    }
    if (expired > 0) log_warning("outbox.expired", {{"messages", expired}});
    std::chrono::milliseconds pause = all_.context.pace.expiry_look;
    if (next) pause = std::clamp(*next - all_.context.now(), std::chrono::milliseconds(10), pause);
    co_await clock_was_set_.wait_for(pause);
  }
}

asio::awaitable<void> Gateway::clear_away() {
  return all_.context.store.transact([this](store::Tables& tables) {
    const WallTime now = all_.context.now();
    tables.outbox.expire(now);
    tables.outbox.wipe_kept(now);
    tables.outbox.purge_finished(now - history_.load());
    tables.unread.purge(now - history_.load());
    tables.questions.purge(now - question_life);
    tables.messages.purge(now - message_memory);
    tables.answers.purge(now - answer_life);
    tables.seen.purge(now - seen_life);
    tables.kv.purge(now);
    for (const std::string& client : tables.api_events.clients())
      tables.api_events.trim(client, api::max_waiting_events, now - std::chrono::days(config::max_api_days));
  });
}

}  // namespace omegate::gateway
