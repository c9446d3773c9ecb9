// What a stage is made of: a plugin in its worker, a database in a folder that goes away, a clock that stands still.
//
// The inside of plugin_stage.hpp; nobody else uses it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

#include "bridge/core/crypto/random.hpp"
#include "bridge/edge/workers/spawner.hpp"
#include "bridge/gateway/messages/message_events.hpp"
#include "bridge/gateway/plugins/fetch_fakes.hpp"
#include "bridge/gateway/plugins/inbox_worker.hpp"
#include "bridge/gateway/plugins/plugin_fetch.hpp"
#include "bridge/gateway/plugins/plugin_stage.hpp"
#include "bridge/gateway/plugins/run_fakes.hpp"
#include "bridge/gateway/plugins/timekeeper.hpp"

namespace omegate::gateway {

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

/// A coroutine that ends before what it uses.
struct StageActor {
  asio::cancellation_signal cancel;
  bool has_ended = true;

  void spawn(asio::io_context& loop, asio::awaitable<void> work) {
    has_ended = false;
    asio::co_spawn(
        loop, std::move(work),
        asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { has_ended = true; }));
  }
};

/// Longer than a handler may take, its requests included, with the pause before its worker is started again.
inline constexpr std::chrono::seconds stage_patience{80};

struct PluginStage::World {
  World(plugin::Installed what, const std::filesystem::path& worker, WallTime start);
  ~World();

  std::string load();
  void unload();
  asio::awaitable<plugin::Fetched> fetch(FetchAsk ask);
  asio::awaitable<plugin::Fetched> pretend(FetchAsk ask);
  asio::awaitable<plugin::ToWorker> answer(plugin::ToGateway question);
  plugin::AvatarSeen picture_of(const plugin::AvatarAsk& ask);
  plugin::File keep(store::Tables& tables, const std::string& name, const std::string& media_type, ByteView content);
  Played play(const std::function<void(store::Tables&)>& happens);
  Played pass(std::chrono::milliseconds time);
  void settle(Played& played);
  bool is_quiet();
  bool comes_later(const store::InboxRow& row) const;
  void collect(Played& played);
  void trust_as(store::Tables& tables, const std::string& jid, plugin::TrustLevel wanted);
  Played say(const std::string& jid, SaidContent said, plugin::TrustLevel trust);
  const std::string& heard_by(const std::string& jid) const;
  const std::string& said_by(const std::string& jid) const;
  void come_in(store::Tables& tables, plugin::HookRequest request);
  void until(const std::string& what, const std::function<bool()>& holds,
             std::chrono::milliseconds limit = stage_patience);

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
  std::vector<Sent> passing;  // what it said of now
  std::unique_ptr<PluginHost> host;
  std::unique_ptr<InboxWorker> inbox;
  std::unique_ptr<Timekeeper> timekeeper;
  StageActor inbox_actor, timer_actor;
  int messages = 0;                          // that people said
  int files_kept = 0;
  std::map<std::string, std::string> heard;  // by JID: the id of the last message that is no change of another
  std::map<std::string, std::string> spoken; // by JID: likewise, of what they said
  std::vector<plugin::Hook> hooks;
  std::map<std::string, std::string> avatars;  // by JID: the names of pictures that are shown
  PluginHost::Library library;
  FetchFakes fakes;
  RunFakes runs;
  net::Dns names;
  FetchHosts real_hosts;
  PluginFetch real{"stage", names, crypto::system_random(), {}};
};

}  // namespace omegate::gateway
