#include "bridge/gateway/gateway.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/json.hpp>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log.hpp"
#include "bridge/gateway/metrics.hpp"
#include "bridge/gateway/plugin_library.hpp"
#include "bridge/gateway/rekeying.hpp"

namespace omegate::gateway {
namespace {

/// Numbers are for this machine, whatever address HTTP listens on.
bool is_here(std::string_view peer) { return peer == "127.0.0.1" || peer == "::1" || peer == "::ffff:127.0.0.1"; }

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
  for (const config::AccountSettings& account : settings.accounts) accounts_.push_back(make_account(account));
  for (PreparedPlugin& plugin : prepared) plugins_.push_back(make_plugin(std::move(plugin)));
  publish();
  make_http(settings);
  OperatorSurroundings around{all_.context, actors_, {}, all_.request_stop, all_.request_reload, all_.context.now()};
  if (http_) around.http = settings.http->address + ":" + std::to_string(http_->port());
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
  InboxSide inbox{[this] { return listeners(); }, [this] { kick_inboxes(); }, [this] { return key_plugins(); }};
  CopySide copies{[this] {
                    const auto actors = actors_.get();
                    for (Account* each : actors->accounts) each->renewed();
                  },
                  [this](const std::string& why) { on_second_copy(why); }};
  return {std::make_shared<Account>(asio::make_strand(all_.pool), all_.context, settings, all_.names, std::move(inbox),
                                    std::move(copies)),
          nullptr};
}

Gateway::OwnPlugin Gateway::make_plugin(PreparedPlugin prepared) {
  OutgoingSide outgoing;
  outgoing.account = [this](std::string_view name) -> std::optional<OutgoingSide::Account> {
    const Account* const found = actors_.get()->account(name);
    if (found == nullptr) return std::nullopt;
    return OutgoingSide::Account{found->self().account, found->self().jid};
  };
  outgoing.kick_timers = [this] { timekeeper_.kick(); };
  outgoing.kick = [this](store::AccountId id) {
    if (const Account* const found = actors_.get()->account(id)) found->kick();
  };
  const std::string name = prepared.installed.manifest.name;
  auto host = std::make_shared<PluginHost>(
      all_.pool, all_.spawner, all_.context.random, prepared.installed,
      [name](const plugin::Log& line) {
        const LogFields fields{{"plugin", name}, {"text", line.text}};
        line.level == plugin::Log::Level::error  ? log_error("plugin.log", fields)
        : line.level == plugin::Log::Level::warn ? log_warning("plugin.log", fields)
                                                 : log_info("plugin.log", fields);
      },
      all_.context.pace.plugin, make_library(all_.context, name));
  auto inbox = std::make_shared<InboxWorker>(asio::make_strand(all_.pool), all_.context, *host, std::move(outgoing));
  return {std::move(prepared), std::move(host), std::move(inbox), nullptr};
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

std::shared_ptr<Webhooks> Gateway::make_webhooks() const {
  if (!settings_.http) return nullptr;
  std::vector<HookOwner> owners;
  for (const OwnPlugin& plugin : plugins_) {
    owners.push_back({*plugin.host, plugin.prepared.secrets, first_account_of(plugin), [inbox = plugin.inbox.get()] { inbox->kick(); }});
  }
  return std::make_shared<Webhooks>(all_.context, std::move(owners));
}

/// The actors as they are now, for everybody.
void Gateway::publish() {
  Actors actors;
  for (const OwnAccount& each : accounts_) actors.accounts.push_back(each.account.get());
  for (const OwnPlugin& each : plugins_) {
    const plugin::Grants& grants = each.prepared.installed.manifest.grants;
    actors.plugins.push_back({each.prepared.installed.manifest.version, each.host.get(), each.inbox.get(), first_account_of(each),
                              grants.messages, grants.typing, grants.keys});
  }
  actors.webhooks = make_webhooks();
  actors_.publish(std::move(actors));
}

void Gateway::make_http(const config::Settings& settings) {
  if (!settings.http) return;
  http::Settings http{settings.http->address, settings.http->port};
  http.max_body = settings.http->max_body;
  http.on_failure = [](std::exception_ptr failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& what) {
      log_error("http.failed", {{"reason", what.what()}});
    }
  };
  http_strand_ = asio::make_strand(all_.pool);
  http_ = std::make_unique<http::Server>(http_strand_, std::move(http),
                                         [this](http::Request request) { return answer_http(std::move(request)); });
}

Listeners Gateway::listeners() const {
  Listeners listeners;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins) {
    listeners.all.push_back(plugin.host->name());
    if (plugin.hears_messages) listeners.messages.push_back(plugin.host->name());
    if (plugin.hears_typing) listeners.typing.push_back(plugin.host->name());
  }
  return listeners;
}

std::vector<std::string> Gateway::key_plugins() const {
  std::vector<std::string> names;
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins)
    if (plugin.hears_of_keys) names.push_back(plugin.host->name());
  return names;
}

void Gateway::kick_inboxes() const {
  const auto actors = actors_.get();
  for (const RunningPlugin& plugin : actors->plugins) plugin.inbox->kick();
}

void Gateway::kick() const {
  clock_was_set_.notify();
  kick_inboxes();
  timekeeper_.kick();
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
  plugin.running = spawn("inbox of " + plugin.host->name(), asio::make_strand(all_.pool), plugin.inbox->run());
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
  if (http_) running_.push_back(spawn("http", http_strand_, http_->run()));
}

asio::awaitable<void> Gateway::stop(bool say_goodbye) {
  const auto mine = co_await turn_.take();
  stopping_ = true;
  if (http_) {
    co_await asio::dispatch(asio::bind_executor(http_strand_, asio::use_awaitable));
    http_->stop();
  }
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
    tables.outbox.purge_finished(now - history_.load());
    tables.unread.purge(now - history_.load());
    tables.questions.purge(now - question_life);
    tables.messages.purge(now - message_memory);
    tables.answers.purge(now - answer_life);
    tables.seen.purge(now - seen_life);
    tables.kv.purge(now);
  });
}

/// Ready is who can do its work: the accounts are online, no plugin is given up, the database answers.
asio::awaitable<http::Response> Gateway::answer_ready() {
  co_await all_.context.store.transact([](store::Tables&) {});
  const auto actors = actors_.get();
  std::string waiting;
  for (Account* account : actors->accounts) {
    const AccountStatus status = co_await account->status();
    if (status.state != AccountStatus::State::online) waiting += account->settings().name + " is not online; ";
  }
  for (const RunningPlugin& plugin : actors->plugins) {
    const PluginStatus status = co_await plugin.host->status();
    if (status.state == PluginStatus::State::quarantined) waiting += plugin.host->name() + " does not run; ";
  }
  if (!waiting.empty()) co_return http::error_response(503, waiting);
  co_return http::Response{200, R"({"ready":true})"};
}

asio::awaitable<http::Response> Gateway::answer_metrics() {
  std::string page = co_await metrics_text(all_.context, actors_.get());
  co_return http::Response{200, std::move(page), std::string(metrics_content_type)};
}

asio::awaitable<http::Response> Gateway::answer_http(http::Request request) {
  if (request.path == "/health/live") co_return http::Response{200, R"({"alive":true})"};
  if (request.path == "/health/ready") co_return co_await answer_ready();
  if (request.path == "/metrics" && is_here(request.peer)) co_return co_await answer_metrics();
  const auto actors = actors_.get();
  co_return co_await actors->webhooks->handle(std::move(request));
}

}  // namespace omegate::gateway
