// The tables `devices` and `device_lists`: what the peers' device lists say, ours included.
//
// Public facts only, nothing here is sealed. Not here: trust (ledger.hpp), sessions (ratchets.hpp).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;

struct Device {
  omemo::DeviceId id;
  DeviceRow row;
  bool active = false;                            // in the newest list
  WallTime first_seen{};                          // in a list, or by a message
  WallTime last_listed{};                         // in a list; epoch if never
  std::optional<WallTime> last_message{};         // it wrote to us in this version
  std::optional<crypto::PublicKey> identity{};    // Curve form, once a bundle or message showed it
  std::optional<WallTime> bundle_failed_until{};  // do not fetch its bundle before
  std::string bundle_failure{};                   // why
};

struct ListChange {
  std::vector<omemo::DeviceId> appeared, vanished, returned;
  bool empty() const { return appeared.empty() && vanished.empty() && returned.empty(); }
};

class Devices {
 public:
  explicit Devices(Connection& db) : db_(db) {}

  /// The peer's newest list, in its order; the caller has cut it to `max_devices`. Devices that are not in it
  /// become inactive and stay known.
  ListChange replace_list(AccountId account, std::string_view peer, omemo::Version version,
                          std::span<const omemo::DeviceId> ids, WallTime now);

  /// When the list was last replaced; nothing if it never was, or was forgotten.
  std::optional<WallTime> list_fetched(AccountId account, std::string_view peer, omemo::Version version);
  /// The list is to be fetched anew; the devices stay known.
  void forget_list(AccountId account, std::string_view peer, omemo::Version version);
  /// Same for all peers of the account: after a reconnect without resumption pushes may have been missed.
  void forget_lists(AccountId account);

  /// Active ones in the order of the list, then the others.
  std::vector<Device> all(AccountId account, std::string_view peer, omemo::Version version);
  std::optional<Device> find(const DeviceRef& device);

  /// Makes the device known (inactive) if it is not.
  void set_identity(const DeviceRef& device, const crypto::PublicKey& curve, WallTime now);
  void note_message(const DeviceRef& device, WallTime now);
  void note_bundle_failure(const DeviceRef& device, WallTime until, std::string_view reason, WallTime now);
  void clear_bundle_failure(const DeviceRef& device);

  /// All of a peer, their sessions included. How many devices.
  std::size_t forget_peer(AccountId account, std::string_view peer);

  /// Peers whose devices we know, sorted.
  std::vector<std::string> peers(AccountId account);

 private:
  void forget_oldest_strangers(AccountId account, std::string_view peer, omemo::Version version);

  Connection& db_;
};

}  // namespace omegate::store
