// What a plugin costs: an event to it and back, alone and beside one that hangs, a reload, and the memory of fifty that idle.
//
// usage: omegate_plugin_bench WORKER [--quick]    prints one JSON object a line: {name, unit, value}
// Real worker processes in their sandboxes, and the gateway's side of them; no database and no network: what those cost, the
// echoes through Prosody show. What is compared with each other alternates. The memory needs root: nobody else may look at a
// worker that has locked itself in.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/plugins/host_bench.hpp"

namespace omegate::bench {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using gateway::Outcome;
using gateway::PluginHost;
using test::HostBench;
using Clock = std::chrono::steady_clock;
using State = gateway::PluginStatus::State;

constexpr gateway::PluginTimes times{.load = 10s, .handler = 60s};
constexpr int at_once = 100;         // events under way at a time where events per second are counted
constexpr int during_a_reload = 10;  // events that wait when a reload begins, and have to be answered by the old version
constexpr int idle_plugins = 50;

constexpr const char* answers = "P.on('message', function(ev) ev:reply('you said ' .. ev.text) end)";
/// One call of a library that does not come back: no budget of instructions ends it, only the deadline or a stop.
constexpr const char* hangs = "P.on('message', function(ev) string.find(('a'):rep(60), ('a*'):rep(30) .. 'b') end)";
constexpr const char* one_command = "P.command('hello', 'Says hello', function(cmd) cmd:reply('hello') end)";

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.at(std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share)));
}

void print(const std::string& name, const char* unit, double value) {
  std::printf("{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.4g}\n", name.c_str(), unit, value);
  std::fflush(stdout);
}

plugin::Event message_number(int number) {
  plugin::Message message;
  message.account = "bot";
  message.from = "juliet@example.org";
  message.text = "event " + std::to_string(number);
  message.trust = plugin::TrustLevel::tofu;
  return {std::to_string(number), plugin::EventKind::message, payload(message)};
}

/// A benchmark of something that does not work says nothing.
void must_be(bool truth, const std::string& what) {
  if (!truth) throw std::runtime_error(what);
}

void must_be_ready(const gateway::PluginStatus& status) {
  must_be(status.state == State::ready && status.last_error.empty(), "a plugin does not load: " + status.last_error);
}

/// Another plugin beside the one of `bench`, on the same executor. End it with `stop` before the bench ends.
struct Other {
  Other(HostBench& bench, const std::string& source)
      : host(bench.executor.get_executor(), bench.spawner, bench.random, installed(source), [](const plugin::Log&) {}, times) {}

  plugin::Installed installed(const std::string& source) const {
    folder.write("init.lua", "local P = ...\n" + source);
    plugin::Installed installed;
    installed.folder = folder.path();
    installed.manifest.name = "other";
    installed.manifest.grants.messages = installed.manifest.grants.send_to_sender = true;
    installed.accounts = {"bot"};
    return installed;
  }

  test::TemporaryFolder folder;
  PluginHost host;
};

/// Microseconds of each, one after the other.
asio::awaitable<std::vector<double>> one_by_one(PluginHost& host, int count) {
  std::vector<double> took;
  took.reserve(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) {
    plugin::Event event = message_number(number);
    const auto start = Clock::now();
    const Outcome outcome = co_await host.handle(std::move(event));
    took.push_back(microseconds_since(start));
    must_be(outcome.kind == Outcome::Kind::done, "an event was not handled: " + outcome.error);
  }
  co_return took;
}

/// The same while `stuck` hangs; it hangs from before the first to after the last, and is stopped then.
asio::awaitable<std::vector<double>> beside(PluginHost& stuck, PluginHost& host, int count, Outcome& of_the_stuck) {
  const auto executor = co_await asio::this_coro::executor;
  plugin::Event event = message_number(0);
  asio::co_spawn(executor, stuck.handle(std::move(event)), [&of_the_stuck](const std::exception_ptr&, const Outcome& end) { of_the_stuck = end; });
  std::vector<double> took = co_await one_by_one(host, count);
  co_await stuck.stop();
  co_return took;
}

