#include "bridge/core/xmpp/entity_time.hpp"

#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {

xml::Element time_request() { return xml::Element("time", ns::entity_time); }

Result<WallTime> parse_entity_time(const xml::Element& iq) {
  const xml::Element* time = payload(iq);
  if (!time || iq.attr("type") != "result" || !time->is("time", ns::entity_time)) return Error::malformed;
  const auto utc = parse_time(time->child_text("utc", ns::entity_time));
  if (!utc) return Error::malformed;
  return *utc;
}

}  // namespace omegate::xmpp
