#include "bridge/core/omemo/ratchet.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "bridge/core/crypto/sha256.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "bridge/core/omemo/wire.hpp"

namespace omegate::omemo {
namespace {

using SkippedKeys = std::vector<SkippedKey>;

/// How an earlier ratchet key is remembered; 0 is no key.
std::uint64_t abbreviation(const PublicKey& ratchet_key) {
  std::uint64_t first = 0;
  std::memcpy(&first, ratchet_key.data(), sizeof first);
  return first != 0 ? first : 1;
}

bool is_remembered(const SessionState& state, const PublicKey& ratchet_key) {
  const auto& old = state.old_remote_ratchets;
  return std::find(old.begin(), old.end(), abbreviation(ratchet_key)) != old.end();
}

void remember_remote_ratchet(SessionState& state) {
  auto& old = state.old_remote_ratchets;
  std::copy_backward(old.begin(), old.end() - 1, old.end());
  old.front() = abbreviation(state.remote_ratchet);
}

/// Takes the key of a message that others have overtaken, if it was kept.
std::optional<Secret<32>> take_skipped(SessionState& state, const RatchetMessage& message) {
  if (!state.skipped) return std::nullopt;
  const auto is_its_key = [&](const SkippedKey& key) {
    return key.counter == message.counter() && key.ratchet_key == message.ratchet_key();
  };
  const auto found = std::find_if(state.skipped->begin(), state.skipped->end(), is_its_key);
  if (found == state.skipped->end()) return std::nullopt;
  const Secret<32> key = found->key;
  auto rest = std::make_shared<SkippedKeys>();
  rest->reserve(state.skipped->size() - 1);
  std::copy_if(state.skipped->begin(), state.skipped->end(), std::back_inserter(*rest),
               [&](const SkippedKey& each) { return !is_its_key(each); });
  state.skipped = rest->empty() ? nullptr : std::move(rest);
  return key;
}

/// Moves the receiving chain on to `until`, keeping the keys on the way.
void skip_to(SessionState& state, std::uint64_t until, SkippedKeys& fresh) {
  for (; state.received < until; ++state.received) {
    fresh.push_back({state.remote_ratchet, state.received, next_message_key(state.receiving_chain)});
  }
}

/// Keys of messages of the peer's previous chain that may still come.
void skip_rest_of_chain(SessionState& state, std::uint32_t previous_counter, PreviousCounter mode,
                        SkippedKeys& fresh) {
  if (!state.has_receiving_chain) return;
  const std::uint64_t until = std::uint64_t{previous_counter} + (mode == PreviousCounter::inclusive ? 1 : 0);
  if (previous_counter > std::uint64_t{state.received} + max_skip)
    return;  // given up: the new chain counts more
  skip_to(state, until, fresh);
}

/// The receiving half of a Diffie-Hellman step, and a new ratchet key of ours.
Result<> step(SessionState& state, const PublicKey& remote_ratchet, Random& random) {
  make_send_step(state);
  if (state.has_received) remember_remote_ratchet(state);
  const auto shared = crypto::x25519(state.own_ratchet.secret, remote_ratchet);
  if (!shared) return Error::bad_key;
  const RootStep next = next_root(state.version, state.root_key, *shared);
  state.root_key = next.root_key;
  state.receiving_chain = next.chain_key;
  state.remote_ratchet = remote_ratchet;
  state.received = 0;
  state.has_received = state.has_receiving_chain = true;
  state.previous_sent = state.sent;
  state.sent = 0;
  state.own_ratchet = {PrivateKey::random(random), {}};
  state.sending_chain = {};
  state.has_sending_chain = false;
  state.owes_send_step = true;
  state.heartbeat_sent = false;
  return {};
}

bool is_too_old(const SessionState& state, const SkippedKey& key) {
  return key.ratchet_key != state.remote_ratchet && !is_remembered(state, key.ratchet_key);
}

/// Adds what was skipped, forgets chains that are long past, then the oldest keys above the limit.
void keep_skipped(SessionState& state, SkippedKeys fresh, bool stepped) {
  const bool has_old = stepped && state.skipped;
  if (fresh.empty() && !has_old) return;
  auto kept = std::make_shared<SkippedKeys>();
  const std::size_t before = state.skipped ? state.skipped->size() : 0;
  kept->reserve(before + fresh.size());
  if (state.skipped) *kept = *state.skipped;
  kept->insert(kept->end(), fresh.begin(), fresh.end());
  if (stepped) std::erase_if(*kept, [&](const SkippedKey& key) { return is_too_old(state, key); });
  if (kept->size() > max_skipped_keys) {
    kept->erase(kept->begin(), kept->end() - static_cast<std::ptrdiff_t>(max_skipped_keys));
  }
  state.skipped = kept->empty() ? nullptr : std::move(kept);
}

}  // namespace

void make_send_step(SessionState& state) {
  if (!state.owes_send_step) return;
  state.own_ratchet.curve = crypto::x25519_public(state.own_ratchet.secret);
  const auto shared = crypto::x25519(state.own_ratchet.secret, state.remote_ratchet);
  assert(shared);  // the receiving half went through with this key
  const RootStep next = next_root(state.version, state.root_key, *shared);
  state.root_key = next.root_key;
  state.sending_chain = next.chain_key;
  state.has_sending_chain = true;
  state.owes_send_step = false;
}

Result<Secret<32>> receive_key(SessionState& state, const RatchetMessage& message, Random& random,
                               PreviousCounter mode) {
  if (const auto key = take_skipped(state, message)) return *key;
  const bool is_new = !state.has_received || message.ratchet_key() != state.remote_ratchet;
  if (is_new && is_remembered(state, message.ratchet_key())) return Error::message_already_received;
  SkippedKeys fresh;
  if (is_new) {
    skip_rest_of_chain(state, message.previous_counter(), mode, fresh);
    if (const auto stepped = step(state, message.ratchet_key(), random); !stepped) return stepped.error();
  }
  if (message.counter() < state.received) return Error::message_already_received;
  if (message.counter() - state.received > max_skip) return Error::too_many_skipped_messages;
  skip_to(state, message.counter(), fresh);
  const Secret<32> key = next_message_key(state.receiving_chain);
  ++state.received;
  keep_skipped(state, std::move(fresh), is_new);
  return key;
}

Secret<32> send_key(SessionState& state) {
  assert(state.has_sending_chain);
  ++state.sent;
  return next_message_key(state.sending_chain);
}

void authenticate(const SessionState& state, const Secret<32>& key, ByteView authenticated, bool sending,
                  std::span<Byte> out) {
  crypto::HmacSha256 hmac(key.bytes());
  // Legacy names the sender first, OMEMO 2 who started the session.
  const bool own_first = state.version == Version::legacy ? sending : state.initiator;
  for (const PublicKey* identity : {own_first ? &state.own_identity : &state.remote_identity,
                                    own_first ? &state.remote_identity : &state.own_identity}) {
    if (state.version == Version::legacy) hmac.update({&key_type, 1});
    hmac.update(*identity);
  }
  hmac.update(authenticated);
  Secret<32> mac;
  hmac.finish(mac.writable());
  std::copy_n(mac.bytes().begin(), out.size(), out.begin());
}

}  // namespace omegate::omemo
