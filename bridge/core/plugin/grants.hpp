// May the plugin do that? Decided outside its process, after its manifest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/manifest.hpp"

namespace omegate::plugin {

/// Why this effect of a handler for an event from `origin` is refused, or nothing. JIDs are compared without
/// regard to ASCII case; whether `to` is a JID at all is the caller's check.
std::optional<std::string> refusal(const Effect& effect, const Grants& grants, const CheckedConfig& config,
                                   const Origin& origin);

/// Why these registrations are refused, or nothing: hooks without the grant, secrets that neither names,
/// subscriptions without the grant, names that are none.
std::optional<std::string> refusal(const Ready& ready, const Grants& grants, const CheckedConfig& config);

}  // namespace omegate::plugin
