// What follows from received messages and is not urgent: empty messages, refreshed lists, published bundles.
//
// They ask the network, so they must not stop the reading. One per stream; lost with it, which costs nothing that
// does not come again. Not here: what makes them necessary (account_session.hpp).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "bridge/gateway/account/account_memory.hpp"
#include "bridge/gateway/devices/device_directory.hpp"
#include "bridge/gateway/devices/own_nodes.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// Complete a session, turn a chain, or start a session with a device that thinks it has one.
struct EmptyMessageTo {
  store::DeviceRef device;
};
struct RefreshList {
  std::string peer;
  omemo::Version version;
};
/// Devices that are listed and whose keys nobody here has seen.
struct LearnKeys {
  std::string peer;
};
struct CheckOwnList {
  omemo::Version version;
  std::vector<xmpp::ListedDevice> devices;
};
/// A receipt that belongs into an OMEMO 2 envelope.
struct SealedReceipt {
  store::DeviceRef device;
  std::string message_id;
};

/// What a process before this one may have left undone.
struct CheckOwnNodes {};

using Chore = std::variant<EmptyMessageTo, RefreshList, LearnKeys, CheckOwnList, SealedReceipt, CheckOwnNodes>;

class Chores {
 public:
  Chores(asio::any_io_executor strand, AccountMemory& memory, Stream& stream, DeviceDirectory& directory,
         OwnNodes& nodes)
      : memory_(memory), stream_(stream), directory_(directory), nodes_(nodes), signal_(std::move(strand)) {}

  /// Drops it when `max_chores` wait.
  void add(Chore chore);

  /// The same after a pause.
  void add_later(Chore chore, std::chrono::milliseconds pause);

  /// Publish our bundle, together with other uses of prekeys in the next `bundle_pause`.
  void publish_bundles();

  /// An empty message now, in a new session if there is none.
  asio::awaitable<void> send_empty(store::DeviceRef device);

  /// Works until the stream ends.
  asio::awaitable<void> run();

 private:
  asio::awaitable<void> work(Chore chore);
  asio::awaitable<void> learn_keys(std::string peer);
  std::chrono::steady_clock::time_point take_ripe();
  asio::awaitable<void> send_receipt(SealedReceipt receipt);

  AccountMemory& memory_;
  Stream& stream_;
  DeviceDirectory& directory_;
  OwnNodes& nodes_;
  Signal signal_;
  std::deque<Chore> waiting_;
  std::multimap<std::chrono::steady_clock::time_point, Chore> later_;
  std::optional<std::chrono::steady_clock::time_point> publish_at_;
};

}  // namespace omegate::gateway
