// Requests and their answers.
//
// Source: RFC 6120 §8.2.3, §10.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/stanza_error.hpp"

namespace omegate::xmpp {

/// Without `to` a request goes to our own account, which our server answers.
xml::Element iq_get(std::string_view id, const std::optional<Jid>& to, xml::Element payload);
xml::Element iq_set(std::string_view id, const std::optional<Jid>& to, xml::Element payload);

/// Answers to a request, by its id and from. The request's own payload is not sent back.
xml::Element iq_result(const xml::Element& request);
xml::Element iq_result(const xml::Element& request, xml::Element payload);
xml::Element iq_error(const xml::Element& request, const StanzaError& error);

bool is_iq(const xml::Element& stanza);
bool is_request(const xml::Element& iq);  // get or set
bool is_answer(const xml::Element& iq);   // result or error

/// The first child element; nothing if there is none.
const xml::Element* payload(const xml::Element& iq);

/// Whether an answer with `from` may answer a request we sent to `to`: exactly that JID; or, for a request
/// without `to`, none, our bare JID, our full JID or our server. The id is compared by the caller.
/// `own` is our full JID.
bool may_answer(const std::optional<Jid>& to, const std::optional<Jid>& from, const Jid& own);

/// Who may push to us (roster, blocking): nobody but our own account. `from` as `sender` gives it.
bool is_own_push(const std::optional<Jid>& from, const Jid& own);

/// The attribute `from`. Absent: nothing. Unreadable: an error, never "absent".
Result<std::optional<Jid>> sender(const xml::Element& stanza);

xml::Element ping_request(std::string_view id, const std::optional<Jid>& to);
bool is_ping(const xml::Element& iq);

/// `<iq type='set'><bind/>…`; empty resource: the server chooses.
xml::Element bind_request(std::string_view id, std::string_view resource);
/// Our full JID as the server decided it. Errors: `malformed`, `bad_jid`.
Result<Jid> parse_bound(const xml::Element& iq);
xml::Element session_request(std::string_view id);
xml::Element enable_carbons(std::string_view id);

}  // namespace omegate::xmpp
