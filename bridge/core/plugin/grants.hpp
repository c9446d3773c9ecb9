// May the plugin do that? Decided outside its process, after its manifest and the operator's configuration.
#pragma once

#include <optional>
#include <string>

#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/installed.hpp"

namespace omegate::plugin {

/// Why this effect of a handler for an event from `origin` is refused, or nothing. `account` must be filled
/// in. JIDs are compared without regard to ASCII case; whether `to` is a JID at all is the caller's check.
std::optional<std::string> refusal(const Effect& effect, const Installed& installed, const Origin& origin);

/// Why these registrations are refused, or nothing: hooks and subscriptions without the grant, secrets that
/// the operator did not give it, paths and names that are none, too many.
std::optional<std::string> refusal(const Ready& ready, const Installed& installed);

}  // namespace omegate::plugin
