// The least time an operation of the core can take on this machine: the primitives it cannot do without, and nothing around them.
//
// Measured in the same program as the operations, because another machine has other primitives. Counted from the
// specifications; a compression is counted as one that waits for the one before it.
#pragma once

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <string>

#include "bridge/core/crypto/aes_blocks.hpp"
#include "bridge/core/crypto/curve25519.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/crypto/random.hpp"
#include "bridge/core/crypto/sha256_blocks.hpp"
#include "bridge/core/omemo/keys.hpp"

namespace omegate::bench {

/// The symmetric half: one message key of a chain, its keys for cipher and MAC, the cipher, the MAC.
class MessageBound {
 public:
  explicit MessageBound(omemo::Version version) : legacy_(version == omemo::Version::legacy) {}

  void operator()() {
    for (int i = 0; i < compressions(); ++i) crypto::sha256_blocks().compress(state_, block_.data());
    crypto::aes256_cbc().encrypt(key_, iv_, std::span(text_).first(legacy_ ? 48 : 64));
    benchmark::DoNotOptimize(state_);
    benchmark::DoNotOptimize(text_);
  }

  /// As long as the wire form of what it encrypts.
  std::size_t wire_size() const { return legacy_ ? 100 : 124; }

 private:
  /// Chain step: 2 for the key, 2 for each of two MACs. HKDF: 2 to extract, 2 for the key, 2 for each of three blocks (an info of
  /// OMEMO 2 is longer, so that the second and third take one more). MAC: 2 for the key, 3 for the message, 1 at the end.
  int compressions() const { return 6 + (legacy_ ? 10 : 12) + 6; }

  bool legacy_;
  crypto::Sha256State state_{1, 2, 3, 4, 5, 6, 7, 8};
  std::array<Byte, 64> block_{7}, text_{7};
  crypto::Secret<32> key_ = crypto::Secret<32>::random(crypto::system_random());
  crypto::Iv iv_{};
};

/// How often an operation does each of the things that cost.
struct Multiplications {
  int agreements = 0, keys = 0, verifications = 0, messages = 0;
};

/// X3DH, initiator: the bundle's signature, four agreements and the first ratchet step's, ephemeral and ratchet key; the message.
inline constexpr Multiplications initiator_bound{5, 2, 1, 1};
/// X3DH, responder: four agreements and the first ratchet step's; the message. Our own ratchet key can wait until we answer.
inline constexpr Multiplications responder_bound{5, 0, 0, 1};
/// A message each way after one of the other side's: two agreements and a new key each, encrypted and decrypted.
inline constexpr Multiplications turn_bound{2, 1, 0, 2};

class CurveBound {
 public:
  CurveBound(omemo::Version version, Multiplications counts) : counts_(counts), message_(version) {}

  void operator()() {
    for (int i = 0; i < counts_.keys; ++i) benchmark::DoNotOptimize(crypto::x25519_public(pair_.secret));
    for (int i = 0; i < counts_.agreements; ++i) benchmark::DoNotOptimize(crypto::x25519(pair_.secret, pair_.curve));
    for (int i = 0; i < counts_.verifications; ++i) benchmark::DoNotOptimize(crypto::ed25519_verify(ed_, pair_.curve, signature_));
    for (int i = 0; i < counts_.messages; ++i) message_();
  }

 private:
  Multiplications counts_;
  MessageBound message_;
  crypto::KeyPair pair_ = crypto::KeyPair::generate(crypto::system_random());
  crypto::PublicKey ed_ = crypto::ed25519_public(pair_.secret);
  crypto::Signature signature_ = crypto::ed25519_sign(pair_.secret, pair_.curve);
};

inline void message_bound(benchmark::State& state, omemo::Version version) {
  MessageBound bound(version);
  for (auto _ : state) bound();
}

inline void curve_bound(benchmark::State& state, omemo::Version version, Multiplications counts) {
  CurveBound bound(version, counts);
  for (auto _ : state) bound();
}

/// With base64 into the stanza.
inline void fanout_bound(benchmark::State& state, omemo::Version version, std::uint32_t devices) {
  MessageBound bound(version);
  const Bytes wire(bound.wire_size(), 7);
  for (auto _ : state) {
    std::string stanza;
    stanza.reserve(devices * (wire.size() * 4 / 3 + 4));
    for (std::uint32_t device = 0; device < devices; ++device) {
      bound();
      crypto::append_base64(stanza, wire);
    }
    benchmark::DoNotOptimize(stanza);
  }
}

inline void prekeys_bound(benchmark::State& state) {
  const crypto::PrivateKey secret = crypto::PrivateKey::random(crypto::system_random());
  for (auto _ : state)
    for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(crypto::x25519_public(secret));
}

}  // namespace omegate::bench
