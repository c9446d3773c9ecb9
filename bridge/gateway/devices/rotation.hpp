// Another OMEMO key for an account: drawn, told to contacts with the old one, then used in its place.
//
//   begin    the next identity and device id are drawn and kept, and every contact with an allowed device gets a notice,
//            encrypted with the old key: what the next fingerprint is
//   switch   when the notices are on their way and the archive was read, or after `rotation_patience` online: the old secret, its
//            sessions and prekeys are destroyed in one transaction, which the ledger notes
//   settle   bundles and lists are published, the old device is withdrawn from them (own_nodes.hpp), and devices that had a
//            session get a new one (account_session.hpp)
//
// Each step is stored before the next begins, so a crash or a lost stream goes on where it was. What was sealed with the old
// key and is not acknowledged goes out again as it is: contacts keep the sessions that open it. Everything here runs inside a
// transaction. Not here: when, and the network (account_rotation.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/language.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/trust/trust_announcements.hpp"

namespace omegate::gateway {

struct RotationOrder {
  std::string actor, why;
  bool stolen = false;  // the old key may be in other hands: say so
};

struct Rotation {
  store::Identity next;
  WallTime began{};
  RotationOrder order;
  std::vector<store::OutboxId> notices;
};

/// Throws `OperatorError` if one is under way.
Rotation begin_rotation(store::Tables& tables, const Sender& self, Language language, const RotationOrder& order, Random& random,
                        WallTime now);

std::optional<Rotation> rotation_under_way(store::Tables& tables, store::AccountId account);

/// To devices that are verified, for clients with Automatic Trust Management: by the old key's word the next one is ours.
std::vector<Announcement> announcements_of(store::Tables& tables, const Sender& self, const Rotation& rotation);

/// `caught_up`: nothing waits in the archive that only the old key opens.
bool may_switch(store::Tables& tables, const Rotation& rotation, bool caught_up, WallTime now);

/// The old key is gone when this is committed. `self` has the next device from then on.
void switch_key(store::Tables& tables, Sender& self, const Rotation& rotation, WallTime now);

/// Devices that this account was before. Nothing is encrypted to them, and no list of ours names them.
struct FormerDevice {
  omemo::DeviceId id;
  bool withdrawn = false;  // what it had published is gone
};
std::vector<FormerDevice> former_devices(store::Tables& tables, store::AccountId account);
bool was_ours(store::Tables& tables, store::AccountId account, omemo::DeviceId device);
void note_withdrawn(store::Tables& tables, store::AccountId account, omemo::DeviceId device);

}  // namespace omegate::gateway
