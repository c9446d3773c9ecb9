#include "bridge/gateway/gateway.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/json.hpp>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/log.hpp"
#include "bridge/gateway/metrics.hpp"
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
    : all_(std::move(surroundings)), history_(std::chrono::days(settings.keep_days)) {
  refuse_to_be_second();
  remove_copies(all_.context.store);
  all_.context.store.run([this](store::Tables& tables) {
    tables.inbox.resume(interruptions, all_.context.now());
    tables.outbox.resume(interruptions, all_.context.now());
  });
  renew_keys_if_due();
  make_accounts(settings);
  make_plugins(settings);
  make_http(settings);
  make_operators(settings);
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

void Gateway::make_accounts(const config::Settings& settings) {
  for (const config::AccountSettings& account : settings.accounts) {
    InboxSide inbox{[this] { return message_plugins(); }, [this] { kick_inboxes(); }};
    CopySide copies{[this] {
                      for (const auto& each : accounts_) each->renewed();
                    },
                    [this](const std::string& why) { on_second_copy(why); }};
    accounts_.push_back(std::make_unique<Account>(asio::make_strand(all_.pool), all_.context, account, all_.names,
                                                  std::move(inbox), std::move(copies)));
  }
}

void Gateway::make_plugins(const config::Settings& settings) {
  prepared_ = prepare_plugins(settings);
  OutgoingSide outgoing;
  for (const auto& account : accounts_) {
    outgoing.accounts.emplace(account->settings().name,
                              OutgoingSide::Account{account->self().account, account->self().jid});
  }
  outgoing.kick = [this](store::AccountId id) {
    for (const auto& account : accounts_) {
      if (account->self().account == id) account->kick();
    }
  };
  for (const PreparedPlugin& prepared : prepared_) {
    const std::string name = prepared.installed.manifest.name;
    hosts_.push_back(std::make_unique<PluginHost>(
        all_.pool, all_.spawner, all_.context.random, prepared.installed,
        [name](const plugin::Log& line) {
          const LogFields fields{{"plugin", name}, {"text", line.text}};
          line.level == plugin::Log::Level::error  ? log_error("plugin.log", fields)
          : line.level == plugin::Log::Level::warn ? log_warning("plugin.log", fields)
                                                   : log_info("plugin.log", fields);
        },
        all_.context.pace.plugin));
    inboxes_.push_back(
        std::make_unique<InboxWorker>(asio::make_strand(all_.pool), all_.context, *hosts_.back(), outgoing));
  }
}

void Gateway::make_http(const config::Settings& settings) {
  if (!settings.http) return;
  std::vector<HookOwner> owners;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    const std::string& first = prepared_[i].installed.accounts.front();
    store::AccountId account = accounts_.front()->self().account;
    for (const auto& each : accounts_) {
      if (each->settings().name == first) account = each->self().account;
    }
    owners.push_back({*hosts_[i], prepared_[i].secrets, account, [inbox = inboxes_[i].get()] { inbox->kick(); }});
  }
  webhooks_ = std::make_unique<Webhooks>(all_.context, std::move(owners));
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

void Gateway::make_operators(const config::Settings& settings) {
  OperatorSurroundings around{all_.context, {}, {}, {}, all_.request_stop, all_.context.now()};
  for (const auto& account : accounts_) around.accounts.push_back(account.get());
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    around.plugins.push_back({prepared_[i].installed.manifest.version, hosts_[i].get(),
                              [inbox = inboxes_[i].get()] { inbox->kick(); }});
  }
  if (http_) around.http = settings.http->address + ":" + std::to_string(http_->port());
  operators_ = std::make_unique<OperatorService>(std::move(around));
}

std::vector<std::string> Gateway::message_plugins() const {
  std::vector<std::string> names;
  for (const auto& host : hosts_) names.push_back(host->name());
  return names;
}

void Gateway::kick_inboxes() const {
  for (const auto& inbox : inboxes_) inbox->kick();
}

void Gateway::kick() const {
  kick_inboxes();
  for (const auto& account : accounts_) account->kick();
}

void Gateway::spawn(std::string name, asio::any_io_executor executor, asio::awaitable<void> work) {
  auto actor = std::make_shared<RunningActor>(std::move(name), executor);
  running_.push_back(actor);
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
}

asio::awaitable<void> Gateway::start() {
  for (const auto& host : hosts_) {
    const PluginStatus status = co_await host->start();
    if (status.state == PluginStatus::State::quarantined) {
      log_error("plugin.quarantined", {{"plugin", host->name()}, {"reason", status.last_error}});
    }
  }
  for (std::size_t i = 0; i < inboxes_.size(); ++i) {
    spawn("inbox of " + hosts_[i]->name(), asio::make_strand(all_.pool), inboxes_[i]->run());
  }
  for (const auto& account : accounts_) spawn("account " + account->self().jid, account->executor(), account->run());
  spawn("housekeeping", asio::make_strand(all_.pool), keep_house());
  if (http_) spawn("http", http_strand_, http_->run());
}

asio::awaitable<void> Gateway::stop(bool say_goodbye) {
  if (http_) {
    co_await asio::dispatch(http_strand_, asio::use_awaitable);
    http_->stop();
  }
  for (const auto& account : accounts_) co_await account->stop(say_goodbye);
  for (const auto& host : hosts_) co_await host->stop();
  for (const auto& actor : running_) {
    co_await asio::dispatch(actor->executor, asio::use_awaitable);
    const bool ends_by_itself = actor->name == "http" || actor->name.starts_with("account");
    if (!ends_by_itself) actor->cancel.emit(asio::cancellation_type::terminal);
    while (!actor->has_ended) co_await actor->ended.wait_until(std::chrono::steady_clock::time_point::max());
  }
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

asio::awaitable<void> Gateway::clear_away() {
  return all_.context.store.transact([this](store::Tables& tables) {
    const WallTime now = all_.context.now();
    tables.outbox.expire(now);
    tables.outbox.purge_finished(now - history_);
    tables.unread.purge(now - history_);
    tables.answers.purge(now - answer_life);
    tables.seen.purge(now - seen_life);
  });
}

/// Ready is who can do its work: the accounts are online, no plugin is given up, the database answers.
asio::awaitable<http::Response> Gateway::answer_ready() {
  co_await all_.context.store.transact([](store::Tables&) {});
  std::string waiting;
  for (const auto& account : accounts_) {
    const AccountStatus status = co_await account->status();
    if (status.state != AccountStatus::State::online) waiting += account->settings().name + " is not online; ";
  }
  for (const auto& host : hosts_) {
    const PluginStatus status = co_await host->status();
    if (status.state == PluginStatus::State::quarantined) waiting += host->name() + " does not run; ";
  }
  if (!waiting.empty()) co_return http::error_response(503, waiting);
  co_return http::Response{200, R"({"ready":true})"};
}

asio::awaitable<http::Response> Gateway::answer_metrics() {
  MeteredActors actors;
  for (const auto& account : accounts_) actors.accounts.push_back(account.get());
  for (const auto& host : hosts_) actors.plugins.push_back(host.get());
  std::string page = co_await metrics_text(all_.context, std::move(actors));
  co_return http::Response{200, std::move(page), std::string(metrics_content_type)};
}

asio::awaitable<http::Response> Gateway::answer_http(http::Request request) {
  if (request.path == "/health/live") co_return http::Response{200, R"({"alive":true})"};
  if (request.path == "/health/ready") co_return co_await answer_ready();
  if (request.path == "/metrics" && is_here(request.peer)) co_return co_await answer_metrics();
  co_return co_await webhooks_->handle(std::move(request));
}

}  // namespace omegate::gateway
