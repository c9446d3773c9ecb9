#include "bridge/core/xmpp/presence.hpp"

#include <cassert>

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

struct Name {
  PresenceType type;
  std::string_view name;
};

constexpr Name names[] = {
    {PresenceType::available, ""},
    {PresenceType::unavailable, "unavailable"},
    {PresenceType::subscribe, "subscribe"},
    {PresenceType::subscribed, "subscribed"},
    {PresenceType::unsubscribe, "unsubscribe"},
    {PresenceType::unsubscribed, "unsubscribed"},
    {PresenceType::probe, "probe"},
    {PresenceType::error, "error"},
};

std::optional<PresenceType> type_of(std::string_view name) {
  for (const Name& known : names) {
    if (known.name == name) return known.type;
  }
  return std::nullopt;
}

std::string_view name_of(PresenceType type) {
  for (const Name& known : names) {
    if (known.type == type) return known.name;
  }
  return {};
}

}  // namespace

Result<Presence> parse_presence(const xml::Element& presence) {
  const auto type = type_of(presence.attr("type").value_or(""));
  const auto from = presence.attr("from");
  if (!presence.is("presence", ns::client) || !type || !from) return Error::malformed;
  const auto jid = Jid::parse(*from);
  if (!jid) return jid.error();
  return Presence{*type, *jid, presence.child_text("status", ns::client)};
}

xml::Element available(xml::Element caps, std::string_view status) {
  xml::Element presence = xml::Element("presence", ns::client).with(std::move(caps));
  if (!status.empty()) presence.add(xml::text_element("status", ns::client, status));
  return presence;
}

xml::Element unavailable() { return xml::Element("presence", ns::client).set("type", "unavailable"); }

xml::Element subscription(PresenceType type, const Jid& to) {
  assert(name_of(type).find("subscribe") != std::string_view::npos);
  return xml::Element("presence", ns::client).set("type", name_of(type)).set("to", to.bare().to_string());
}

}  // namespace omegate::xmpp
