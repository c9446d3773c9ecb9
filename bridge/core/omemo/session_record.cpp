// The stored form of a session.
#include "bridge/core/omemo/record.hpp"
#include "bridge/core/omemo/session.hpp"

namespace omegate::omemo {
namespace {

// Format 1, little endian:
//   head: 1 format, 1 flags, 5 × 4 counters and ids, 1 number of old ratchet keys, 2 number of skipped keys
//   body: 5 × 32 public keys, 4 × 32 secrets; OMEMO 2 has the remote identity in its curve form, too: 32
//   tail: old ratchet keys of 8, skipped keys of 68
constexpr Byte format = 1;
constexpr std::size_t head_size = 1 + 1 + 5 * 4 + 1 + 2;
constexpr std::size_t old_size = 8, skipped_size = 32 + 4 + 32;

constexpr std::size_t body_size(Version version) { return 32 * (version == Version::omemo2 ? 10 : 9); }

enum Flag : unsigned {
  omemo2 = 1,
  initiator = 2,
  confirmed = 4,
  has_received = 8,
  has_sending_chain = 16,
  has_receiving_chain = 32,
  owes_send_step = 64,
  heartbeat_sent = 128,
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

Byte count_old(const SessionState& state) {
  const auto& old = state.old_remote_ratchets;
  return static_cast<Byte>(std::find(old.begin(), old.end(), 0u) - old.begin());
}

/// The fixed part in its order, for writing and reading.
template <class State, class Visit>
void visit_body(State& state, Visit visit) {
  visit(state.own_identity);
  visit(state.remote_identity);
  visit(state.own_ratchet.curve);
  visit(state.remote_ratchet);
  visit(state.ephemeral);
  visit(state.root_key);
  visit(state.sending_chain);
  visit(state.receiving_chain);
  visit(state.own_ratchet.secret);
  if (state.version == Version::omemo2) visit(state.remote_curve);
}

template <class State, class Visit>
void visit_numbers(State& state, Visit visit) {
  visit(state.sent);
  visit(state.received);
  visit(state.previous_sent);
  visit(state.prekey_id);
  visit(state.signed_prekey_id);
}

struct Put {
  RecordWriter& out;
  void operator()(const PublicKey& key) const { out.put(key); }
  void operator()(const Secret<32>& secret) const { out.put(secret.bytes()); }
};

struct Read {
  RecordReader& in;
  void operator()(PublicKey& key) const { in.read(key); }
  void operator()(Secret<32>& secret) const { in.read(secret.writable()); }
};

std::shared_ptr<const std::vector<SkippedKey>> read_skipped(RecordReader& in, std::size_t count) {
  if (count == 0) return nullptr;
  auto keys = std::make_shared<std::vector<SkippedKey>>(count);
  for (SkippedKey& key : *keys) {
    in.read(key.ratchet_key);
    in.read_number(key.counter);
    in.read(key.key.writable());
  }
  return keys;
}

}  // namespace

SecretBytes serialise(const Session& session) {
  const SessionState& state = session.state();
  const Byte old = count_old(state);
  const auto skipped = static_cast<std::uint16_t>(session.skipped_keys());
  RecordWriter out(head_size + body_size(state.version) + old_size * old + skipped_size * skipped);
  out.put_number(format);
  out.put_number(static_cast<Byte>(flags_of(state)));
  visit_numbers(state, [&](std::uint32_t number) { out.put_number(number); });
  out.put_number(old);
  out.put_number(skipped);
  visit_body(state, Put{out});
  for (std::size_t i = 0; i < old; ++i) out.put_number(state.old_remote_ratchets[i]);
  for (std::size_t i = 0; i < skipped; ++i) {
    const SkippedKey& key = (*state.skipped)[i];
    out.put(key.ratchet_key);
    out.put_number(key.counter);
    out.put(key.key.bytes());
  }
  return out.take();
}

Result<Session> parse_session(ByteView bytes) {
  if (bytes.size() < head_size || bytes.front() != format) return Error::bad_state;
  Result<Session> session{Session(SessionState())};
  SessionState& state = session->state_;
  RecordReader in(bytes.subspan(1));
  Byte flags = 0, old = 0;
  std::uint16_t skipped = 0;
  in.read_number(flags);
  set_flags(state, flags);
  visit_numbers(state, [&](std::uint32_t& number) { in.read_number(number); });
  in.read_number(old);
  in.read_number(skipped);
  if (old > state.old_remote_ratchets.size() || skipped > max_skipped_keys ||
      in.left() != body_size(state.version) + old_size * old + skipped_size * skipped) {
    return Error::bad_state;
  }
  visit_body(state, Read{in});
  if (state.version == Version::legacy) state.remote_curve = state.remote_identity;
  for (std::size_t i = 0; i < old; ++i) in.read_number(state.old_remote_ratchets[i]);
  state.skipped = read_skipped(in, skipped);
  return session;
}

}  // namespace omegate::omemo
