#include "bridge/core/xmpp/features.hpp"

#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/number.hpp"

namespace omegate::xmpp {
namespace {

void read_limits(const xml::Element& limits, Features& features) {
  features.max_bytes = parse_number<std::uint64_t>(limits.child_text("max-bytes", ns::stream_limits));
  if (const auto idle = parse_number<std::uint32_t>(limits.child_text("idle-seconds", ns::stream_limits))) {
    features.idle = std::chrono::seconds(*idle);
  }
}

void read_channel_bindings(const xml::Element& list, Features& features) {
  auto& bindings = features.channel_bindings.emplace();
  for (const xml::Element& binding : list.children("channel-binding", ns::channel_binding)) {
    if (const auto type = binding.attr("type")) bindings.emplace_back(*type);
  }
}

std::vector<std::string> mechanism_names(const xml::Element& list, std::string_view space) {
  std::vector<std::string> names;
  for (const xml::Element& name : list.children("mechanism", space)) names.push_back(name.text());
  return names;
}

void read_bind2(const xml::Element& bind, Sasl2Features& sasl2) {
  sasl2.bind = true;
  const xml::Element* inlined = bind.child("inline", ns::bind2);
  if (!inlined) return;
  for (const xml::Element& feature : inlined->children("feature", ns::bind2)) {
    const std::string_view var = feature.attr("var").value_or("");
    if (var == ns::stream_management) sasl2.bind_management = true;
    if (var == ns::carbons) sasl2.bind_carbons = true;
  }
}

Sasl2Features read_sasl2(const xml::Element& authentication) {
  Sasl2Features sasl2;
  sasl2.mechanisms = mechanism_names(authentication, ns::sasl2);
  const xml::Element* inlined = authentication.child("inline", ns::sasl2);
  if (!inlined) return sasl2;
  sasl2.resume = inlined->child("sm", ns::stream_management) != nullptr;
  if (const auto* bind = inlined->child("bind", ns::bind2)) read_bind2(*bind, sasl2);
  if (const auto* fast = inlined->child("fast", ns::fast)) sasl2.fast = mechanism_names(*fast, ns::fast);
  return sasl2;
}

std::string caps_node(const xml::Element& caps) {
  const auto node = caps.attr("node"), ver = caps.attr("ver");
  if (!node || !ver) return {};
  return std::string(*node) + '#' + std::string(*ver);
}

}  // namespace

bool is_features(const xml::Element& element) { return element.is("features", ns::streams); }

Features parse_features(const xml::Element& element) {
  Features features;
  const auto has = [&](std::string_view local, std::string_view space) {
    return element.child(local, space);
  };
  features.tls = has("starttls", ns::tls);
  features.bind = has("bind", ns::bind);
  features.stream_management = has("sm", ns::stream_management);
  features.roster_versions = has("ver", ns::roster_versions);
  if (const auto* session = has("session", ns::session))
    features.session = !session->child("optional", ns::session);
  if (const auto* mechanisms = has("mechanisms", ns::sasl)) {
    features.mechanisms = mechanism_names(*mechanisms, ns::sasl);
  }
  if (const auto* sasl2 = has("authentication", ns::sasl2)) features.sasl2 = read_sasl2(*sasl2);
  if (const auto* bindings = has("sasl-channel-binding", ns::channel_binding)) {
    read_channel_bindings(*bindings, features);
  }
  if (const auto* caps = has("c", ns::caps)) features.caps_node = caps_node(*caps);
  if (const auto* limits = has("limits", ns::stream_limits)) read_limits(*limits, features);
  return features;
}

}  // namespace omegate::xmpp
