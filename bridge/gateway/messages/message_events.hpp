// What an opened message means: a text, a new text of an earlier one, a retraction, reactions, a marker,
// typing; as events for plugins.
//
// Here stands who may speak of which message. Runs inside a transaction. Not here: decrypting (receive.hpp).
// Source: XEP-0308 §5, XEP-0424 §5, XEP-0444 §4, XEP-0461, XEP-0333, XEP-0085.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/trust/policy.hpp"
#include "bridge/core/xmpp/message.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Who said it, as far as cryptography knows.
struct Writer {
  std::optional<crypto::PublicKey> key;  // nothing: it was not encrypted
  omemo::DeviceId device{0};
  omemo::Version version = omemo::Version::legacy;
  trust::Level level = trust::Level::undecided;
  bool shared = false;  // see plugin::Message
};

/// What was said: of OMEMO 2 from the envelope, of legacy from payload and stanza.
struct SaidContent {
  std::optional<std::string> text;
  xmpp::Annotations annotations;
  std::vector<plugin::File> files = {};
};

struct MessageEvent {
  plugin::EventKind kind;
  std::string payload;
  std::string plugin;  // only this one is to hear of it; empty: all that listen
};

/// In the order of the specifications: one message is one thing; a text may bring a marker or a state along.
std::vector<MessageEvent> events_of(store::Tables& tables, const Sender& self,
                                    const xmpp::ChatMessage& message, const Writer& writer,
                                    const SaidContent& said, WallTime now);

}  // namespace omegate::gateway
