// Two devices that talk, for the tests of the OMEMO core.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "bridge/core/omemo/session.hpp"

namespace omegate::omemo {

/// Repeatable randomness.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_());
    ++draws_;
  }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(engine_() % bound); }
  int draws() const { return draws_; }

 private:
  std::mt19937_64 engine_;
  int draws_ = 0;
};

struct Device {
  explicit Device(SeededRandom& random)
      : identity(OwnIdentity::generate(random)),
        signed_prekey(SignedPreKey::generate(7, identity, random)),
        prekeys{PreKey::generate(1, random), PreKey::generate(2, random), PreKey::generate(3, random)} {}

  Bundle bundle(Version version) const { return make_bundle(version, identity, signed_prekey, prekeys); }

  const PreKey& prekey(std::uint32_t id) const { return prekeys.at(id - 1); }

  OwnIdentity identity;
  SignedPreKey signed_prekey;
  std::vector<PreKey> prekeys;
};

/// Alice's session with Bob before he knows of it, and both devices.
struct Start {
  Start(Version v, std::uint64_t seed) : version(v), random(seed), alice(random), bob(random) {}

  Session alice_starts() {
    const Bundle bundle = bob.bundle(version);
    return start_session(alice.identity, bundle, bundle.prekeys.front(), random).value();
  }

  Result<Opened> bob_accepts(const Incoming& incoming) {
    return accept_key_exchange(bob.identity, bob.signed_prekey, bob.prekey(incoming.key_exchange->prekey_id),
                               incoming, random);
  }

  Incoming parse(const Bytes& wire) const { return parse_incoming(version, wire).value(); }

  Version version;
  SeededRandom random;
  Device alice, bob;
};

/// The same after one message each way: established on both sides.
struct Established : Start {
  Established(Version v, std::uint64_t seed) : Start(v, seed), at_alice(alice_starts()), at_bob(at_alice) {
    const Sealed first = seal(at_alice, as_bytes("0123456789abcdef")).value();
    at_alice = first.next;
    at_bob = bob_accepts(parse(first.wire)).value().next;
    const Sealed answer = seal(at_bob, as_bytes("0123456789abcdef")).value();
    at_bob = answer.next;
    at_alice = open(at_alice, parse(answer.wire).message, random).value().next;
  }

  Session at_alice, at_bob;
};

/// Seals and moves the session on.
inline Bytes send(Session& session, std::string_view text) {
  Sealed sealed = seal(session, as_bytes(text)).value();
  session = sealed.next;
  return std::move(sealed.wire);
}

constexpr Version versions[] = {Version::legacy, Version::omemo2};

}  // namespace omegate::omemo
