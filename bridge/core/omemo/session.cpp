#include "bridge/core/omemo/session.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "bridge/core/crypto/aes.hpp"
#include "bridge/core/omemo/kdf.hpp"
#include "bridge/core/omemo/ratchet.hpp"
#include "bridge/core/omemo/wire.hpp"

namespace omegate::omemo {
namespace {

SessionState state_between(Version version, const OwnIdentity& own, const IdentityKey& remote) {
  SessionState state;
  state.version = version;
  state.own_identity = own.public_key().wire(version);
  state.remote_identity = remote.wire(version);
  state.remote_curve = remote.curve;
  return state;
}

KeyExchange exchange_of(const SessionState& state) {
  IdentityKey own{state.own_identity, state.own_identity};  // `wire` takes the one the version needs
  return {state.prekey_id, state.signed_prekey_id, own, state.ephemeral};
}

bool is_authentic(const SessionState& state, const MessageKeys& keys, const RatchetMessage& message) {
  std::array<Byte, 16> expected;
  const auto mac = std::span(expected).first(message.mac().size());
  authenticate(state, keys.authentication, message.authenticated(), false, mac);
  return crypto::equal(mac, message.mac());
}

}  // namespace

IdentityKey Session::remote_identity() const {
  if (state_.version == Version::legacy) return IdentityKey::from_curve(state_.remote_curve);
  return {state_.remote_curve, state_.remote_identity};
}

bool Session::was_built_by(const KeyExchange& exchange) const {
  return !state_.initiator && state_.ephemeral == exchange.ephemeral;
}

bool Session::knows(const RatchetMessage& message) const {
  if (!state_.has_received || state_.remote_ratchet == message.ratchet_key()) return true;
  const auto has_its_key = [&](const SkippedKey& key) { return key.ratchet_key == message.ratchet_key(); };
  return state_.skipped && std::any_of(state_.skipped->begin(), state_.skipped->end(), has_its_key);
}

bool Session::needs_heartbeat() const {
  return state_.has_receiving_chain && state_.received > heartbeat_counter && !state_.heartbeat_sent;
}

Session Session::after_heartbeat() const {
  SessionState next = state_;
  next.heartbeat_sent = true;
  return Session(std::move(next));
}

Session Session::without_oldest_skipped(std::size_t count) const {
  SessionState next = state_;
  if (count >= skipped_keys()) {
    next.skipped = nullptr;
  } else if (count > 0) {
    next.skipped = std::make_shared<const std::vector<SkippedKey>>(
        state_.skipped->begin() + static_cast<std::ptrdiff_t>(count), state_.skipped->end());
  }
  return Session(std::move(next));
}

Result<Session> start_session(const OwnIdentity& own, const Bundle& bundle, const BundlePreKey& prekey,
                              Random& random) {
  if (const auto verified = verify(bundle); !verified) return verified.error();
  const KeyPair ephemeral = KeyPair::generate(random);
  SessionState state = state_between(bundle.version, own, bundle.identity);
  const auto root_key = x3dh_initiator(bundle.version, own, ephemeral.secret, bundle.identity.curve,
                                       bundle.signed_prekey, prekey.curve);
  if (!root_key) return root_key.error();
  state.initiator = true;
  state.prekey_id = prekey.id;
  state.signed_prekey_id = bundle.signed_prekey_id;
  state.ephemeral = ephemeral.curve;
  state.root_key = *root_key;
  state.remote_ratchet = bundle.signed_prekey;
  state.own_ratchet.secret = PrivateKey::random(random);
  state.owes_send_step = true;
  make_send_step(state);
  return Session(std::move(state));
}

Result<Sealed> seal(const Session& session, ByteView key_material, std::uint32_t sender_device) {
  if (session.state().sent == std::numeric_limits<std::uint32_t>::max()) return Error::session_exhausted;
  Result<Sealed> sealed(Sealed{session, {}, false});
  SessionState& next = sealed->next.state_;
  make_send_step(next);
  const MessageHeader header{next.own_ratchet.curve, next.sent, next.previous_sent};
  const MessageKeys keys = message_keys(next.version, send_key(next));
  sealed->key_exchange = next.initiator && !next.confirmed;
  std::optional<KeyExchange> exchange;
  if (sealed->key_exchange) exchange = exchange_of(next);
  MessageWriter message(next.version, header, crypto::cbc_size(key_material.size()), exchange, sender_device);
  crypto::aes256_cbc_encrypt(keys.encryption, keys.iv, key_material, message.ciphertext());
  authenticate(next, keys.authentication, message.authenticated(), true, message.mac());
  sealed->wire = message.take();
  return sealed;
}

Result<Opened> open(const Session& session, const RatchetMessage& message, Random& random,
                    PreviousCounter mode) {
  assert(session.version() == message.version());
  Result<Opened> opened(Opened{session, {}});
  SessionState& next = opened->next.state_;
  const auto message_key = receive_key(next, message, random, mode);
  if (!message_key) return message_key.error();
  const MessageKeys keys = message_keys(next.version, *message_key);
  if (!is_authentic(next, keys, message)) return Error::bad_authentication_tag;
  auto key_material = crypto::aes256_cbc_decrypt(keys.encryption, keys.iv, message.ciphertext());
  if (!key_material) return Error::malformed;
  opened->key_material = std::move(*key_material);
  next.confirmed = true;
  return opened;
}

Result<Opened> accept_key_exchange(const OwnIdentity& own, const SignedPreKey& signed_prekey,
                                   const PreKey& prekey, const Incoming& incoming, Random& random,
                                   PreviousCounter mode) {
  assert(incoming.key_exchange);
  const KeyExchange& exchange = *incoming.key_exchange;
  assert(exchange.signed_prekey_id == signed_prekey.id && exchange.prekey_id == prekey.id);
  const Version version = incoming.message.version();
  const auto root_key = x3dh_responder(version, own, signed_prekey.pair.secret, prekey.pair.secret,
                                       exchange.identity.curve, exchange.ephemeral);
  if (!root_key) return root_key.error();
  SessionState state = state_between(version, own, exchange.identity);
  state.confirmed = true;
  state.prekey_id = exchange.prekey_id;
  state.signed_prekey_id = exchange.signed_prekey_id;
  state.ephemeral = exchange.ephemeral;
  state.root_key = *root_key;
  state.own_ratchet = signed_prekey.pair;
  return open(Session(std::move(state)), incoming.message, random, mode);
}

std::vector<std::size_t> sessions_to_try(std::span<const Session> archived, const RatchetMessage& message) {
  std::vector<std::size_t> chosen, others;
  for (std::size_t i = 0; i < archived.size(); ++i) {
    if (archived[i].version() != message.version()) continue;
    if (archived[i].knows(message)) {
      chosen.push_back(i);
    } else if (others.size() < max_unknown_key_tries) {
      others.push_back(i);
    }
  }
  chosen.insert(chosen.end(), others.begin(), others.end());
  return chosen;
}

}  // namespace omegate::omemo
