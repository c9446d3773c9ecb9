// What one operation costs us and libomemo-c, and what it costs at least: names are operation/version/side.
//
// Both sides go from stored state to stored state: libomemo-c cannot do otherwise, so ours reads and writes
// its record too. Keys of the peer's bundle are checked on both sides when a session starts.
#include <benchmark/benchmark.h>

#include <string>

#include "bridge/core/crypto/encoding.hpp"
#include "tests/bench/bound.hpp"
#include "tests/bench/pair.hpp"
#include "tests/interop/ratchet/libomemo_device.hpp"

namespace {

using namespace omegate;
using bench::alice_id;
using bench::bob_id;
using bench::Device;
using bench::key_material;
using bench::Pair;
using omemo::Version;
using peers::LibomemoDevice;

/// The same with libomemo-c on both sides.
struct PeerPair {
  explicit PeerPair(Version v) : alice(v, alice_id), bob(v, bob_id), text(key_material(v)) {
    const auto bundle = bob.bundle();
    alice.start(bob_id, bundle, bundle.prekeys.front());
    to_bob(alice.encrypt(bob_id, text));
    to_alice(bob.encrypt(alice_id, text));
    to_bob(alice.encrypt(bob_id, text));
  }

  void to_bob(const LibomemoDevice::Wire& wire) {
    bob.decrypt(alice_id, wire.bytes, wire.key_exchange).value();
  }
  void to_alice(const LibomemoDevice::Wire& wire) {
    alice.decrypt(bob_id, wire.bytes, wire.key_exchange).value();
  }

