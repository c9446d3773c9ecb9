// Asking another entity what time it has.
//
// Source: XEP-0202 2.0.
#pragma once

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/error.hpp"

namespace omegate::xmpp {

/// Payload of a get.
xml::Element time_request();
/// Of a result. Errors: `malformed`.
Result<WallTime> parse_entity_time(const xml::Element& iq);

}  // namespace omegate::xmpp
