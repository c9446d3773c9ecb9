#include "bridge/core/xmpp/roster.hpp"

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

Subscription parse_subscription(std::string_view text) {
  if (text == "to") return Subscription::to;
  if (text == "from") return Subscription::from;
  if (text == "both") return Subscription::both;
  if (text == "remove") return Subscription::remove;
  return Subscription::none;
}

Result<RosterItem> parse_item(const xml::Element& element) {
  const auto jid = Jid::parse(element.attr("jid").value_or(""));
  if (!jid) return jid.error();
  RosterItem item{.jid = jid->bare()};
  item.subscription = parse_subscription(element.attr("subscription").value_or(""));
  item.pending_out = element.attr("ask") == "subscribe";
  item.name = element.attr("name").value_or("");
  return item;
}

}  // namespace

xml::Element roster_request(std::string_view version) {
  xml::Element query("query", ns::roster);
  if (!version.empty()) query.set("ver", version);
  return query;
}

xml::Element roster_set(const Jid& contact, std::string_view name) {
  xml::Element item = xml::Element("item", ns::roster).set("jid", contact.bare().to_string());
  if (!name.empty()) item.set("name", name);
  return xml::Element("query", ns::roster).with(std::move(item));
}

Result<Roster> parse_roster(const xml::Element& iq) {
  const xml::Element* query = iq.child("query", ns::roster);
  if (!query) return Error::malformed;
  Roster roster;
  roster.version = query->attr("ver").value_or("");
  for (const xml::Element& element : query->children("item", ns::roster)) {
    if (auto item = parse_item(element)) roster.items.push_back(*std::move(item));
  }
  return roster;
}

bool is_roster_push(const xml::Element& iq) {
  return is_iq(iq) && iq.attr("type") == "set" && iq.child("query", ns::roster) != nullptr;
}

Result<RosterItem> parse_roster_push(const xml::Element& iq, const Jid& own) {
  const auto from = sender(iq);
  if (!from || !is_own_push(*from, own)) return Error::wrong_sender;
  const xml::Element* query = iq.child("query", ns::roster);
  if (!query || query->children().size() != 1) return Error::malformed;
  const xml::Element* item = query->child("item", ns::roster);
  if (!item) return Error::malformed;
  return parse_item(*item);
}

}  // namespace omegate::xmpp