  LibomemoDevice alice, bob;
  Bytes text;
};

// A chain that grows without an answer costs no more per message, so encryption needs no receiver.

void encrypt_ours(benchmark::State& state, Version version) {
  Pair pair(version);
  for (auto _ : state) benchmark::DoNotOptimize(pair.send(pair.at_alice));
}

void encrypt_peer(benchmark::State& state, Version version) {
  PeerPair pair(version);
  for (auto _ : state) benchmark::DoNotOptimize(pair.alice.encrypt(bob_id, pair.text));
}

constexpr int batch = 256;

void decrypt_ours(benchmark::State& state, Version version) {
  Pair pair(version);
  std::vector<Bytes> wires(batch);
  while (state.KeepRunningBatch(batch)) {
    state.PauseTiming();
    for (Bytes& wire : wires) wire = pair.send(pair.at_alice);
    state.ResumeTiming();
    for (const Bytes& wire : wires) pair.deliver(wire, pair.at_bob);
  }
}

void decrypt_peer(benchmark::State& state, Version version) {
  PeerPair pair(version);
  std::vector<LibomemoDevice::Wire> wires(batch);
  while (state.KeepRunningBatch(batch)) {
    state.PauseTiming();
    for (auto& wire : wires) wire = pair.alice.encrypt(bob_id, pair.text);
    state.ResumeTiming();
    for (const auto& wire : wires) pair.to_bob(wire);
  }
}

void pingpong_ours(benchmark::State& state, Version version) {
  Pair pair(version);
  while (state.KeepRunningBatch(2)) {
    pair.deliver(pair.send(pair.at_bob), pair.at_alice);
    pair.deliver(pair.send(pair.at_alice), pair.at_bob);
  }
}

void pingpong_peer(benchmark::State& state, Version version) {
  PeerPair pair(version);
  while (state.KeepRunningBatch(2)) {
    pair.to_alice(pair.bob.encrypt(alice_id, pair.text));
    pair.to_bob(pair.alice.encrypt(bob_id, pair.text));
  }
}

Bytes first_message(const Device& alice, const Device& bob, const Bytes& text) {
  const auto started =
      omemo::start_session(alice.identity, bob.bundle, bob.bundle.prekeys.front(), alice.random).value();
  auto sealed = omemo::seal(started, text, alice_id).value();
  benchmark::DoNotOptimize(omemo::serialise(sealed.next));
  return std::move(sealed.wire);
}

void initiator_ours(benchmark::State& state, Version version) {
  const Device alice(version), bob(version);
  const Bytes text = key_material(version);
  for (auto _ : state) benchmark::DoNotOptimize(first_message(alice, bob, text));
}

void initiator_peer(benchmark::State& state, Version version) {
  LibomemoDevice alice(version, alice_id), bob(version, bob_id);
  const auto bundle = bob.bundle();
  const Bytes text = key_material(version);
  for (auto _ : state) {
    alice.forget_session(bob_id);
    alice.start(bob_id, bundle, bundle.prekeys.front());
    benchmark::DoNotOptimize(alice.encrypt(bob_id, text));
  }
}

constexpr int starts = 16;

void responder_ours(benchmark::State& state, Version version) {
  const Device alice(version), bob(version);
  const Bytes text = key_material(version);
  std::vector<Bytes> wires(starts);
  while (state.KeepRunningBatch(starts)) {
    state.PauseTiming();
    for (Bytes& wire : wires) wire = first_message(alice, bob, text);
    state.ResumeTiming();
    for (const Bytes& wire : wires) {
      const auto incoming = omemo::parse_incoming(version, wire).value();
      const auto opened =
          omemo::accept_key_exchange(bob.identity, bob.signed_prekey, bob.prekey, incoming, bob.random)
              .value();
      benchmark::DoNotOptimize(omemo::serialise(opened.next));
    }
  }
}

void responder_peer(benchmark::State& state, Version version) {
  LibomemoDevice alice(version, alice_id), bob(version, bob_id);
  bob.keep_used_prekeys();
  const auto bundle = bob.bundle();
  const Bytes text = key_material(version);
  std::vector<LibomemoDevice::Wire> wires(starts);
  while (state.KeepRunningBatch(starts)) {
    state.PauseTiming();
    for (auto& wire : wires) {
      alice.forget_session(bob_id);
      alice.start(bob_id, bundle, bundle.prekeys.front());
      wire = alice.encrypt(bob_id, text);
    }
    state.ResumeTiming();
    for (const auto& wire : wires) {
      bob.forget_session(alice_id);
      bob.decrypt(alice_id, wire.bytes, true).value();
    }
  }
}

// One text to many devices. Ours includes base64 and the markup of each key.

void fanout_ours(benchmark::State& state, Version version, std::uint32_t devices) {
  const Pair pair(version);
  std::vector<omemo::SecretBytes> records(devices, pair.at_alice);
  for (auto _ : state) {
    std::string xml;
    xml.reserve(devices * 220);
    for (std::uint32_t device = 0; device < devices; ++device) {
      const Bytes wire = pair.send(records[device]);
      xml += "<key rid='";
      xml += std::to_string(device + 1);
      xml += "'>";
      crypto::append_base64(xml, wire);
      xml += "</key>";
    }
    benchmark::DoNotOptimize(xml);
  }
}

void fanout_peer(benchmark::State& state, Version version, std::uint32_t devices) {
  LibomemoDevice alice(version, alice_id);
  LibomemoDevice bob(version, bob_id);
  bob.keep_used_prekeys();
  const auto bundle = bob.bundle();
  const Bytes text = key_material(version);
  for (std::uint32_t device = 1; device <= devices;
       ++device) {  // one device under many ids, each session established
    alice.start(device, bundle, bundle.prekeys.front());
    const auto wire = alice.encrypt(device, text);
    bob.forget_session(alice_id);
    bob.decrypt(alice_id, wire.bytes, true).value();
    const auto answer = bob.encrypt(alice_id, text);
    alice.decrypt(device, answer.bytes, answer.key_exchange).value();
    alice.encrypt(device, text);  // the first one after an answer makes the sending chain
  }
  for (auto _ : state) {
    for (std::uint32_t device = 1; device <= devices; ++device) {
      benchmark::DoNotOptimize(alice.encrypt(device, text));
    }
  }
}

void prekeys_ours(benchmark::State& state) {
  for (auto _ : state) {
    for (std::uint32_t id = 1; id <= 100; ++id) {
      benchmark::DoNotOptimize(omemo::PreKey::generate(id, crypto::system_random()));
    }
  }
}

void prekeys_peer(benchmark::State& state) {
  LibomemoDevice alice(Version::legacy, alice_id);
  for (auto _ : state) alice.make_prekeys(100);
}

void add(const std::string& name, auto body) { benchmark::RegisterBenchmark(name.c_str(), body); }

void add_sides(const std::string& name, auto ours, auto peer, auto bound) {
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const std::string full = name + "/" + std::string(omemo::name(version)) + "/";
    add(full + "omegate", [=](benchmark::State& state) { ours(state, version); });
    add(full + "libomemo-c", [=](benchmark::State& state) { peer(state, version); });
    add(full + "bound", [=](benchmark::State& state) { bound(state, version); });
  }
}

auto curve(const bench::Multiplications& counts) {
  return [counts](benchmark::State& state, Version version) { bench::curve_bound(state, version, counts); };
}

}  // namespace

int main(int argc, char** argv) {
  add_sides("encrypt", encrypt_ours, encrypt_peer, bench::message_bound);
  add_sides("decrypt", decrypt_ours, decrypt_peer, bench::message_bound);
  add_sides("pingpong", pingpong_ours, pingpong_peer, curve(bench::turn_bound));
  add_sides("x3dh-initiator", initiator_ours, initiator_peer, curve(bench::initiator_bound));
  add_sides("x3dh-responder", responder_ours, responder_peer, curve(bench::responder_bound));
  for (const std::uint32_t devices : {10u, 100u, 1000u}) {
    add_sides(
        "fanout-" + std::to_string(devices),
        [=](benchmark::State& state, Version version) { fanout_ours(state, version, devices); },
        [=](benchmark::State& state, Version version) { fanout_peer(state, version, devices); },
        [=](benchmark::State& state, Version version) { bench::fanout_bound(state, version, devices); });
  }
  add("prekeys-100/omegate", prekeys_ours);
  add("prekeys-100/libomemo-c", prekeys_peer);
  add("prekeys-100/bound", bench::prekeys_bound);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
