// A PluginHost with real worker processes, for tests.
#pragma once

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/plugins/plugin_host.hpp"

namespace omegate::test {

namespace asio = boost::asio;

struct NoJitter final : Random {
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, std::uint8_t{0}); }
};

/// A folder that goes when it does.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(make()) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }

 private:
  static std::filesystem::path make() {
    std::string name = std::filesystem::temp_directory_path() / "omegate-plugin-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    return name;
  }
  std::filesystem::path path_;
};

class HostBench {
 public:
  /// `source` becomes init.lua, after `local P = ...`.
  HostBench(const std::string& source, const std::filesystem::path& worker, gateway::PluginTimes times,
            gateway::Fetcher fetcher = {})
      : spawner(worker),
        host(
            executor.get_executor(), spawner, random, installed(source),
            [this](const plugin::Log& line) { log.push_back(line.text); }, times, {}, std::move(fetcher)) {}
  ~HostBench() { run(host.stop()); }

  /// Runs the actor until it has answered.
  template <class Value>
  Value run(asio::awaitable<Value> call) {
    std::optional<Value> value;
    start(std::move(call), [&](Value result) { value.emplace(std::move(result)); });
    return std::move(*value);
  }
  void run(asio::awaitable<void> call) {
    start(std::move(call), [] {});
  }

  gateway::Outcome says(const std::string& text) {
    plugin::Message message;
    message.account = "bot";
    message.from = "juliet@example.org";
    message.text = text;
    message.trust = plugin::TrustLevel::tofu;
    return run(host.handle({"e1", plugin::EventKind::message, payload(message)}));
  }

  plugin::Installed installed(const std::string& source) const {
    folder.write("init.lua", "local P = ...\n" + source);
    plugin::Installed installed;
    installed.folder = folder.path();
    installed.manifest.name = "bench";
    installed.manifest.grants.messages = installed.manifest.grants.send_to_sender = true;
    installed.accounts = {"bot"};
    installed.manifest.grants.fetch = {"shop"};
    installed.hosts = {"shop", "bank"};
    return installed;
  }

  TemporaryFolder folder;
  asio::io_context executor;
  NoJitter random;
  workers::Spawner spawner;
  std::vector<std::string> log;
  gateway::PluginHost host;

 private:
  template <class Call, class Take>
  void start(Call call, Take take) {
    std::exception_ptr failure;
    bool has_answered = false;
    asio::co_spawn(executor, std::move(call), [&](std::exception_ptr thrown, auto... value) {
      has_answered = true;
      failure = thrown;
      if (!thrown) take(std::move(value)...);
    });
    executor.restart();
    while (!has_answered && executor.run_one() > 0) {  // not until there is no more work: a program is listened to all its life
    }
    executor.poll();
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace omegate::test
