// Which devices of a contact a message is for, in which version, and what trust says of each.
//
// Reads tables only: the same answer for who prepares a send and for the transaction that seals.
// Not here: fetching what is unknown (device_directory.hpp), encrypting (seal.hpp).
// Source: XEP-0384 §5; the version rule is explained at `choose_version`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/omemo/device_id.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/trust/policy.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

/// One of our bots, as tables, peers and plugins know it.
struct Sender {
  store::AccountId account;
  std::string jid;  // bare
  omemo::DeviceId
      device;  // read and written inside transactions only: a collision in the first session changes it
  std::string name = {};  // as configured: what plugins call it
};

struct Recipient {
  store::DeviceRef device;
  store::DeviceRow row;
  std::optional<omemo::PublicKey> key;  // nothing until a bundle or message showed it
  trust::Level level = trust::Level::undecided;
  trust::Decision decision = trust::Decision::undecided;
  std::string bundle_failure;  // why its bundle cannot be had now
};

/// One device in the lists of both versions, as the tables have it; in none of them now, perhaps.
struct KnownDevice {
  std::string peer;
  omemo::DeviceId id;
  std::optional<store::Device> legacy, omemo2;
};

/// All of these people, our own device not among them. Read once for all that is asked about one message.
std::vector<KnownDevice> known_devices(store::Tables& tables, const Sender& sender, const std::vector<std::string>& peers);

/// The active ones of these devices, at most `omemo::max_devices` of each person.
std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, const std::vector<KnownDevice>& known, WallTime now);
inline std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, const std::vector<std::string>& peers,
                                         WallTime now) {
  return recipients(tables, sender, known_devices(tables, sender, peers), now);
}
inline std::vector<Recipient> recipients(store::Tables& tables, const Sender& sender, const std::string& peer, WallTime now) {
  return recipients(tables, sender, std::vector{peer}, now);
}

/// Our current session with it. One that was made with another key is none: the decision is about *this* key.
/// Cost: one lookup by number and one opening.
std::optional<omemo::Session> session_with(store::Tables& tables, const Recipient& recipient);

/// What is known of one device in one version.
struct VersionFacts {
  bool listed = false;
  bool broken = false;                   // its bundle could not be had lately
  std::optional<WallTime> last_message;  // it wrote to us in this version
};

/// One list only: that version. Both: what the device itself wrote last; else legacy, which every client that
/// lists both can read (some list OMEMO 2 without reading it). A broken bundle makes way for the other version.
std::optional<omemo::Version> choose_version(const VersionFacts& legacy, const VersionFacts& omemo2);

/// The versions of one recipient's devices. A message is one stanza per version, and each device sees both; so all
/// take one version if all can, legacy first.
struct DeviceFacts {
  VersionFacts legacy, omemo2;
};
std::vector<std::optional<omemo::Version>> choose_versions(const std::vector<DeviceFacts>& devices);

}  // namespace omegate::gateway
