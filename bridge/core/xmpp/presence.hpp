// Presence: ours, and who asks for it.
//
// Source: RFC 6121 §3, §4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

enum class PresenceType {
  available,
  unavailable,
  subscribe,
  subscribed,
  unsubscribe,
  unsubscribed,
  probe,
  error
};

struct Presence {
  PresenceType type = PresenceType::available;
  Jid from;
  std::string status;  // the text that comes with it
};

/// Errors: `malformed` (no from, unknown type), `bad_jid`.
Result<Presence> parse_presence(const xml::Element& presence);

/// `caps` is the `<c/>` of disco.hpp.
xml::Element available(xml::Element caps, std::string_view status = {});
xml::Element unavailable();
/// subscribe, subscribed, unsubscribe, unsubscribed.
xml::Element subscription(PresenceType type, const Jid& to);

}  // namespace omegate::xmpp
