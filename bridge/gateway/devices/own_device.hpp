// Our own OMEMO device: made once per account, its prekeys kept filled and turned over.
//
// Works inside a transaction. Not here: publishing (own_nodes.hpp).
// Source: XEP-0384 §4.1, §5.3.2.
#pragma once

#include <vector>

#include "bridge/core/omemo/bundle.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

struct OwnDevice {
  omemo::OwnIdentity identity;
  omemo::DeviceId device;
  omemo::SignedPreKey signed_prekey;
  std::vector<omemo::PreKey> prekeys;  // what belongs into the bundle

  omemo::Bundle bundle(omemo::Version version) const {
    return omemo::make_bundle(version, identity, signed_prekey, prekeys);
  }
};

/// Makes what is missing: identity and device id at the first start, a signed prekey at the first start and
/// after `signed_prekey_life`, one-time prekeys up to `omemo::published_prekeys`.
/// Cost: 4 ms for a new device, a few reads otherwise.
OwnDevice tend_own_device(store::Tables& tables, store::AccountId account, Random& random, WallTime now);

/// Those used longer ago than `used_prekey_life`. Only when the archive is caught up with: what waits there may be
/// another message of the same key exchange.
void forget_used_prekeys(store::Tables& tables, store::AccountId account, WallTime now);

}  // namespace omegate::gateway
