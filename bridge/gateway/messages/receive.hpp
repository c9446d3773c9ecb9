// The one place where ciphertext becomes a message: open, note, store, all in one transaction.
//
// Not here: who sent a stanza (core/xmpp/message.hpp), what follows for the stream: receipts, empty messages,
// refreshes (account_session.hpp), plugins (inbox_worker.hpp).
// Source: XEP-0384 §5.5, flow 5.1 of the architecture.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/trust/policy.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/listeners.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Who receives, and which plugins are to hear of it.
struct Reader {
  Sender self;
  Listeners plugins;
  const config::AccountSettings* settings = nullptr;  // without them nothing is answered in a chat
  std::chrono::hours keep_files = std::chrono::hours(24) * 7;  // what somebody offers is remembered so long
};

struct Received {
  enum class Kind {
    message,           // opened; `text` went to the plugins
    not_allowed,       // opened, but its key is not allowed: kept parked, until somebody decides
    empty,             // opened: an empty message, nothing to show
    control,           // opened: no text (a receipt, a marker, …)
    own,               // written by another device of ours, or a reflection
    duplicate,         // known already
    not_for_us,        // no key for our device
    identity_changed,  // a key exchange with another identity key than the device had; refused
    undecryptable,     // `error` says why
  };
  Kind kind = Kind::undecryptable;
  boost::system::error_code error;
  std::optional<store::DeviceRef> device;  // that wrote it
  std::string fingerprint;
  trust::Level level = trust::Level::undecided;

  bool built_session = false;   // complete it with an empty message
  bool heartbeat_due = false;   // the same, because its chain is long
  bool used_prekey = false;     // publish the bundle again
  bool unknown_device = false;  // not in its list: fetch the list again
  bool inboxed = false;         // inbox rows were added
  bool answered = false;        // we wrote something by ourselves: outbox rows were added, held ones may be due
  bool wants_receipt = false;   // inside or outside the envelope
  std::optional<store::UnreadId> unread{};  // the row that remembers why it could not be read
  bool confirmed = false;       // it carried a receipt that changed an outbox row
};

std::string_view name(Received::Kind kind);

/// Runs inside a transaction. The sender must be on the allow-list: the caller has checked.
Received receive_message(store::Tables& tables, const Reader& reader, const xmpp::ChatMessage& message, Random& random,
                         WallTime now);

/// What clients say beside encryption whatever they encrypt: reactions, markers, who is typing. Never a text, and nothing
/// that changes one. True: inbox rows were added.
bool receive_in_the_clear(store::Tables& tables, const Reader& reader, const xmpp::ChatMessage& message, WallTime now);

}  // namespace omegate::gateway
