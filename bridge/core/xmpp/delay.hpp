// When something was said that comes late.
//
// Not here: reading the stamps of archives and servers (message.hpp). Source: XEP-0203 2.0.
#pragma once

#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {

/// `from`: who vouches for the time.
inline xml::Element delay_element(const Jid& from, WallTime said) {
  return xml::Element("delay", ns::delay).set("from", from.bare().to_string()).set("stamp", format_time(said));
}

}  // namespace omegate::xmpp
