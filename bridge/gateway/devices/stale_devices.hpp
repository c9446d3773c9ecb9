// Devices that messages are encrypted to and that seem dead: proposed to be set aside, with the evidence. A person decides.
//
// A device is stale when it is listed, allowed, and has given no sign of life for a time: no message, not even an empty one,
// and no receipt that only it can have written. Whoever only reads answers a new session, and so gives one. Runs inside a
// transaction. Not here: what is set aside means for a decision (core/trust/policy.hpp), a device that writes again
// (core/trust/sight.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/trust/view.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

struct StaleDevice {
  std::string peer;
  std::uint32_t device = 0;
  trust::KnownKey key;
  WallTime first_seen{};
  std::optional<WallTime> last_message{};  // it wrote to us, in either version
  std::optional<WallTime> last_receipt{};  // of the messages that are remembered
  std::size_t unanswered = 0;              // remembered messages that were encrypted to it since
};

/// `peer`: only of this contact; empty: of all. `silent`: for how long.
std::vector<StaleDevice> stale_devices(store::Tables& tables, const Sender& self, const std::string& peer,
                                       std::chrono::milliseconds silent, WallTime now);

/// For the ledger: "no sign of life since …; 12 messages since then".
std::string evidence(const StaleDevice& device);

struct SettingAside {
  std::string peer, which;  // a fingerprint, a device id, or "all" that are stale
  std::string actor, why;
  std::chrono::milliseconds silent{};
};

/// Throws `OperatorError` for a key that is not stale: who wants to be rid of a living device revokes it.
std::vector<crypto::PublicKey> set_aside(store::Tables& tables, const Sender& self, const SettingAside& order, WallTime now);

/// The way back; the key is what it was.
std::vector<crypto::PublicKey> take_back(store::Tables& tables, const Sender& self, const SettingAside& order, WallTime now);

}  // namespace omegate::gateway
