#include "bridge/gateway/plugin_stage.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/fingerprint.hpp"
#include "bridge/core/trust/sight.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/inbox_worker.hpp"
#include "bridge/gateway/outgoing.hpp"
#include "bridge/gateway/plugin_library.hpp"
#include "bridge/gateway/timekeeper.hpp"
#include "bridge/gateway/trust_words.hpp"

namespace omegate::gateway {
namespace {

using namespace std::chrono_literals;

constexpr const char* domain = "@stage.example";

/// Longer than a handler may take, with the pause before its worker is started again.
constexpr std::chrono::seconds patience{20};

class TemporaryFolder {
 public:
  TemporaryFolder() : path_((std::filesystem::temp_directory_path() / "omegate-stage-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder for temporary files: " + path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Everybody has a device for each level of trust.
crypto::PublicKey key_of(const std::string& jid, plugin::TrustLevel trust) {
  const std::string name = "stage " + std::string(to_text(trust)) + " " + jid;
  const Bytes digest = crypto::digest(crypto::Hash::sha256, as_bytes(name));
  crypto::PublicKey key{};
  std::ranges::copy(digest, key.begin());
  return key;
}

std::uint32_t device_of(plugin::TrustLevel trust) { return static_cast<std::uint32_t>(trust) + 1; }

/// What says nothing by itself is named.
std::string shown(const Outgoing& message) {
  switch (message.bearing) {
    case Bearing::none:
    case Bearing::reply:
      return message.text;
    case Bearing::correction:
      return "(edit) " + message.text;
    case Bearing::retraction:
      return "(retract)";
    case Bearing::reaction:
      break;
  }
  std::string all = "(reaction)";
  for (const auto& emoji : message.reactions) all += " " + emoji;
  return all;
}

/// A coroutine that ends before what it uses.
struct Actor {
  asio::cancellation_signal cancel;
  bool has_ended = true;

  void spawn(asio::io_context& loop, asio::awaitable<void> work) {
    has_ended = false;
    asio::co_spawn(
        loop, std::move(work),
        asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { has_ended = true; }));
  }
};

}  // namespace

struct PluginStage::World {
  World(plugin::Installed what, const std::filesystem::path& worker, WallTime start);
  ~World();

  std::string load();
  void unload();
  Played play(const std::function<void(store::Tables&)>& happens);
  Played pass(std::chrono::milliseconds time);
  void settle(Played& played);
  bool is_quiet();
  void collect(Played& played);
  void trust_as(store::Tables& tables, const std::string& jid, plugin::TrustLevel wanted);
  void until(const std::string& what, const std::function<bool()>& holds,
             std::chrono::milliseconds limit = patience);

  const std::string& account() const { return installed.accounts.front(); }
  OutgoingSide::Account own() const { return accounts.at(account()); }

