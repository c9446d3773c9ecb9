// Which entries an event adds to the ledger. Pure: the caller appends them, in order, in its transaction.
//
// An event that says nothing new gives no entries, so the caller asks each time. Entries come without seq and
// time; `actor` is "gateway" or "config".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/trust/view.hpp"

namespace omegate::trust {

struct DeviceKey {
  std::uint32_t device = 0;
  crypto::PublicKey key{};

  friend bool operator==(const DeviceKey&, const DeviceKey&) = default;
};

/// A bundle or a message showed this key. `seen` if the pair is new, and `changed_key` if the device had
/// another one. Nothing beyond `max_sightings`.
std::vector<Entry> on_key_seen(const View& view, std::string_view account, std::string_view peer,
                               const DeviceKey& shown);

/// A message of this key has just passed its MAC. As `on_key_seen`, and under `tofu` the key is let in if it
/// is the contact's first: nothing was let in, and nobody decided anything about this contact, ever before. A key that was
/// set aside as dead is not: `taken_back`.
std::vector<Entry> on_authentic_message(const View& view, std::string_view account, std::string_view peer,
                                        const DeviceKey& sender);

/// We are about to write. `listed` is the contact's whole device list with the keys of its bundles. As
/// `on_key_seen` for each, and under `tofu`, if the contact never wrote and was never written to, all of them
/// are let in as one set. An empty list uses nothing up.
std::vector<Entry> on_first_send(const View& view, std::string_view account, std::string_view peer,
                                 std::span<const DeviceKey> listed);

/// The contact's device list changed. One note per device and `flap_pause`, and only about devices whose key
/// was seen; one that wrote before any list named it did not come back.
std::vector<Entry> on_list_change(const View& view, std::string_view account, std::string_view peer,
                                  std::span<const std::uint32_t> gone, std::span<const std::uint32_t> back,
                                  WallTime now);

/// The config names these keys for a contact, all of them. New ones become `trusted`, those it no longer
/// names `undecided`. What a person revoked or verified stays.
std::vector<Entry> on_configured(const View& view, std::string_view account, std::string_view peer,
                                 std::span<const crypto::PublicKey> keys);

/// The config sets this policy (nothing: the broader one counts) for an account (peer empty), domain or
/// contact. Nothing is trusted in retrospect.
std::vector<Entry> on_policy(const View& view, std::string_view account, std::string_view peer,
                             std::optional<Policy> policy, std::string_view actor);

}  // namespace omegate::trust
