// A plugin's inbox with a real store and real worker processes, and no account: what it says stays in the outbox. The clock
// stands still, so that what failed does not come again by itself.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/plugins/inbox_worker.hpp"
#include "bridge/gateway/plugins/plugin_library.hpp"
#include "tests/plugins/host_bench.hpp"

namespace omegate::test {

class InboxBench {
 public:
  /// `source` becomes init.lua, after `local P = ...`.
  InboxBench(const std::string& source, const std::filesystem::path& worker, gateway::PluginTimes times)
      : spawner(worker),
        store((folder.path() / "omegate.db").string(), key()),
        account(store.run([](store::Tables& tables) { return tables.accounts.id_of("bot@example.org"); })),
        host(
            executor.get_executor(), spawner, random, installed(source), [](const plugin::Log&) {}, times,
            gateway::make_library(context, "bench"), [this](gateway::FetchAsk ask) { return fetch(std::move(ask)); }),
        inbox(executor.get_executor(), context, host, outgoing()) {}

  ~InboxBench() {
    bool stopped = false;
    asio::co_spawn(executor, host.stop(), [&stopped](const std::exception_ptr&) { stopped = true; });
    until("the plugin is stopped", [&] { return stopped; });
    if (!works_) return;
    end_.emit(asio::cancellation_type::terminal);
    until("the inbox rests", [&] { return !works_; });
  }

  /// What is in the inbox by now is handled, and what comes.
  void start() {
    bool ready = false;
    asio::co_spawn(executor, host.start(), [&ready](const std::exception_ptr&, const gateway::PluginStatus& status) {
      ready = status.state == gateway::PluginStatus::State::ready;
    });
    until("the plugin has loaded", [&] { return ready; });
    works_ = true;
    asio::co_spawn(executor, inbox.run(), asio::bind_cancellation_slot(end_.slot(), [this](const std::exception_ptr&) { works_ = false; }));
  }

  void says(const std::string& name, const std::string& text) {
    plugin::Message message{"bot", name + "@example.net", text, plugin::TrustLevel::tofu};
    message.time = now;
    const store::NewEvent row{account, "bench", "bot@example.org/" + message.from, "message", to_bytes(plugin::payload(message))};
    store.run([&](store::Tables& tables) { tables.inbox.add(row, now); });
    inbox.kick();
  }

  /// Looks without making anybody wait for the disk.
  template <class Work>
  auto look(Work work) {
    std::optional<std::invoke_result_t<Work&, store::Tables&>> value;
    asio::co_spawn(executor, store.transact_without_sync(std::move(work)),
                   [&value](const std::exception_ptr& failure, auto found) {
                     if (failure) std::rethrow_exception(failure);
                     value.emplace(std::move(found));
                   });
    executor.restart();
    while (!value) executor.run_one();
    return std::move(*value);
  }

  std::vector<store::InboxRow> rows() {
    return look([](store::Tables& tables) { return tables.inbox.list(1000); });
  }

  /// What that person was told, in the order in which it was said.
  std::vector<std::string> told(const std::string& name) {
    const auto said = look([&](store::Tables& tables) { return tables.outbox.list({.recipient = name + "@example.net", .limit = 1000}); });
    std::vector<std::string> texts;
    for (auto row = said.rbegin(); row != said.rend(); ++row) texts.push_back(gateway::decode_outgoing(row->body).text);
    return texts;
  }

  gateway::PluginStatus status() {
    std::optional<gateway::PluginStatus> seen;
    asio::co_spawn(executor, host.status(), [&seen](const std::exception_ptr&, gateway::PluginStatus found) { seen = std::move(found); });
    until("the plugin's state is told", [&] { return seen.has_value(); });
    return std::move(*seen);
  }

  void until(const std::string& what, const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    executor.restart();
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("in vain until " + what);
      executor.restart();
      executor.run_one_for(std::chrono::milliseconds(10));
    }
  }

  plugin::Installed installed(const std::string& source) const {
    folder.write("init.lua", "local P = ...\n" + source);
    plugin::Installed installed;
    installed.folder = folder.path();
    installed.manifest.name = "bench";
    plugin::Grants& grants = installed.manifest.grants;
    grants.messages = grants.send_to_sender = true;
    grants.kv_mib = 1;
    grants.fetch = {"shop"};
    grants.mail_to = {"*"};
    grants.publish = {"news"};
    installed.accounts = {"bot"};
    installed.hosts = {"shop"};
    installed.mail_from = "bot@example.org";
    return installed;
  }

  TemporaryFolder folder;
  asio::io_context executor;
  NoJitter random;
  workers::Spawner spawner;
  store::Store store;
  store::AccountId account;
  WallTime now = from_ms(1'790'000'000'000);
  gateway::Context context{store, random, [this] { return now; }};
  /// What the plugin's requests are answered.
  std::function<asio::awaitable<plugin::Fetched>(gateway::FetchAsk)> fetch;
  gateway::PluginHost host;
  gateway::InboxWorker inbox;

 private:
  static store::FileKey key() {
    const Bytes bytes(32, Byte{7});
    return {crypto::Secret<32>::from(bytes).value()};
  }

  gateway::OutgoingSide outgoing() const {
    gateway::OutgoingSide side;
    side.account = [id = account](std::string_view) { return std::optional(gateway::OutgoingSide::Account{id, "bot@example.org"}); };
    side.kick = [](store::AccountId) {};
    side.default_account = "bot";
    return side;
  }

  asio::cancellation_signal end_;
  bool works_ = false;
};

}  // namespace omegate::test
