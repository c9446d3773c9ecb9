#include "bridge/core/xmpp/moderation.hpp"

#include "bridge/core/plugin/limits.hpp"
#include "bridge/core/plugin/utf8.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/namespaces.hpp"

namespace omegate::xmpp {
namespace {

// What a bot may give as a reason is not cut where it comes back.
static_assert(plugin::max_moderation_reason <= max_moderation_reason);

/// What was done, and to which message: of either version of the specification.
struct Found {
  const xml::Element* moderated = nullptr;
  const xml::Element* around = nullptr;  // has the reason
  std::string id;
};

std::optional<Found> find_moderated(const xml::Element& message) {
  if (const auto* retract = message.child("retract", ns::retraction)) {
    const auto* moderated = retract->child("moderated", ns::moderation);
    if (!moderated) return std::nullopt;
    return Found{moderated, retract, std::string(retract->attr("id").value_or(""))};
  }
  const auto* apply = message.child("apply-to", ns::fasten);
  const auto* moderated = apply ? apply->child("moderated", ns::moderation_0) : nullptr;
  if (!moderated || !moderated->child("retract", ns::retraction_0)) return std::nullopt;
  return Found{moderated, moderated, std::string(apply->attr("id").value_or(""))};
}

std::string reason_in(const Found& found) {
  for (const xml::Element& child : found.around->children()) {
    if (child.local() == "reason") return std::string(plugin::cut_utf8(child.text(), max_moderation_reason));
  }
  return {};
}

}  // namespace

std::optional<Moderation> parse_moderation(const xml::Element& message) {
  const auto from = Jid::parse(message.attr("from").value_or(""));
  if (!from || !from->is_bare() || message.attr("type") != "groupchat") return std::nullopt;
  auto found = find_moderated(message);
  if (!found || found->id.empty() || found->id.size() > max_id) return std::nullopt;
  Moderation moderation{*from, std::move(found->id), std::nullopt, reason_in(*found)};
  const auto by = Jid::parse(found->moderated->attr("by").value_or(""));
  if (by && by->same_bare(*from) && !by->is_bare()) moderation.by = *by;
  return moderation;
}

std::optional<ModerationVersion> moderation_offered(const DiscoInfo& info) {
  if (info.has(ns::moderation)) return ModerationVersion::v0_3;
  if (info.has(ns::moderation_0)) return ModerationVersion::v0_2;
  return std::nullopt;
}

xml::Element moderation_request(ModerationVersion version, std::string_view id, std::string_view reason) {
  const bool is_new = version == ModerationVersion::v0_3;
  const ns::Name space = is_new ? ns::moderation : ns::moderation_0;
  xml::Element moderate("moderate", space);
  moderate.add(xml::Element("retract", is_new ? ns::retraction : ns::retraction_0));
  if (!reason.empty()) moderate.add(xml::text_element("reason", space, reason));
  if (is_new) {
    moderate.set("id", id);
    return moderate;
  }
  xml::Element apply("apply-to", ns::fasten);
  apply.set("id", id).add(std::move(moderate));
  return apply;
}

}  // namespace omegate::xmpp
