#include "bridge/app/daemon.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <filesystem>
#include <future>

#include "bridge/app/control_socket.hpp"
#include "bridge/app/service_manager.hpp"
#include "bridge/app/startup_memory.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/gateway/gateway.hpp"
#include "bridge/gateway/log/log.hpp"

namespace omegate::app {
namespace {

using gateway::log_error;
using gateway::log_info;

/// Accounts are online by then, or wait for something.
constexpr std::chrono::seconds start_is_over{5};

constexpr std::string_view running_status = "running; `omegate status` says how it is";

/// A key that is missing is never made here: what the database holds would be lost.
store::FileKey load_key(const config::Settings& settings) {
  const config::SecretSource& source = settings.key;
  try {
    return source.kind == config::SecretSource::Kind::credential ? store::load_key_credential(source.name)
                                                                 : store::load_key_file(source.name);
  } catch (const store::WrongDataKey& failure) {
    const bool has_database = std::filesystem::exists(settings.database());
    throw store::WrongDataKey(std::string(failure.what()) +
                              (has_database ? ". The database " + settings.database().string() +
                                                  " needs it: put it back, or make a new one with the recovery "
                                                  "passphrase: omegate key unlock"
                                            : ". `omegate init` makes one"));
  }
}

WallTime wall_clock() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

store::Options store_options(const config::Settings& settings) {
  store::Options options;
  options.anchor = settings.anchor().string();
  options.on_fatal = [](const std::string& reason) { log_error("store.fatal", {{"reason", reason}}); };
  return options;
}

/// Whoever asks for the end first decides how it is.
class StopRequest {
 public:
  explicit StopRequest(asio::any_io_executor executor) : executor_(executor), signal_(std::move(executor)) {}

  /// The end, and the process fails with this reason.
  void fail(const std::string& why) {
    asio::post(executor_, [this, why] {
      failure_ = why;
      signal_.notify();
    });
  }
  void ask(bool say_goodbye) {
    if (say_goodbye) goodbye_ = true;
    signal_.notify();
  }
  asio::awaitable<bool> wait() {
    co_await signal_.wait_until(std::chrono::steady_clock::time_point::max());
    co_return goodbye_.load();
  }
  /// On the executor, after the gateway has ended. Throws the reason, if there is one.
  void throw_failure() const {
    if (!failure_.empty()) throw std::runtime_error(failure_);
  }

 private:
  asio::any_io_executor executor_;
  gateway::Signal signal_;
  std::atomic<bool> goodbye_ = false;
  std::string failure_;  // on the executor only
};

void log_request(const ControlRecord& record) {
  log_info("operator.request", {{"by", record.caller.to_string()}, {"verb", record.verb}, {"error", record.error}});
}

Dispatcher dispatcher_for(gateway::Gateway& gateway) {
  return [&gateway](Caller caller, std::string verb, boost::json::object args) {
    return gateway.operators().handle(caller.to_string(), std::move(verb), std::move(args));
  };
}

void report_end(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& what) {
    log_error("gateway.failed", {{"reason", what.what()}});
  }
}

/// The sockets live on their own strand and are destroyed there.
struct ControlSockets {
  asio::strand<asio::any_io_executor> strand;
  std::unique_ptr<ControlSocket> full, send_only;

  void open(const config::ControlSettings& settings, gateway::Gateway& gateway) {
    full = std::make_unique<ControlSocket>(strand, settings.socket, ControlSocket::Access{false, {}},
                                           dispatcher_for(gateway), log_request);
    if (!settings.send_socket) return;
    send_only = std::make_unique<ControlSocket>(strand, *settings.send_socket,
                                                ControlSocket::Access{true, settings.send_group},
                                                dispatcher_for(gateway), log_request);
  }
  asio::awaitable<void> close() {
    co_await asio::dispatch(asio::bind_executor(strand, asio::use_awaitable));
    full.reset();
    send_only.reset();
  }
};

/// Reads the file again and takes it on, or only shows old events to its plugins. Throws `config::ConfigError`: then nothing has changed.
asio::awaitable<gateway::ReloadReport> reload(gateway::Gateway& gateway, std::filesystem::path file,
                                              const Installation& installation, const ServiceManager& manager,
                                              std::size_t rehearse) {
  const config::Settings settings = config::load_settings(file, {installation.plugins_dir});
  if (rehearse > 0) {
    gateway::ReloadReport rehearsed = co_await gateway.rehearse(settings, rehearse);
    co_return rehearsed;
  }
  manager.reloading();
  std::exception_ptr failure;
  gateway::ReloadReport report;
  try {
    report = co_await gateway.reload(settings);
  } catch (...) {
    failure = std::current_exception();
  }
  manager.ready(running_status);
  if (failure) std::rethrow_exception(failure);
  co_return report;
}

using Reload = std::function<asio::awaitable<gateway::ReloadReport>(std::size_t rehearse)>;

/// Each SIGHUP is a wish to reload; there is nobody to answer but the log.
asio::awaitable<void> reload_on_hangup(asio::signal_set& hangups, const Reload& reload) {
  for (;;) {
    const auto [failure, number] = co_await hangups.async_wait(asio::as_tuple(asio::use_awaitable));
    if (failure) co_return;
    try {
      co_await reload(0);
    } catch (const std::exception& refusal) {
      log_error("gateway.reload_refused", {{"reason", refusal.what()}});
    }
  }
}

asio::awaitable<void> settle_down(asio::steady_timer& pause) {
  pause.expires_after(start_is_over);
  const auto [ended] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!ended) give_back_startup_memory();
}