  asio::io_context loop{1};
  TemporaryFolder folder;
  store::Store store;
  std::atomic<std::int64_t> clock;  // the store's thread reads it, too
  workers::Spawner spawner;
  Context context;
  plugin::Installed installed;
  std::map<std::string, OutgoingSide::Account, std::less<>> accounts;  // by their names
  OutgoingSide outgoing;
  std::vector<std::string> log;
  std::unique_ptr<PluginHost> host;
  std::unique_ptr<InboxWorker> inbox;
  std::unique_ptr<Timekeeper> timekeeper;
  Actor inbox_actor, timer_actor;
  int messages = 0;  // that people said
};

PluginStage::World::World(plugin::Installed what, const std::filesystem::path& worker, WallTime start)
    : store(folder.file("stage.db"), {crypto::Secret<32>::random(crypto::system_random())}),
      clock(to_ms(start)),
      spawner(worker),
      context{store, crypto::system_random(), [this] { return from_ms(clock); }},
      installed(std::move(what)) {
  context.pace.plugin.first_pause = 10ms;
  context.pace.unavailable_plugin = 10ms;
  for (const std::string& name : installed.accounts) {
    const std::string jid = name + domain;
    const auto id = store.run([&](store::Tables& tables) {
      tables.ledger.append(trust::on_policy(tables.ledger.view(), jid, {}, trust::Policy::tofu, "stage"),
                           context.now());
      return tables.accounts.id_of(jid);
    });
    accounts.emplace(name, OutgoingSide::Account{id, jid});
  }
  outgoing.account = [this](std::string_view name) -> std::optional<OutgoingSide::Account> {
    const auto found = accounts.find(name);
    if (found == accounts.end()) return std::nullopt;
    return found->second;
  };
  outgoing.kick = [](store::AccountId) {};
  outgoing.kick_timers = [this] { timekeeper->kick(); };
}

PluginStage::World::~World() {
  try {
    unload();
  } catch (const std::exception&) {
    // The worker's process ends with its host in any case.
  }
}

void PluginStage::World::until(const std::string& what, const std::function<bool()>& holds,
                               std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited too long: " + what);
    loop.restart();
    loop.run_for(1ms);
  }
}

std::string PluginStage::World::load() {
  unload();
  host = std::make_unique<PluginHost>(
      loop.get_executor(), spawner, context.random, installed,
      [this](const plugin::Log& line) {
        if (!line.text.starts_with("sandbox: ")) log.push_back(line.text);
      },
      context.pace.plugin, make_library(context, installed.manifest.name));
  std::optional<PluginStatus> status;
  asio::co_spawn(loop, host->start(),
                 [&](std::exception_ptr, PluginStatus started) { status = std::move(started); });
  until(
      "the plugin loads", [&] { return status.has_value(); }, 60s);
  if (status->state != PluginStatus::State::ready) return status->last_error;
  inbox = std::make_unique<InboxWorker>(loop.get_executor(), context, *host, outgoing);
  const auto owners = [this] {
    return std::vector{TimerSide::Owner{host.get(), own().id, [this] { inbox->kick(); }}};
  };
  timekeeper =
      std::make_unique<Timekeeper>(loop.get_executor(), context, TimerSide{owners, outgoing.account});
  inbox_actor.spawn(loop, inbox->run());
  timer_actor.spawn(loop, timekeeper->run());
  const std::size_t wanted = status->registrations->schedules.size();
  const auto known = [&] {
    return store.run([&](store::Tables& tables) {
      return tables.timers.list(installed.manifest.name, store::TimerKind::schedule).size();
    });
  };
  until(
      "its schedules have a next time (is there such a zone?)", [&] { return known() == wanted; }, 2s);
  return {};
}

void PluginStage::World::unload() {
  if (!host) return;
  bool stopped = false;
  asio::co_spawn(loop, host->stop(), [&](std::exception_ptr) { stopped = true; });
  until("the plugin ends", [&] { return stopped; });
  inbox_actor.cancel.emit(asio::cancellation_type::terminal);
  timer_actor.cancel.emit(asio::cancellation_type::terminal);
  until("all has ended", [&] { return inbox_actor.has_ended && timer_actor.has_ended; });
  inbox.reset();
  timekeeper.reset();
  host.reset();
}

PluginStage::Played PluginStage::World::play(const std::function<void(store::Tables&)>& happens) {
  Played played;
  store.run([&](store::Tables& tables) { happens(tables); });
  inbox->kick();
  settle(played);
  return played;
}

/// Nothing waits that is due, and nothing is under way: what failed is shown and does not come back.
bool PluginStage::World::is_quiet() {
  return store.run([&](store::Tables& tables) {
    const auto rows = tables.inbox.list(1000);
    const auto next = tables.timers.next_due();
    return std::ranges::all_of(rows, [](const store::InboxRow& row) { return !row.error.empty(); }) &&
           (!next || *next > context.now());
  });
}

void PluginStage::World::settle(Played& played) {
  until("the plugin is done", [&] { return is_quiet(); });
  collect(played);
  for (auto& line : log) played.log.push_back(std::move(line));
  log.clear();
}

void PluginStage::World::collect(Played& played) {
  store.run([&](store::Tables& tables) {
    for (const store::InboxRow& row : tables.inbox.list(1000)) {
      played.errors.push_back(row.error);
      tables.inbox.drop(row.event.id, context.now());
    }
    for (const auto& [name, each] : accounts) {
      for (const store::DueMessage& message : tables.outbox.take_due(each.id, context.now(), 1000)) {
        played.sent.push_back({message.recipient, shown(decode_outgoing(message.body))});
        const auto known = tables.messages.of_outbox(message.id);
        if (known) tables.messages.set_sent(known->id, {omemo::Version::omemo2, std::nullopt});  // can be corrected
        tables.outbox.drop(message.id);
      }
    }
  });
}

PluginStage::Played PluginStage::World::pass(std::chrono::milliseconds time) {
  Played played;
  const WallTime end = context.now() + time;
  for (;;) {
    const auto next = store.run([](store::Tables& tables) { return tables.timers.next_due(); });
    const WallTime stop = next ? std::clamp(*next, context.now(), end) : end;
    clock = to_ms(stop);
    inbox->kick();
    timekeeper->kick();
    settle(played);
    if (stop == end) return played;
  }
}

void PluginStage::World::trust_as(store::Tables& tables, const std::string& jid, plugin::TrustLevel wanted) {
  const auto key = key_of(jid, wanted);
  const std::string& self = own().jid;
  const auto& view = tables.ledger.view();
  tables.ledger.append(trust::on_authentic_message(view, self, jid, {device_of(wanted), key}), context.now());
  if (to_plugin(effective_level(view, self, jid, key)) == wanted) return;
  trust::Entry entry;
  entry.actor = "stage";
  entry.account = self;
  entry.peer = jid;
  entry.key = key;
  entry.fact = wanted == plugin::TrustLevel::verified  ? trust::Fact::verified
               : wanted == plugin::TrustLevel::trusted ? trust::Fact::trusted
               : wanted == plugin::TrustLevel::tofu    ? trust::Fact::tofu
               : wanted == plugin::TrustLevel::revoked ? trust::Fact::revoked
                                                       : trust::Fact::undecided;
  tables.ledger.append(entry, context.now());
}

PluginStage::PluginStage(plugin::Installed installed, const std::filesystem::path& worker, WallTime now)
    : world_(std::make_unique<World>(std::move(installed), worker, now)) {}

PluginStage::~PluginStage() = default;

std::string PluginStage::load() { return world_->load(); }

WallTime PluginStage::now() const { return from_ms(world_->clock); }

PluginStage::Played PluginStage::passes(std::chrono::milliseconds time) { return world_->pass(time); }

PluginStage::Played PluginStage::says(const std::string& jid, const std::string& text,
                                      plugin::TrustLevel trust) {
  World& world = *world_;
  return world.play([&](store::Tables& tables) {
    world.trust_as(tables, jid, trust);
    plugin::Message message{world.account(),
                            jid,
                            text,
                            trust,
                            device_of(trust),
                            omemo::fingerprint(key_of(jid, trust)),
                            true,
                            "urn:xmpp:omemo:2",
                            world.context.now()};
    message.message_id = "stage-" + std::to_string(++world.messages);
    store::NewKnownMessage known{world.own().id, jid, false, message.message_id};
    known.writer = key_of(jid, trust);
    tables.messages.add(known, world.context.now());  // the plugin may answer it and react to it
    tables.inbox.add(
        {world.own().id, world.installed.manifest.name, world.outgoing.conversation(world.account(), jid),
         "message", to_bytes(plugin::payload(message))},
        world.context.now());
  });
}

PluginStage::Played PluginStage::posts(plugin::HookRequest request) {
  World& world = *world_;
  return world.play([&](store::Tables& tables) {
    request.time = world.context.now();
    tables.inbox.add(
        {world.own().id, world.installed.manifest.name, {}, "hook", to_bytes(plugin::payload(request))},
        world.context.now());
  });
}

}  // namespace omegate::gateway
