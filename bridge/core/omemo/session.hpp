// A session: the encryption state between our device and one other device, and the steps it can take.
//
// Every step computes the next state and leaves the given one as it was ("compute, then commit"): store
// `next` first, then act on the rest of the answer. An error has changed nothing.
//
// Not here: finding the session of a device, trust, when to send an empty message (gateway).
// Source: XEP-0384 §4, Double Ratchet specification §3, X3DH specification.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/result.hpp"
#include "bridge/core/omemo/bundle.hpp"
#include "bridge/core/omemo/keys.hpp"
#include "bridge/core/omemo/limits.hpp"
#include "bridge/core/omemo/message.hpp"

namespace omegate::omemo {

/// A message key kept for a message that has not arrived.
struct SkippedKey {
  PublicKey ratchet_key{};
  std::uint32_t counter = 0;
  Secret<32> key;
};

/// Everything a session consists of. For the algorithms and their tests; others use `Session`.
struct SessionState {
  Version version = Version::legacy;
  bool initiator = false;     // we started it
  bool confirmed = false;     // the peer has shown that it has the session; until then we repeat the exchange
  bool has_received = false;  // `remote_ratchet` is the peer's own, not its signed prekey
  bool has_sending_chain = false;
  bool has_receiving_chain = false;
  bool owes_send_step = false;  // `own_ratchet` is new: its public half and chain are made when we send
  bool heartbeat_sent = false;  // for `remote_ratchet`

  PublicKey own_identity{};     // as on the wire: curve (legacy) or ed
  PublicKey remote_identity{};  // as on the wire
  PublicKey remote_curve{};     // the remote identity key in the form trust hangs on

  Secret<32> root_key, sending_chain, receiving_chain;
  KeyPair own_ratchet;
  PublicKey remote_ratchet{};
  std::uint32_t sent = 0, received = 0, previous_sent = 0;  // Ns, Nr, PN

  std::uint32_t prekey_id = 0, signed_prekey_id = 0;  // of the exchange
  PublicKey ephemeral{};                              // of the exchange

  /// Oldest first. Shared between the states that have the same: most steps do not touch it.
  std::shared_ptr<const std::vector<SkippedKey>> skipped;
  /// The first 8 bytes of the peer's earlier ratchet keys, newest first; 0: none.
  std::array<std::uint64_t, max_remembered_ratchet_keys> old_remote_ratchets{};
};

struct Sealed;
struct Opened;

/// How the peer counts the messages of its previous chain. libsignal sends the index of the last one, the
/// specification their number; inclusive understands both and keeps one key more. Exclusive is for tests.
enum class PreviousCounter { inclusive, exclusive };

class Session {
 public:
  explicit Session(SessionState state) : state_(std::move(state)) {}

  Version version() const { return state_.version; }
  bool is_initiator() const { return state_.initiator; }

  /// False while what we send must carry the key exchange.
  bool is_confirmed() const { return state_.confirmed; }

  /// The peer's identity key; `ed` is known for `omemo2`.
  IdentityKey remote_identity() const;

  /// The key that named the session when it was started.
  const PublicKey& ephemeral() const { return state_.ephemeral; }

  /// Whether this key exchange built this session: then it is a repetition, and `open` takes its inner
  /// message.
  bool was_built_by(const KeyExchange& exchange) const;

  /// Whether a message bears a ratchet key of this session: the current one or one with a skipped key.
  /// A session that never received may be anybody's.
  bool knows(const RatchetMessage& message) const;

  /// Whether the peer's chain is so long that an empty message is due. Once per ratchet key of the peer.
  bool needs_heartbeat() const;
  Session after_heartbeat() const;

  std::size_t skipped_keys() const { return state_.skipped ? state_.skipped->size() : 0; }

  /// Without the `count` oldest skipped keys: for the account-wide limit.
  Session without_oldest_skipped(std::size_t count) const;

  const SessionState& state() const { return state_; }

 private:
  // These fill the next state where it is returned: it is 500 bytes, and a move copies them.
  friend Result<Session> parse_session(ByteView bytes);
  friend Result<Sealed> seal(const Session& session, ByteView key_material, std::uint32_t sender_device);
  friend Result<Opened> open(const Session& session, const RatchetMessage& message, Random& random,
                             PreviousCounter mode);

  SessionState state_;
};

/// For the store, which seals it: about 300 bytes, and 68 for each skipped key.
SecretBytes serialise(const Session& session);

/// Errors: `bad_state`.
Result<Session> parse_session(ByteView bytes);

/// Starts a session with the device that published `bundle`. Send something with it at once.
/// Draws two keys: the ephemeral one, then the first ratchet key.
///
/// Errors: those of `verify(bundle)`; `bad_key`, when a key of the bundle is of low order.
/// Cost:   about 250 µs, the verification included. Source: X3DH §3.3.
Result<Session> start_session(const OwnIdentity& own, const Bundle& bundle, const BundlePreKey& prekey,
                              Random& random);

struct Sealed {
  Session next;
  Bytes wire;
  bool key_exchange;  // the stanza's `prekey` or `kex` attribute
};

/// Encrypts what the payload layer gives (16, 32 or 48 bytes). `sender_device` goes into a legacy key
/// exchange as registration id and is not looked at by receivers.
///
/// Errors: `session_exhausted`.
/// Cost:   about 1.3 µs; 60 µs for the first message after one of the peer's.
/// Source: Double Ratchet §3.4 (RatchetEncrypt).
Result<Sealed> seal(const Session& session, ByteView key_material, std::uint32_t sender_device = 0);

struct Opened {
  Session next;
  SecretBytes key_material;
};

/// Decrypts one message. Store `next` before anyone sees `key_material`: a state that falls back opens the
/// same message twice. A new ratchet key is drawn when, and only when, the peer's has changed.
///
/// Errors: `bad_authentication_tag`, `message_already_received`, `too_many_skipped_messages`, `malformed`,
///         `bad_key` (a ratchet key of low order).
/// Cost:   about 1.3 µs in order; 30 µs for a new ratchet key; at most 2 × `max_skip` chain steps.
/// Source: Double Ratchet §3.5 (RatchetDecrypt).
Result<Opened> open(const Session& session, const RatchetMessage& message, Random& random,
                    PreviousCounter mode = PreviousCounter::inclusive);

/// Builds the session of a key exchange and opens its inner message. Only a success may cost the prekey.
/// `incoming.key_exchange` is set, and `signed_prekey` and `prekey` are those it names.
///
/// Errors: those of `open`; `bad_key`, when a key of the exchange is of low order.
/// Cost:   about 180 µs. Source: X3DH §3.4.
Result<Opened> accept_key_exchange(const OwnIdentity& own, const SignedPreKey& signed_prekey,
                                   const PreKey& prekey, const Incoming& incoming, Random& random,
                                   PreviousCounter mode = PreviousCounter::inclusive);

/// Which of a device's archived sessions are worth trying for a message that the current one could not open,
/// as indexes in the order given (newest first): those that know its ratchet key, then at most
/// `max_unknown_key_tries` others.
std::vector<std::size_t> sessions_to_try(std::span<const Session> archived, const RatchetMessage& message);

}  // namespace omegate::omemo
