// Which session opens a ratchet message, and what that changes in the tables.
//
// Runs inside a transaction. Not here: payload, content, trust (receive.hpp).
// Source: XEP-0384 §4.3, §5.5; Double Ratchet practice for repeated key exchanges and archived sessions.
#pragma once

#include "bridge/core/base/random.hpp"
#include "bridge/core/omemo/message.hpp"
#include "bridge/core/omemo/session.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

enum class OpeningError {
  identity_changed = 1,  // the device had another identity key, and the new one is not allowed
  unknown_prekey,        // deleted, or never ours
  unknown_signed_prekey,
  no_session,
};

boost::system::error_code make_error_code(OpeningError error);

struct OpenedMessage {
  omemo::SecretBytes key_material;
  omemo::PublicKey key{};  // identity key of the writer
  bool built_session = false;
  bool needs_heartbeat = false;
};

/// Stores the next state of the session that opened it. An error has changed nothing, except that a changed
/// identity key is noted in the ledger.
/// Errors: `OpeningError`, `omemo::Error`.
Result<OpenedMessage> open_in_tables(store::Tables& tables, const Sender& self, const store::DeviceRef& from,
                                     const omemo::Incoming& incoming, Random& random, WallTime now);

}  // namespace omegate::gateway

template <>
struct boost::system::is_error_code_enum<omegate::gateway::OpeningError> : std::true_type {};