/// Says "alive" while the main strand turns and the store answers: a disk that hangs and a thread that waits for ever
/// end that, and the service manager starts us again.
asio::awaitable<void> keep_alive(store::Store& store, const ServiceManager& manager, asio::steady_timer& pause,
                                 const bool& is_over) {
  const auto rhythm = manager.alive_pause();
  while (rhythm && !is_over) {
    co_await store.transact([](store::Tables&) {});
    manager.alive();
    pause.expires_after(*rhythm);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace

void run_daemon(const config::Settings& settings, const Installation& installation, const RunOptions& options) {
  const auto manager = ServiceManager::from_environment();
  // Declared first, destroyed last: whatever still sits in it must find its world alive.
  asio::thread_pool pool(settings.network_threads);
  const asio::any_io_executor executor = pool.get_executor();

  std::filesystem::create_directories(settings.data_dir);
  std::filesystem::permissions(settings.data_dir, std::filesystem::perms::owner_all);
  store::Store store(settings.database().string(), load_key(settings), store_options(settings));
  gateway::Context context{store, crypto::system_random(), wall_clock};
  net::Dns names;
  workers::Spawner spawner(installation.worker);
  const auto main_strand = asio::make_strand(executor);
  StopRequest stop(main_strand);
  gateway::Gateway* running = nullptr;
  const Reload reload_now = [&](std::size_t rehearse) {
    return asio::co_spawn(main_strand, reload(*running, settings.file, installation, manager, rehearse), asio::use_awaitable);
  };
  gateway::Gateway gateway({executor, context, names, spawner, [&stop](bool goodbye) { stop.ask(goodbye); },
                            [&stop](const std::string& why) { stop.fail(why); }, options.take_over, reload_now},
                           settings);
  running = &gateway;
  ControlSockets sockets{asio::make_strand(executor), {}, {}};

  asio::signal_set signals(main_strand, SIGTERM, SIGINT);
  signals.async_wait([&stop](const boost::system::error_code& failure, int) {
    if (!failure) stop.ask(false);
  });
  asio::signal_set hangups(main_strand, SIGHUP);
  asio::co_spawn(main_strand, reload_on_hangup(hangups, reload_now), asio::detached);
  asio::steady_timer alive_pause(main_strand);
  asio::steady_timer until_settled(main_strand);
  asio::co_spawn(main_strand, settle_down(until_settled), asio::detached);
  bool is_over = false;  // on the main strand only
  asio::co_spawn(main_strand, keep_alive(store, manager, alive_pause, is_over), asio::detached);
  auto life = [&manager, &alive_pause, &is_over](gateway::Gateway& all, StopRequest& end, ControlSockets& open,
                                                 const config::ControlSettings& control) -> asio::awaitable<void> {
    co_await all.start();
    open.open(control, all);
    log_info("gateway.ready", {{"http_port", all.http_port()}, {"socket", control.socket.string()}});
    manager.ready(running_status);
    const bool say_goodbye = co_await end.wait();
    manager.stopping();
    log_info("gateway.stopping", {{"goodbye", say_goodbye}});
    co_await open.close();
    co_await all.stop(say_goodbye);
    end.throw_failure();
  };
  std::promise<void> ended;
  std::atomic<bool> has_failed = false;
  asio::co_spawn(main_strand, life(gateway, stop, sockets, settings.control), [&](std::exception_ptr failure) {
    report_end(failure);
    has_failed = failure != nullptr;
    failure ? ended.set_exception(failure) : ended.set_value();
  });
  auto outcome = ended.get_future();
  outcome.wait();
  const bool failed = has_failed;
  asio::post(main_strand, [&] {
    signals.cancel();
    hangups.cancel();
    is_over = true;
    alive_pause.cancel();
    until_settled.cancel();
  });
  if (failed) pool.stop();  // actors may still run: they end here
  pool.join();
  outcome.get();
  log_info("gateway.stopped");
}

}  // namespace omegate::app