void measure_events(const std::filesystem::path& worker, int rounds, int count) {
  HostBench bench(answers, worker, times);
  Other stuck(bench, hangs);
  must_be_ready(bench.run(bench.host.start()));
  bench.run(one_by_one(bench.host, count / 10));  // warm
  std::vector<double> alone, accompanied, rates;
  for (int round = 0; round < rounds; ++round) {
    const auto quiet = bench.run(one_by_one(bench.host, count));
    alone.insert(alone.end(), quiet.begin(), quiet.end());

    must_be_ready(bench.run(stuck.host.start()));
    Outcome end;
    end.kind = Outcome::Kind::done;
    const auto besides = bench.run(beside(stuck.host, bench.host, count, end));
    must_be(end.kind == Outcome::Kind::unavailable, "the plugin that should hang did not");
    accompanied.insert(accompanied.end(), besides.begin(), besides.end());

    const auto start = Clock::now();
    for (int actor = 0; actor < at_once; ++actor) {
      asio::co_spawn(bench.executor, one_by_one(bench.host, count / at_once), [](const std::exception_ptr& thrown, const std::vector<double>&) {
        if (thrown) std::rethrow_exception(thrown);
      });
    }
    bench.executor.restart();
    bench.executor.run();
    rates.push_back(count / at_once * at_once / microseconds_since(start) * 1e6);
  }
  print("plugin/event-p50", "us", percentile(alone, 0.5));
  print("plugin/event-p99", "us", percentile(alone, 0.99));
  print("plugin/event-p50-beside-stuck", "us", percentile(accompanied, 0.5));
  print("plugin/event-p99-beside-stuck", "us", percentile(accompanied, 0.99));
  print("plugin/events", "1/s", percentile(rates, 0.5));
}

std::string version(int number) {
  return "P.on('message', function(ev) ev:reply('" + std::to_string(number) + " ' .. ev.text) end)";
}

/// From the new version's files to its being in charge and the old one's end: build, rehearse, drain, swap.
void measure_reload(const std::filesystem::path& worker, int reloads) {
  HostBench bench(version(0), worker, times);
  must_be_ready(bench.run(bench.host.start()));
  std::vector<double> took;
  int answered = 0;
  for (int number = 1; number <= reloads; ++number) {
    for (int i = 0; i < during_a_reload; ++i) {
      plugin::Event event = message_number(i);
      asio::co_spawn(bench.executor, bench.host.handle(std::move(event)), [&answered](const std::exception_ptr&, const Outcome& outcome) {
        answered += outcome.kind == Outcome::Kind::done ? 1 : 0;
      });
    }
    const plugin::Installed next = bench.installed(version(number));
    const auto start = Clock::now();
    const auto status = bench.run(bench.host.reload(next));
    took.push_back(microseconds_since(start) / 1000);
    must_be_ready(status);
  }
  must_be(answered == reloads * during_a_reload, "a reload lost an event");
  print("plugin/reload-p50", "ms", percentile(took, 0.5));
  print("plugin/reload-p99", "ms", percentile(took, 0.99));
}

/// MiB of RAM, what it shares with others in equal parts; -1: we may not look.
double proportional_size(int pid) {
  std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
  for (std::string line; std::getline(rollup, line);)
    if (line.starts_with("Pss:")) return std::stod(line.substr(4)) / 1024;
  return -1;
}

void measure_idle(const std::filesystem::path& worker) {
  HostBench bench(one_command, worker, times);
  std::vector<std::unique_ptr<Other>> plugins;
  std::vector<int> pids;
  for (int i = 0; i < idle_plugins; ++i) {
    Other& added = *plugins.emplace_back(std::make_unique<Other>(bench, one_command));
    const auto status = bench.run(added.host.start());
    must_be_ready(status);
    pids.push_back(status.pid);
  }
  double together = 0;
  bool seen = true;
  for (const int pid : pids) {
    const double size = proportional_size(pid);
    seen = seen && size >= 0;
    together += size;
  }
  for (const auto& each : plugins) bench.run(each->host.stop());
  if (!seen) {
    std::fputs("omegate_plugin_bench: the memory of the workers was not measured: run it as root\n", stderr);
    return;
  }
  print("plugin/idle-" + std::to_string(idle_plugins), "MiB", together);
}

}  // namespace
}  // namespace omegate::bench

int main(int argc, char** argv) {
  using namespace omegate;
  const bool quick = argc == 3 && std::strcmp(argv[2], "--quick") == 0;
  if (argc != 2 && !quick) {
    std::fputs("usage: omegate_plugin_bench WORKER [--quick]\n", stderr);
    return 2;
  }
  if (access(argv[1], X_OK) != 0) {
    std::fprintf(stderr, "omegate_plugin_bench: there is no plugin worker %s: build omegate-plugin-worker\n", argv[1]);
    return 2;
  }
  try {
    bench::measure_events(argv[1], quick ? 1 : 5, quick ? 2'000 : 10'000);
    bench::measure_reload(argv[1], quick ? 20 : 200);
    bench::measure_idle(argv[1]);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "omegate_plugin_bench: %s\n", failure.what());
    return 1;
  }
  return 0;
}
