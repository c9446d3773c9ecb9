// All actors of one gateway and how they are joined.
//
// Not here: the process around it: signals, sockets of the command line, the database's place (app/daemon.hpp).
#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/edge/http/server.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/actors.hpp"
#include "bridge/gateway/operator_service.hpp"
#include "bridge/gateway/plugin_install.hpp"
#include "bridge/gateway/timekeeper.hpp"
#include "bridge/gateway/turn.hpp"

namespace omegate::gateway {

/// Everything referenced outlives the gateway and the executor's last handler.
struct GatewaySurroundings {
  asio::any_io_executor pool;
  Context& context;
  net::Names& names;
  workers::Spawner& spawner;
  std::function<void(bool say_goodbye)> request_stop;  // from any thread: an operator wants the end
  std::function<void(const std::string& why)> request_failure = {};  // from any thread: we must not go on
  bool take_over = false;  // we met another copy of us and are the one to keep: see server_anchor.hpp
  std::function<asio::awaitable<ReloadReport>()> request_reload = {};  // an operator wants the config read again
};

class Gateway {
 public:
  /// Makes accounts and their OMEMO devices, plugins, the HTTP listener. Throws `config::ConfigError`, what the
  /// store throws, `std::runtime_error` when the HTTP address is taken, or when another copy of us was met before.
  Gateway(GatewaySurroundings surroundings, const config::Settings& settings);
  ~Gateway();

  /// Loads the plugins, starts accounts and HTTP. Returns when everything runs; accounts may still connect.
  asio::awaitable<void> start();

  /// Takes on new settings while everything runs: no stream is dropped that need not be, no row is lost. Throws
  /// `config::ConfigError` before anything has changed. Called on the executor of `start` and `stop`, which is one strand.
  asio::awaitable<ReloadReport> reload(const config::Settings& settings);

  /// Ends all: HTTP first, then plugins and accounts. Returns when no coroutine of the gateway is left.
  asio::awaitable<void> stop(bool say_goodbye);

  /// Whoever waits for a time looks at the clock again: it was set.
  void kick() const;

  OperatorService& operators() { return *operators_; }
  std::uint16_t http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }

 private:
  struct RunningActor;
  struct OwnAccount {
    std::shared_ptr<Account> account;
    std::shared_ptr<RunningActor> running;  // null before the start
  };
  struct OwnPlugin {
    PreparedPlugin prepared;
    std::shared_ptr<PluginHost> host;
    std::shared_ptr<InboxWorker> inbox;
    std::shared_ptr<RunningActor> running;  // null before the start
  };
  /// Who left in a reload. A request that began before may still talk to it.
  struct Retired {
    std::chrono::steady_clock::time_point since;
    std::shared_ptr<void> actor;
  };

  // gateway.cpp
  void refuse_to_be_second() const;
  void renew_keys_if_due();
  void on_second_copy(const std::string& why);
  OwnAccount make_account(const config::AccountSettings& settings);
  OwnPlugin make_plugin(PreparedPlugin prepared);
  store::AccountId first_account_of(const OwnPlugin& plugin) const;
  TimerSide timer_side();
  std::shared_ptr<Webhooks> make_webhooks() const;
  void make_http(const config::Settings& settings);
  void publish();
  asio::awaitable<void> start(OwnPlugin& plugin);
  void start(OwnAccount& account);
  std::shared_ptr<RunningActor> spawn(std::string name, asio::any_io_executor executor, asio::awaitable<void> work);
  static asio::awaitable<void> end_of(std::shared_ptr<RunningActor> actor, bool cancel);
  asio::awaitable<void> keep_house();
  asio::awaitable<void> clear_away();
  asio::awaitable<void> watch_expiry();
  asio::awaitable<http::Response> answer_http(http::Request request);
  asio::awaitable<http::Response> answer_ready();
  asio::awaitable<http::Response> answer_metrics();
  Listeners listeners() const;
  std::vector<std::string> key_plugins() const;
  void kick_inboxes() const;

  // reload.cpp
  asio::awaitable<void> reload_accounts(const config::Settings& settings, ReloadReport& report);
  asio::awaitable<void> reload_plugins(std::vector<PreparedPlugin> next, ReloadReport& report);
  asio::awaitable<void> take_on(OwnPlugin& plugin, PreparedPlugin next, ReloadReport& report);
  asio::awaitable<void> replace_account(std::size_t which, const config::AccountSettings& settings);
  asio::awaitable<void> remove_accounts(const config::Settings& settings, ReloadReport& report);
  asio::awaitable<void> remove_plugins(const config::Settings& settings, ReloadReport& report);
  template <class Actor>
  void retire(std::shared_ptr<Actor> actor);

  GatewaySurroundings all_;
  config::Settings settings_;              // as they were last taken on
  std::atomic<std::chrono::hours> history_;  // finished messages are kept so long
  std::vector<OwnAccount> accounts_;
  std::vector<OwnPlugin> plugins_;
  std::vector<Retired> retired_;
  CurrentActors actors_;
  std::unique_ptr<http::Server> http_;
  asio::any_io_executor http_strand_;
  asio::any_io_executor expiry_strand_;
  Signal clock_was_set_;  // for `watch_expiry`
  std::unique_ptr<OperatorService> operators_;
  std::vector<std::shared_ptr<RunningActor>> running_;  // housekeeping, HTTP
  Turn turn_;  // a reload and the end take turns
  bool stopping_ = false;
  asio::any_io_executor timer_strand_;
  Timekeeper timekeeper_;
};

}  // namespace omegate::gateway
