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
#include "bridge/gateway/api/api.hpp"
#include "bridge/gateway/canary.hpp"
#include "bridge/gateway/files/downloads.hpp"
#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/mail/mail_intake.hpp"
#include "bridge/gateway/mail/mail_listener.hpp"
#include "bridge/gateway/mail/mail_places.hpp"
#include "bridge/gateway/mail/mail_sender.hpp"
#include "bridge/gateway/mail/mailbox.hpp"
#include "bridge/gateway/operator/operator_service.hpp"
#include "bridge/gateway/plugins/plugin_install.hpp"
#include "bridge/gateway/plugins/plugin_library.hpp"
#include "bridge/gateway/plugins/program_runner.hpp"
#include "bridge/gateway/plugins/timekeeper.hpp"
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
  /// An operator wants the config read again: to take it on, or to show this many old events to the plugins as they are now.
  std::function<asio::awaitable<ReloadReport>(std::size_t rehearse)> request_reload = {};
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

  /// Shows the plugins of these settings, as their files are now, the last `events` of each; nothing is taken on, and
  /// nothing that they want happens. Throws and is called as `reload`.
  asio::awaitable<ReloadReport> rehearse(const config::Settings& settings, std::size_t events);

  /// Ends all: HTTP first, then plugins and accounts. Returns when no coroutine of the gateway is left.
  asio::awaitable<void> stop(bool say_goodbye);

  /// Whoever waits for a time looks at the clock again: it was set.
  void kick() const;

  OperatorService& operators() { return *operators_; }
  std::uint16_t http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }
  /// Of the listener at that place in the settings. 0: a unix socket.
  std::uint16_t mail_port(std::size_t listener) const { return mail_.at(listener).listener->port(); }

 private:
  struct RunningActor;
  struct OwnAccount {
    std::shared_ptr<Account> account;
    std::shared_ptr<RunningActor> running;  // null before the start
  };
  struct OwnPlugin {
    PreparedPlugin prepared;
    std::shared_ptr<PluginFetch> fetch;
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
  Avatars avatar_side();
  std::string ca_file_of(store::AccountId id) const;
  void publish();
  asio::awaitable<void> start(OwnPlugin& plugin);
  void start(OwnAccount& account);
  std::shared_ptr<RunningActor> spawn(std::string name, asio::any_io_executor executor, asio::awaitable<void> work);
  static asio::awaitable<void> end_of(std::shared_ptr<RunningActor> actor, bool cancel);
  asio::awaitable<void> keep_house();
  asio::awaitable<void> clear_away();
  asio::awaitable<void> watch_expiry();
  Listeners listeners(const std::string& account) const;
  std::vector<OutgoingSide::Subscriber> subscribers(std::string_view topic) const;
  std::vector<std::string> key_plugins(const std::string& account) const;
  void kick_inboxes() const;
  void kick_inbox(const std::string& name) const;

  // gateway_http.cpp
  std::vector<HookOwner> hook_owners() const;
  std::shared_ptr<Webhooks> make_webhooks() const;
  void set_api(const config::Settings& settings, std::shared_ptr<const api::Clients> clients);
  void make_http(const config::Settings& settings);
  asio::awaitable<http::Response> answer_http(http::Request request);
  asio::awaitable<http::Response> answer_ready();
  asio::awaitable<http::Response> answer_metrics();

  // gateway_mail.cpp
  struct PreparedMail {
    std::vector<std::shared_ptr<MailRules>> listeners;
    std::vector<MailboxPlace> mailboxes;
  };
  static PreparedMail prepare_mail(const config::Settings& settings);
  void make_mail(PreparedMail prepared, const config::Settings& settings);
  MailSide mail_side();
  void start_mail();
  void publish_mail_places();
  asio::awaitable<void> stop_mail();
  asio::awaitable<void> reload_mail(PreparedMail prepared, const config::Settings& settings, ReloadReport& report);
  asio::awaitable<void> reload_listeners(std::vector<std::shared_ptr<MailRules>> wanted, ReloadReport& report);
  asio::awaitable<void> reload_mailboxes(std::vector<MailboxPlace> wanted, ReloadReport& report);

  // reload.cpp
  asio::awaitable<void> reload_accounts(const config::Settings& settings, ReloadReport& report);
  asio::awaitable<void> reload_plugins(std::vector<PreparedPlugin> next, ReloadReport& report);
  asio::awaitable<void> take_on(OwnPlugin& plugin, PreparedPlugin next, ReloadReport& report);
  asio::awaitable<void> replace_account(std::size_t which, const config::AccountSettings& settings);
  asio::awaitable<void> remove_accounts(const config::Settings& settings, ReloadReport& report);
  asio::awaitable<void> remove_plugins(const config::Settings& settings, ReloadReport& report);
  void retire(std::shared_ptr<void> actor) { retired_.push_back({std::chrono::steady_clock::now(), std::move(actor)}); }

  GatewaySurroundings all_;
  config::Settings settings_;              // as they were last taken on
  FileDesk desk_;
  asio::any_io_executor download_strand_;
  Downloads downloads_;
  asio::any_io_executor mail_strand_;
  MailSender mail_sender_;
  asio::any_io_executor program_strand_;
  ProgramRunner program_runner_;
  std::atomic<std::chrono::hours> history_;  // finished messages are kept so long
  std::vector<OwnAccount> accounts_;
  std::vector<OwnPlugin> plugins_;
  std::vector<Retired> retired_;
  CurrentActors actors_;
  std::unique_ptr<Canary> canary_;  // null: none is wanted
  std::unique_ptr<http::Server> http_;
  asio::any_io_executor http_strand_;
  std::atomic<std::shared_ptr<const api::Clients>> api_clients_;  // as their tokens were last read
  std::unique_ptr<api::EventDesk> event_desk_;
  std::shared_ptr<api::Api> api_;
  struct OwnMailListener {
    asio::any_io_executor strand;
    std::shared_ptr<MailRules> rules;
    std::shared_ptr<MailListener> listener;
    std::shared_ptr<RunningActor> running = {};  // null before the start
  };
  struct OwnMailbox {
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<RunningActor> running = {};  // null before the start
  };
  OwnMailListener make_listener(std::shared_ptr<MailRules> rules);
  void start(OwnMailListener& listener);
  asio::awaitable<void> stop(const OwnMailListener& listener);
  OwnMailbox make_mailbox(MailboxPlace place);
  void start(OwnMailbox& mailbox);
  std::unique_ptr<MailIntake> mail_intake_;
  std::vector<OwnMailListener> mail_;
  std::vector<OwnMailbox> mailboxes_;
  std::vector<MailDoor> closed_doors_;  // listeners that a reload wanted and that cannot listen
  std::atomic<std::shared_ptr<const MailPlaces>> mail_places_;
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
