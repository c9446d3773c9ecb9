#include "bridge/core/xmpp/iq.hpp"

#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

xml::Element request(std::string_view type, std::string_view id, const std::optional<Jid>& to,
                     xml::Element payload) {
  xml::Element iq("iq", ns::client);
  iq.set("type", type).set("id", id);
  if (to) iq.set("to", to->to_string());
  iq.add(std::move(payload));
  return iq;
}

xml::Element answer(std::string_view type, const xml::Element& request) {
  xml::Element iq("iq", ns::client);
  iq.set("type", type).set("id", request.attr("id").value_or(""));
  if (const auto from = request.attr("from")) iq.set("to", *from);
  return iq;
}

std::string_view type_of(const xml::Element& iq) { return iq.attr("type").value_or(""); }

bool is_our_account(const Jid& from, const Jid& own) {
  return from == own || from == own.bare() || from == own.server();
}

}  // namespace

xml::Element iq_get(std::string_view id, const std::optional<Jid>& to, xml::Element payload) {
  return request("get", id, to, std::move(payload));
}

xml::Element iq_set(std::string_view id, const std::optional<Jid>& to, xml::Element payload) {
  return request("set", id, to, std::move(payload));
}

xml::Element iq_result(const xml::Element& request) { return answer("result", request); }

xml::Element iq_result(const xml::Element& request, xml::Element payload) {
  return answer("result", request).with(std::move(payload));
}

xml::Element iq_error(const xml::Element& request, const StanzaError& error) {
  return answer("error", request).with(to_element(error));
}

bool is_iq(const xml::Element& stanza) { return stanza.is("iq", ns::client); }

bool is_request(const xml::Element& iq) {
  return is_iq(iq) && (type_of(iq) == "get" || type_of(iq) == "set");
}

bool is_answer(const xml::Element& iq) {
  return is_iq(iq) && (type_of(iq) == "result" || type_of(iq) == "error");
}

const xml::Element* payload(const xml::Element& iq) {
  return iq.children().empty() ? nullptr : &iq.children().front();
}

bool may_answer(const std::optional<Jid>& to, const std::optional<Jid>& from, const Jid& own) {
  if (!to) return !from || is_our_account(*from, own);
  // Our server answers for our bare JID, and may leave the name out.
  if (!from) return *to == own.bare();
  return *from == *to;
}

bool is_own_push(const std::optional<Jid>& from, const Jid& own) { return !from || *from == own.bare(); }

Result<std::optional<Jid>> sender(const xml::Element& stanza) {
  const auto from = stanza.attr("from");
  if (!from) return std::optional<Jid>();
  auto jid = Jid::parse(*from);
  if (!jid) return jid.error();
  return std::optional<Jid>(*std::move(jid));
}

xml::Element ping_request(std::string_view id, const std::optional<Jid>& to) {
  return iq_get(id, to, xml::Element("ping", ns::ping));
}

bool is_ping(const xml::Element& iq) {
  return is_iq(iq) && type_of(iq) == "get" && iq.child("ping", ns::ping) != nullptr;
}

xml::Element bind_request(std::string_view id, std::string_view resource) {
  xml::Element bind("bind", ns::bind);
  if (!resource.empty()) bind.add(xml::text_element("resource", ns::bind, resource));
  return iq_set(id, std::nullopt, std::move(bind));
}

Result<Jid> parse_bound(const xml::Element& iq) {
  const xml::Element* bind = iq.child("bind", ns::bind);
  if (type_of(iq) != "result" || !bind) return Error::malformed;
  auto jid = Jid::parse(bind->child_text("jid", ns::bind));
  if (jid && jid->is_bare()) return Error::malformed;
  return jid;
}

xml::Element session_request(std::string_view id) {
  return iq_set(id, std::nullopt, xml::Element("session", ns::session));
}

xml::Element enable_carbons(std::string_view id) {
  return iq_set(id, std::nullopt, xml::Element("enable", ns::carbons));
}

}  // namespace omegate::xmpp
