// What a device publishes so that others can start sessions with it. One type for both versions.
//
// Not here: its XML (core/xmpp).
// Source: XEP-0384 §5.3.2; XEP-0384 0.3 §4.4.
#pragma once

#include <span>
#include <vector>

#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/omemo/limits.hpp"

namespace omegate::omemo {

struct BundlePreKey {
  std::uint32_t id = 0;
  PublicKey curve{};

  friend bool operator==(const BundlePreKey&, const BundlePreKey&) = default;
};

struct Bundle {
  Version version = Version::legacy;
  IdentityKey identity;
  std::uint32_t signed_prekey_id = 0;
  PublicKey signed_prekey{};
  Signature signature{};
  std::vector<BundlePreKey> prekeys;
};

/// Our own bundle. `prekeys` are those not yet used.
Bundle make_bundle(Version version, const OwnIdentity& identity, const SignedPreKey& signed_prekey,
                   std::span<const PreKey> prekeys);

/// Errors: `bad_signature`, `bad_key` (an OMEMO 2 identity without its Edwards form), `no_prekey`.
/// Cost: about 50 µs. `start_session` calls it: no session comes from an unverified bundle.
Result<> verify(const Bundle& bundle);

/// Uniform, so that two senders rarely take the same; avoids id 0 if another exists (some receivers lose it).
/// Errors: `no_prekey`.
Result<BundlePreKey> choose_prekey(const Bundle& bundle, Random& random);

}  // namespace omegate::omemo
