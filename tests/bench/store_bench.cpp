// What durability costs: messages committed per second, a message to a thousand devices, a hundred thousand sessions.
//
// usage: omegate_store_bench FOLDER [--quick]    prints one JSON object a line: {name, unit, value}
//        omegate_store_bench FOLDER --ledger ROWS  only a ledger of so many rows
//        omegate_store_bench --open FILE          opens a database in a fresh process: {milliseconds, rss_mib}
// The folder must lie on the disk that is to be measured. Values are medians of wall-clock times; things that are compared
// with each other alternate. fdatasync is counted by standing in for the C library's.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "bridge/core/trust/sight.hpp"
#include "bridge/edge/store/store.hpp"
#include "bridge/gateway/devices/own_device.hpp"
#include "bridge/gateway/messages/outgoing.hpp"
#include "bridge/gateway/messages/seal.hpp"
#include "tests/bench/pair.hpp"

namespace {
std::atomic<int> syncs = 0;
}
extern "C" int fdatasync(int file) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace omegate::bench {
namespace {

namespace asio = boost::asio;
using store::AccountId;
using Clock = std::chrono::steady_clock;
using gateway::Sender;
using store::Tables;
const WallTime noon = from_ms(1'700'000'000'000);
constexpr const char* bot_jid = "bot@example.org";

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

void print(const std::string& name, const char* unit, double value) {
  std::printf("{\"name\": \"%s\", \"unit\": \"%s\", \"value\": %.4g}\n", name.c_str(), unit, value);
  std::fflush(stdout);
}

store::FileKey some_key() {
  std::array<Byte, 32> bytes{};
  bytes.fill(7);
  return {crypto::Secret<32>(bytes)};
}

std::string jid_of(std::size_t peer) { return "peer" + std::to_string(peer) + "@example.net"; }

/// A database with contacts that have sessions. All devices are allowed (policy `blind`), all share one key: what is measured
/// is what a message costs, and no row of the ledger is part of that.
struct World {
  World(const std::string& path, Version v) : store(path, some_key()), version(v), pair(v), self(make_self()) {}

  Sender make_self() {
    return store.run([&](Tables& t) {
      const AccountId account = t.accounts.id_of(bot_jid);
      t.ledger.append(trust::on_policy(t.ledger.view(), bot_jid, {}, trust::Policy::blind, "bench"), noon);
      return Sender{account, bot_jid, gateway::tend_own_device(t, account, random, noon).device};
    });
  }

  void add_contacts(std::size_t first, std::size_t count, std::uint32_t devices) {
    const omemo::Session session = omemo::parse_session(pair.at_alice).value();
    for (std::size_t peer = first; peer < first + count;) {
      const std::size_t end = std::min(peer + 200, first + count);
      store.run([&](Tables& t) {
        for (; peer < end; ++peer) add_contact(t, jid_of(peer), devices, session);
      });
    }
  }

  void add_contact(Tables& t, const std::string& jid, std::uint32_t devices, const omemo::Session& session) {
    std::vector<omemo::DeviceId> ids;
    for (std::uint32_t id = 1; id <= devices; ++id) ids.emplace_back(id);
    t.devices.replace_list(self.account, jid, version, ids, noon);
    for (const omemo::DeviceId id : ids) {
      const store::DeviceRef device{self.account, jid, version, id};
      t.devices.set_identity(device, session.remote_identity().curve, noon);
      t.ratchets.save(device, session, noon);
    }
  }

  /// One accepted message for each, waiting to be sealed.
  std::vector<store::DueMessage> accept(const std::vector<std::size_t>& peers) {
    return store.run([&](Tables& t) {
      for (const std::size_t peer : peers) {
        const std::string id = "m" + std::to_string(++messages);
        t.outbox.add({self.account, jid_of(peer), id, encode(gateway::Outgoing{"a text of some length", {}, "bench"}), {}},
                     noon);
      }
      return t.outbox.take_due(self.account, noon, peers.size());
    });
  }

  /// What is noted in the ledger when one is written to for the first time is no part of what a message costs.
  void meet(const std::vector<std::size_t>& peers) {
    store.run([&](Tables& t) {
      for (const std::size_t peer : peers) gateway::note_first_send(t, self, gateway::recipients(t, self, jid_of(peer), noon), noon);
    });
  }

  void seal(Tables& t, const store::DueMessage& message) {
    const auto sealed = gateway::seal_message(t, self, message, trust::MessageRule::partial, false, random, noon);
    if (sealed.kind != gateway::SealOutcome::Kind::written) throw std::runtime_error("not sealed: " + sealed.reason);
  }

  Random& random = crypto::system_random();
  store::Store store;
  Version version;
  Pair pair;
  Sender self;
  int messages = 0;
};

/// `works` transactions, each awaited by one of 1000 actors that go on only when theirs is committed.
template <class Work>
double per_second(store::Store& store, int works, Work work) {
  constexpr int actors = 1000;
  asio::thread_pool pool{1};
  const auto actor = [](store::Store& to, int rounds, Work act, int number) -> asio::awaitable<void> {
    for (int round = 0; round < rounds; ++round) {
      const auto step = [&act, index = number * rounds + round](Tables& t) { act(t, index); };
      co_await to.transact(step);
    }
  };
  const auto start = Clock::now();
  for (int i = 0; i < actors; ++i) asio::co_spawn(pool, actor(store, works / actors, work, i), asio::detached);
  pool.join();
  return works / milliseconds_since(start) * 1000;
}

void measure_queue(const std::string& folder, int rounds) {
  World world(folder + "/queue.db", Version::omemo2);
  world.add_contacts(0, 1000, 1);
  const std::string body(512, 'x');
  std::atomic<int> number = 0;
  const auto accept = [&](Tables& t, int) {
    const std::string id = std::to_string(++number);
    t.outbox.add({world.self.account, "juliet@example.org", id, to_bytes(body), id}, noon);
  };
  std::vector<double> batched, alone, sealed;
  double syncs_batched = 0, syncs_alone = 0;
  for (int round = 0; round < rounds; ++round) {
    int before = syncs;
    batched.push_back(per_second(world.store, 20'000, accept));
    syncs_batched = (syncs - before) / 20'000.0;
    before = syncs;
    const auto start = Clock::now();
    for (int i = 0; i < 1000; ++i) world.store.run([&](Tables& t) { accept(t, i); });
    alone.push_back(1000 / milliseconds_since(start) * 1000);
    syncs_alone = (syncs - before) / 1000.0;
    world.store.run([&](Tables& t) {  // what was accepted is ended, so that each round finds the same queue
      for (const auto& due : t.outbox.take_due(world.self.account, noon, 100'000)) t.outbox.refuse(due.id, "", noon);
    });
    std::vector<std::size_t> peers(1000);
    for (std::size_t i = 0; i < peers.size(); ++i) peers[i] = i;
    const auto due = world.accept(peers);
    sealed.push_back(per_second(world.store, 1000, [&](Tables& t, int i) { world.seal(t, due[static_cast<std::size_t>(i)]); }));
    world.store.run([&](Tables& t) {
      for (const auto& each : due) t.outbox.mark_sent(std::vector{each.id}, noon);
    });
  }
  print("store/accepted-batched", "1/s", median(batched));
  print("store/accepted-alone", "1/s", median(alone));
  print("store/syncs-per-message-batched", "syncs", syncs_batched);
  print("store/syncs-per-message-alone", "syncs", syncs_alone);
  print("store/sealed-batched", "1/s", median(sealed));
}

void measure_large_seal(const std::string& folder, Version version, int rounds) {
  World world(folder + "/large.db", version);
  constexpr std::size_t contacts = 10;  // a contact has at most 100 devices
  world.add_contacts(0, contacts, 100);
  std::vector<std::size_t> peers(contacts);
  for (std::size_t i = 0; i < contacts; ++i) peers[i] = i;
  std::vector<double> times;
  for (int round = 0; round < rounds * 5; ++round) {
    const auto due = world.accept(peers);
    const auto start = Clock::now();
    world.store.run([&](Tables& t) {
      for (const auto& message : due) world.seal(t, message);
    });
    times.push_back(milliseconds_since(start));
    world.store.run([&](Tables& t) {
      for (const auto& message : due) t.outbox.mark_sent(std::vector{message.id}, noon);
    });
  }
  print("seal-1000-committed/" + std::string(omemo::name(version)), "ms", median(times));
}

/// Milliseconds and MiB of opening `path` in a process of its own.
std::pair<double, double> open_apart(const std::string& path) {
  const std::string command = std::filesystem::read_symlink("/proc/self/exe").string() + " --open " + path;
  FILE* const child = popen(command.c_str(), "r");
  double time = 0, memory = 0;
  if (!child || std::fscanf(child, "%lf %lf", &time, &memory) != 2) throw std::runtime_error("the child failed");
  pclose(child);
  return {time, memory};
}

int open_here(const char* path) {
  const auto start = Clock::now();
  const store::Store store(path, some_key());
  const double time = milliseconds_since(start);
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  std::printf("%.3f %.3f\n", time, static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20));
  return 0;
}

void measure_many(const std::string& folder, int rounds) {
  constexpr std::size_t many = 100'000, few = 10, messages = 500;
  const std::string path = folder + "/many.db";
  World small(folder + "/few.db", Version::omemo2);
  small.add_contacts(0, few, 1);
  std::vector<double> times, memory;
  std::vector<std::vector<double>> costs(2);
  {
    World large(path, Version::omemo2);
    large.add_contacts(0, many, 1);
    std::mt19937 dice(1);
    std::uniform_int_distribution<std::size_t> of_few(0, few - 1), of_many(0, many - 1);
    std::vector<std::vector<std::size_t>> drawn(static_cast<std::size_t>(rounds * 2 + 1), std::vector<std::size_t>(messages));
    for (auto& peers : drawn) {
      for (auto& peer : peers) peer = of_many(dice);
      large.meet(peers);
    }
    for (std::size_t round = 0; round < drawn.size(); ++round) {
      for (World* world : {&small, &large}) {
        std::vector<std::size_t> peers = drawn[round];
        if (world == &small)
          for (auto& peer : peers) peer = of_few(dice);
        const auto due = world->accept(peers);
        const auto start = Clock::now();
        world->store.run([&](Tables& t) {
          for (const auto& message : due) world->seal(t, message);
        });
        if (round > 0) costs[world == &small ? 0 : 1].push_back(milliseconds_since(start) * 1000 / messages);
        world->store.run([&](Tables& t) {
          for (const auto& message : due) t.outbox.mark_sent(std::vector{message.id}, noon);
        });
      }
    }
  }
  for (int round = 0; round < rounds; ++round) {
    const auto [time, size] = open_apart(path);
    times.push_back(time);
    memory.push_back(size);
  }
  print("cost-per-message/10-sessions", "us", median(costs[0]));
  print("cost-per-message/100000-sessions", "us", median(costs[1]));
  print("sessions-100000/open", "ms", median(times));
  print("sessions-100000/rss", "MiB", median(memory));
}

/// A long ledger: contacts with five devices each that come and go. How long a row takes, a start that reads all and checks
/// every hash, and a check of every signature besides (`omegate trust verify`).
void measure_ledger(const std::string& folder, std::size_t rows, int rounds) {
  constexpr std::size_t of_contact = 100, at_once = 1000;
  const std::string path = folder + "/ledger.db";
  double appending = 0;
  {
    store::Store store(path, some_key());
    const auto start = Clock::now();
    for (std::size_t done = 0; done < rows; done += at_once) {
      store.run([&](Tables& t) {
        for (std::size_t i = done; i < done + at_once; ++i) {
          const std::size_t turn = i % of_contact;
          trust::Entry entry;
          entry.actor = "gateway";
          entry.account = bot_jid;
          entry.peer = jid_of(i / of_contact);
          entry.device = static_cast<std::uint32_t>(turn % 5 + 1);
          entry.fact = turn < 5 ? trust::Fact::seen : turn % 2 == 0 ? trust::Fact::device_gone : trust::Fact::device_back;
          if (turn < 5) entry.key.fill(static_cast<Byte>(turn + 1));
          t.ledger.append(entry, noon);
        }
      });
    }
    appending = milliseconds_since(start) * 1000 / static_cast<double>(rows);
  }
  std::vector<double> times, memory;
  for (int round = 0; round < rounds; ++round) {
    const auto [time, size] = open_apart(path);
    times.push_back(time / 1000);
    memory.push_back(size);
  }
  const std::string name = "ledger-" + std::to_string(rows);
  {
    store::Store store(path, some_key());
    const auto start = Clock::now();
    const auto report = store.run([](Tables& t) { return t.ledger.verify(); });
    if (report.fault || report.rows < rows) throw std::runtime_error("the ledger of the benchmark does not verify");
    print(name + "/verify", "s", milliseconds_since(start) / 1000);
  }
  print(name + "/append", "us", appending);
  print(name + "/open", "s", median(times));
  print(name + "/rss", "MiB", median(memory));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace omegate::bench

int main(int argc, char** argv) {
  using namespace omegate;
  if (argc == 3 && std::strcmp(argv[1], "--open") == 0) return bench::open_here(argv[2]);
  if (argc < 2) {
    std::fputs("usage: omegate_store_bench FOLDER [--quick]\n", stderr);
    return 2;
  }
  const bool quick = argc > 2 && std::strcmp(argv[2], "--quick") == 0;
  const int rounds = quick ? 3 : 9;
  std::string folder = std::string(argv[1]) + "/store-bench-XXXXXX";
  if (!mkdtemp(folder.data())) {
    std::fprintf(stderr, "omegate_store_bench: cannot write in %s\n", argv[1]);
    return 2;
  }
  if (argc == 4 && std::strcmp(argv[2], "--ledger") == 0) {
    bench::measure_ledger(folder, std::stoul(argv[3]), 3);
    std::filesystem::remove_all(folder);
    return 0;
  }
  bench::measure_queue(folder, rounds);
  for (const auto version : {omemo::Version::legacy, omemo::Version::omemo2}) {
    bench::measure_large_seal(folder, version, rounds);
    std::filesystem::remove(folder + "/large.db");
  }
  bench::measure_many(folder, rounds);
  bench::measure_ledger(folder, quick ? 100'000 : 1'000'000, 3);
  std::filesystem::remove_all(folder);
  return 0;
}
