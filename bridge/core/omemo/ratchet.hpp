// The Double Ratchet on the bare state of a session.
//
// Not here: the type others use (session.hpp), key exchanges (session.cpp), the wire format (wire.hpp).
// Source: Double Ratchet specification §3; XEP-0384 §4.3.
#pragma once

#include "bridge/core/omemo/session.hpp"

namespace omegate::omemo {

/// Does the half of a Diffie-Hellman step that `open` left for later: makes the sending chain of the new
/// ratchet key. Nothing if none is owed. Later, because most of what a bot receives it does not answer at
/// once.
void make_send_step(SessionState& state);

/// The message key of an incoming message; `state` becomes the state after it, and is spoilt on an error.
/// Errors: `message_already_received`, `too_many_skipped_messages`, `bad_key`.
Result<Secret<32>> receive_key(SessionState& state, const RatchetMessage& message, Random& random,
                               PreviousCounter mode);

/// The message key of the next outgoing message, whose header is the state's before the call.
Secret<32> send_key(SessionState& state);

/// HMAC over identities and message, of which as many bytes are taken as `out` has. `sending`: we are the
/// sender.
void authenticate(const SessionState& state, const Secret<32>& key, ByteView authenticated, bool sending,
                  std::span<Byte> out);

}  // namespace omegate::omemo
