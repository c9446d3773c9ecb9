// The stored form of a session.
#include "bridge/core/omemo/record.hpp"
#include "bridge/core/omemo/session.hpp"

namespace omegate::omemo {
namespace {

// Format 1, little endian:
//   1 format, 2 flags, 5 × 4 counters and ids, 1 number of old ratchet keys, 2 number of skipped keys,
//   6 × 32 public keys (the remote curve form only for OMEMO 2), 4 × 32 secrets,
//   old ratchet keys of 8, skipped keys of 68.
constexpr Byte format = 1;
constexpr std::size_t skipped_size = 32 + 4 + 32;

enum Flag : unsigned {
  omemo2 = 1,
  initiator = 2,
  confirmed = 4,
  has_received = 8,
  has_sending_chain = 16,
  has_receiving_chain = 32,
  owes_send_step = 64,
  heartbeat_sent = 128,
  all_flags = 255,
};

unsigned flags_of(const SessionState& state) {
  return (state.version == Version::omemo2 ? omemo2 : 0u) | (state.initiator ? initiator : 0u) |
         (state.confirmed ? confirmed : 0u) | (state.has_received ? has_received : 0u) |
         (state.has_sending_chain ? has_sending_chain : 0u) |
         (state.has_receiving_chain ? has_receiving_chain : 0u) |
         (state.owes_send_step ? owes_send_step : 0u) | (state.heartbeat_sent ? heartbeat_sent : 0u);
}

void set_flags(SessionState& state, unsigned flags) {
  state.version = (flags & omemo2) != 0 ? Version::omemo2 : Version::legacy;
  state.initiator = (flags & initiator) != 0;
  state.confirmed = (flags & confirmed) != 0;
  state.has_received = (flags & has_received) != 0;
  state.has_sending_chain = (flags & has_sending_chain) != 0;
  state.has_receiving_chain = (flags & has_receiving_chain) != 0;
  state.owes_send_step = (flags & owes_send_step) != 0;
  state.heartbeat_sent = (flags & heartbeat_sent) != 0;
}

std::size_t public_keys_in(Version version) { return version == Version::omemo2 ? 6 : 5; }

std::size_t count_old(const SessionState& state) {
  const auto& old = state.old_remote_ratchets;
  return static_cast<std::size_t>(std::find(old.begin(), old.end(), 0u) - old.begin());
}

}  // namespace

SecretBytes serialise(const Session& session) {
  const SessionState& state = session.state();
  const std::size_t old = count_old(state), skipped = session.skipped_keys();
  RecordWriter out(1 + 2 + 20 + 1 + 2 + 32 * public_keys_in(state.version) + 32 * 4 + 8 * old +
                   skipped_size * skipped);
  out.put_byte(format);
  out.put_number(flags_of(state), 2);
  for (const std::uint32_t number :
       {state.sent, state.received, state.previous_sent, state.prekey_id, state.signed_prekey_id}) {
    out.put_number(number);
  }
  out.put_number(old, 1);
  out.put_number(skipped, 2);
  for (const PublicKey* key : {&state.own_identity, &state.remote_identity, &state.own_ratchet.curve,
                               &state.remote_ratchet, &state.ephemeral}) {
    out.put(*key);
  }
  if (state.version == Version::omemo2) out.put(state.remote_curve);
  for (const Secret<32>* secret :
       {&state.root_key, &state.sending_chain, &state.receiving_chain, &state.own_ratchet.secret}) {
    out.put(secret->bytes());
  }
  for (std::size_t i = 0; i < old; ++i) out.put_number(state.old_remote_ratchets[i], 8);
  for (std::size_t i = 0; i < skipped; ++i) {
    const SkippedKey& key = (*state.skipped)[i];
    out.put(key.ratchet_key);
    out.put_number(key.counter);
    out.put(key.key.bytes());
  }
  return out.take();
}

Result<Session> parse_session(ByteView bytes) {
  RecordReader in(bytes);
  SessionState state;
  const Byte stored_format = in.byte();
  const auto flags = static_cast<unsigned>(in.number(2));
  set_flags(state, flags);
  for (std::uint32_t* number :
       {&state.sent, &state.received, &state.previous_sent, &state.prekey_id, &state.signed_prekey_id}) {
    *number = in.number();
  }
  const std::size_t old = in.number(1), skipped = in.number(2);
  for (PublicKey* key : {&state.own_identity, &state.remote_identity, &state.own_ratchet.curve,
                         &state.remote_ratchet, &state.ephemeral}) {
    in.read(*key);
  }
  state.remote_curve = state.remote_identity;
  if (state.version == Version::omemo2) in.read(state.remote_curve);
  for (Secret<32>* secret :
       {&state.root_key, &state.sending_chain, &state.receiving_chain, &state.own_ratchet.secret}) {
    in.read(secret->writable());
  }
  if (stored_format != format || flags > all_flags || old > state.old_remote_ratchets.size() ||
      skipped > max_skipped_keys || in.left() != 8 * old + skipped_size * skipped) {
    return Error::bad_state;
  }
  for (std::size_t i = 0; i < old; ++i) state.old_remote_ratchets[i] = in.number(8);
  if (skipped == 0) return Session(std::move(state));
  auto keys = std::make_shared<std::vector<SkippedKey>>(skipped);
  for (SkippedKey& key : *keys) {
    in.read(key.ratchet_key);
    key.counter = in.number();
    in.read(key.key.writable());
  }
  state.skipped = std::move(keys);
  return Session(std::move(state));
}

}  // namespace omegate::omemo
