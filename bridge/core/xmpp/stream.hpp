// The beginning and the end of a stream, as text and as a check.
//
// Source: RFC 6120 §4.2, §4.4, §4.7.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/result.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"
#include "bridge/core/xmpp/jid.hpp"

namespace omegate::xmpp {

/// `<?xml …?><stream:stream …>`. `from` only once TLS stands: before, it would name the account in the clear.
std::string stream_header(const Jid& server, const std::optional<Jid>& from);

inline constexpr std::string_view stream_footer = "</stream:stream>";

/// `<starttls/>`
xml::Element starttls_request();

/// Checks what the server answered: name, namespaces, version. Which domain it claims is its own business:
/// the certificate decides. Errors: `bad_stream_header`.
Result<> check_stream_header(const xml::Element& header);

/// The default namespace of a client stream: pass it to `Element::to_string`.
inline std::string to_wire(const xml::Element& stanza) { return stanza.to_string("jabber:client"); }

}  // namespace omegate::xmpp
