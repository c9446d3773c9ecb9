// What must be known before a message can be sealed: device lists, identity keys, sessions.
//
// Asks the network before the transaction, stores what it learns. Not here: who may read (core/trust), sealing
// (seal.hpp), our own nodes (own_nodes.hpp).
// Source: flow 5.2 of the architecture, steps 4 and 5; XEP-0384 §5.4.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bridge/core/omemo/bundle.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/devices/pep_fetch.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

struct Learned {
  std::size_t keys = 0;  // that were unknown
  bool not_yet = false;  // a new device has no bundle yet: ask again soon
};

/// One per stream. Used on the account's strand.
class DeviceDirectory {
 public:
  DeviceDirectory(Context& context, Stream& stream, const Sender& self)
      : context_(context), stream_(stream), self_(self) {}

  /// Those of `peers`, each with the age its lists may have, for whom something is to be fetched or a session to be started
  /// before anything can be sent. Runs inside a transaction.
  std::vector<std::string> unprepared(store::Tables& tables,
                                      const std::map<std::string, std::chrono::minutes>& peers) const;

  /// Brings lists (unless younger than `list_age`), keys and sessions up to date for a send to `peer`.
  /// Returns why the peer's devices cannot be asked for now; then try again later.
  asio::awaitable<std::optional<std::string>> prepare(std::string peer, std::chrono::minutes list_age);

  /// Fetches the list now. Stores it, notes in the ledger what changed.
  asio::awaitable<std::optional<std::string>> refresh(std::string peer, omemo::Version version);

  /// Learns the keys of devices that are listed and unknown: a person can decide about them before anything is sent.
  asio::awaitable<Learned> learn_keys(std::string peer);

  /// A session with this one device, made of its bundle if there is none. False if it cannot be had.
  asio::awaitable<bool> ensure_session(store::DeviceRef device);

 private:
  using Bundles = std::vector<std::pair<store::DeviceRef, omemo::Bundle>>;
  using Started = std::vector<std::pair<store::DeviceRef, omemo::Session>>;

  bool is_prepared(store::Tables& tables, const std::string& peer, std::chrono::minutes list_age) const;
  bool has_fresh_list(store::Tables& tables, const std::string& peer, omemo::Version version,
                      std::chrono::minutes list_age) const;
  asio::awaitable<std::optional<std::string>> refresh_old(std::string peer, std::chrono::minutes list_age);
  asio::awaitable<Bundles> fetch_bundles(std::vector<store::DeviceRef> devices);
  asio::awaitable<void> note_failure(store::DeviceRef device, Fetch status, std::string reason);
  asio::awaitable<void> start_sessions(std::vector<store::DeviceRef> wanted, Bundles bundles);
  asio::awaitable<void> store_sessions(Started started);
  asio::awaitable<bool> has_session(store::DeviceRef device);

  Context& context_;
  Stream& stream_;
  const Sender& self_;
};

/// Stores a list that was fetched or pushed. Which devices came and went. Runs inside a transaction.
store::ListChange store_list(store::Tables& tables, const Sender& self, const std::string& peer,
                             omemo::Version version, const std::vector<xmpp::ListedDevice>& devices, WallTime now);

}  // namespace omegate::gateway
