// Two of our devices in conversation, each with its stored record: what the benchmarks start from.
#pragma once

#include <cstdint>
#include <utility>

#include "bridge/core/crypto/random.hpp"
#include "bridge/core/omemo/session.hpp"

namespace omegate::bench {

using omemo::Version;

inline constexpr std::uint32_t alice_id = 1, bob_id = 2;

inline Bytes key_material(Version version) { return Bytes(version == Version::legacy ? 32 : 48, 7); }

/// One of our devices with what it needs to be written to.
struct Device {
  explicit Device(Version version)
      : identity(omemo::OwnIdentity::generate(random)),
        signed_prekey(omemo::SignedPreKey::generate(1, identity, random)),
        prekey(omemo::PreKey::generate(1, random)),
        bundle(omemo::make_bundle(version, identity, signed_prekey, {&prekey, 1})) {}

  Random& random = crypto::system_random();
  omemo::OwnIdentity identity;
  omemo::SignedPreKey signed_prekey;
  omemo::PreKey prekey;
  omemo::Bundle bundle;
};

/// Two of our devices in conversation, each with its stored record.
struct Pair {
  explicit Pair(Version v) : version(v), alice(v), bob(v), text(key_material(v)) {
    const auto started =
        omemo::start_session(alice.identity, bob.bundle, bob.bundle.prekeys.front(), alice.random).value();
    const auto first = omemo::seal(started, text, alice_id).value();
    const auto built = omemo::accept_key_exchange(bob.identity, bob.signed_prekey, bob.prekey,
                                                  omemo::parse_incoming(v, first.wire).value(), bob.random)
                           .value();
    at_alice = omemo::serialise(first.next);
    at_bob = omemo::serialise(built.next);
    deliver(send(at_bob), at_alice);
    deliver(send(at_alice), at_bob);
  }

  Bytes send(omemo::SecretBytes& record) const {
    auto sealed = omemo::seal(omemo::parse_session(record).value(), text).value();
    record = omemo::serialise(sealed.next);
    return std::move(sealed.wire);
  }

  void deliver(const Bytes& wire, omemo::SecretBytes& record) const {
    const auto incoming = omemo::parse_incoming(version, wire).value();
    const auto opened =
        omemo::open(omemo::parse_session(record).value(), incoming.message, crypto::system_random()).value();
    record = omemo::serialise(opened.next);
  }

  Version version;
  Device alice, bob;
  Bytes text;
  omemo::SecretBytes at_alice, at_bob;
};

}  // namespace omegate::bench
