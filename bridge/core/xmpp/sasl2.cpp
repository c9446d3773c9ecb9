#include "bridge/core/xmpp/sasl2.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

xml::Element agent_element(const Authenticate& request) {
  return xml::Element("user-agent", ns::sasl2)
      .set("id", request.agent)
      .with(xml::text_element("software", ns::sasl2, request.software));
}

xml::Element bind_element(const Authenticate::Bind& request) {
  xml::Element bind("bind", ns::bind2);
  bind.add(xml::text_element("tag", ns::bind2, request.tag));
  if (request.management) bind.add(sm_enable());
  if (request.carbons) bind.add(xml::Element("enable", ns::carbons));
  return bind;
}

/// No element: no data. An empty one: data of no length.
Result<std::optional<std::string>> decode_child(const xml::Element& element, std::string_view local) {
  const xml::Element* child = element.child(local, ns::sasl2);
  if (!child) return std::optional<std::string>();
  const auto bytes = crypto::from_base64(child->text());
  if (!bytes) return Error::bad_encoding;
  return std::optional<std::string>(as_text(*bytes));
}

Sasl2Success::Bound parse_bound(const xml::Element& element) {
  Sasl2Success::Bound bound;
  if (const auto* enabled = element.child("enabled", ns::stream_management))
    bound.management = parse_sm_enabled(*enabled);
  bound.carbons = element.child("enabled", ns::carbons) != nullptr;
  return bound;
}

void parse_token(const xml::Element& element, Sasl2Success& success) {
  const auto secret = element.attr("token");
  const auto expiry = parse_time(element.attr("expiry").value_or(""));
  if (!secret || secret->empty() || !expiry) return;
  success.token = crypto::SecretBytes(as_bytes(*secret));
  success.token_expiry = *expiry;
}

Result<Sasl2Answer> parse_success(const xml::Element& element) {
  Sasl2Success success;
  auto data = decode_child(element, "additional-data");
  if (!data) return data.error();
  success.data = *std::move(data);
  success.identifier = element.child_text("authorization-identifier", ns::sasl2);
  if (const auto* bound = element.child("bound", ns::bind2)) success.bound = parse_bound(*bound);
  if (const auto* resumed = element.child("resumed", ns::stream_management)) {
    const auto h = sm_h(*resumed);
    if (!h) return h.error();
    success.resumed = *h;
  }
  if (const auto* failed = element.child("failed", ns::stream_management)) {
    success.resume_failed = true;
    if (const auto h = sm_h(*failed)) success.failed_h = *h;
  }
  if (const auto* token = element.child("token", ns::fast)) parse_token(*token, success);
  return Sasl2Answer(std::move(success));
}

}  // namespace

xml::Element sasl2_authenticate(const Authenticate& request) {
  xml::Element element("authenticate", ns::sasl2);
  element.set("mechanism", request.mechanism);
  element.add(xml::text_element("initial-response", ns::sasl2,
                                crypto::to_base64(as_bytes(request.initial_response))));
  element.add(agent_element(request));
  if (request.token_uses) {
    element.add(xml::Element("fast", ns::fast).set("count", std::to_string(*request.token_uses)));
  }
  if (!request.wanted_token.empty()) {
    element.add(xml::Element("request-token", ns::fast).set("mechanism", request.wanted_token));
  }
  if (request.resume) element.add(sm_resume(request.resume->previous_id, request.resume->h));
  if (request.bind) element.add(bind_element(*request.bind));
  return element;
}

xml::Element sasl2_response(std::string_view data) {
  return xml::text_element("response", ns::sasl2, crypto::to_base64(as_bytes(data)));
}

Result<Sasl2Answer> parse_sasl2(const xml::Element& element) {
  if (element.is("success", ns::sasl2)) return parse_success(element);
  if (element.is("failure", ns::sasl2)) return Sasl2Answer(parse_sasl_failure(element));
  if (element.is("continue", ns::sasl2)) return Sasl2Answer(Sasl2Continue());
  if (!element.is("challenge", ns::sasl2)) return Error::malformed;
  const auto bytes = crypto::from_base64(element.text());
  if (!bytes) return Error::bad_encoding;
  return Sasl2Answer(SaslChallenge{std::string(as_text(*bytes))});
}

}  // namespace omegate::xmpp
