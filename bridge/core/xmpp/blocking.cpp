#include "bridge/core/xmpp/blocking.hpp"

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

const xml::Element* change_of(const xml::Element& iq) {
  const xml::Element* block = iq.child("block", ns::blocking);
  return block ? block : iq.child("unblock", ns::blocking);
}

}  // namespace

bool is_blocking_push(const xml::Element& iq) {
  return is_iq(iq) && iq.attr("type") == "set" && change_of(iq);
}

Result<BlockingPush> parse_blocking_push(const xml::Element& iq, const Jid& own) {
  const auto from = sender(iq);
  if (!from || !is_own_push(*from, own)) return Error::wrong_sender;
  const xml::Element* change = change_of(iq);
  if (!change) return Error::malformed;
  BlockingPush push{change->local() == "block", {}};
  for (const xml::Element& item : change->children("item", ns::blocking)) {
    const auto jid = Jid::parse(item.attr("jid").value_or(""));
    if (!jid) return Error::malformed;
    push.jids.push_back(*jid);
  }
  if (push.block && push.jids.empty()) return Error::malformed;
  return push;
}

}  // namespace omegate::xmpp
