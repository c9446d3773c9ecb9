// All actors of one gateway and how they are joined.
//
// Not here: the process around it: signals, sockets of the command line, the database's place (app/daemon.hpp).
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bridge/edge/http/server.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/account.hpp"
#include "bridge/gateway/inbox_worker.hpp"
#include "bridge/gateway/operator_service.hpp"
#include "bridge/gateway/plugin_host.hpp"
#include "bridge/gateway/plugin_install.hpp"
#include "bridge/gateway/webhooks.hpp"

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
};

class Gateway {
 public:
  /// Makes accounts and their OMEMO devices, plugins, the HTTP listener. Throws `config::ConfigError`, what the
  /// store throws, `std::runtime_error` when the HTTP address is taken, or when another copy of us was met before.
  Gateway(GatewaySurroundings surroundings, const config::Settings& settings);
  ~Gateway();

  /// Loads the plugins, starts accounts and HTTP. Returns when everything runs; accounts may still connect.
  asio::awaitable<void> start();

  /// Ends all: HTTP first, then plugins and accounts. Returns when no coroutine of the gateway is left.
  asio::awaitable<void> stop(bool say_goodbye);

  /// Whoever waits for a time looks at the clock again: it was set.
  void kick() const;

  OperatorService& operators() { return *operators_; }
  std::uint16_t http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }

 private:
  struct RunningActor;
  void refuse_to_be_second() const;
  void renew_keys_if_due();
  void on_second_copy(const std::string& why);
  void make_accounts(const config::Settings& settings);
  void make_plugins(const config::Settings& settings);
  void make_http(const config::Settings& settings);
  void make_operators(const config::Settings& settings);
  void spawn(std::string name, asio::any_io_executor executor, asio::awaitable<void> work);
  asio::awaitable<void> keep_house();
  asio::awaitable<void> clear_away();
  asio::awaitable<http::Response> answer_http(http::Request request);
  asio::awaitable<http::Response> answer_ready();
  asio::awaitable<http::Response> answer_metrics();
  std::vector<std::string> message_plugins() const;
  void kick_inboxes() const;

  GatewaySurroundings all_;
  std::chrono::hours history_;  // finished messages are kept so long
  std::vector<std::unique_ptr<Account>> accounts_;
  std::vector<PreparedPlugin> prepared_;
  std::vector<std::unique_ptr<PluginHost>> hosts_;
  std::vector<std::unique_ptr<InboxWorker>> inboxes_;
  std::unique_ptr<Webhooks> webhooks_;
  std::unique_ptr<http::Server> http_;
  asio::any_io_executor http_strand_;
  std::unique_ptr<OperatorService> operators_;
  std::vector<std::shared_ptr<RunningActor>> running_;
};

}  // namespace omegate::gateway
