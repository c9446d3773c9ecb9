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
    for (const xml::Element& name : mechanisms->children("mechanism", ns::sasl)) {
      features.mechanisms.push_back(name.text());
    }
  }
  if (const auto* bindings = has("sasl-channel-binding", ns::channel_binding)) {
    read_channel_bindings(*bindings, features);
  }
  if (const auto* caps = has("c", ns::caps)) features.caps_node = caps_node(*caps);
  if (const auto* limits = has("limits", ns::stream_limits)) read_limits(*limits, features);
  return features;
}

}  // namespace omegate::xmpp
