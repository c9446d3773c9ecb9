// The contact list.
//
// Source: RFC 6121 §2.
#pragma once

#include <string>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

enum class Subscription { none, to, from, both, remove };

struct RosterItem {
  Jid jid;  // bare
  Subscription subscription = Subscription::none;
  bool pending_out = false;  // we asked for their presence
  std::string name = {};

  /// Whether they see our presence.
  bool sees_us() const { return subscription == Subscription::from || subscription == Subscription::both; }
};

/// Payload of a get; `version` empty: without versioning.
xml::Element roster_request(std::string_view version = {});
/// Payload of a set.
xml::Element roster_set(const Jid& contact, std::string_view name = {});

struct Roster {
  std::vector<RosterItem> items;
  std::string version;
};

/// Of a result. Items with unreadable JIDs are skipped. Errors: `malformed`.
Result<Roster> parse_roster(const xml::Element& iq);

/// Of an IQ set that came unasked. `own` is our full JID.
/// Errors: `wrong_sender` (answer service-unavailable, change nothing), `malformed`, `bad_jid`.
Result<RosterItem> parse_roster_push(const xml::Element& iq, const Jid& own);
bool is_roster_push(const xml::Element& iq);

}  // namespace omegate::xmpp
