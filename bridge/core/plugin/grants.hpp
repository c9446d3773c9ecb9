// May the plugin do that? Decided outside its process, after its manifest and the operator's configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/plugin/effect.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/frame.hpp"
#include "bridge/core/plugin/installed.hpp"

namespace omegate::plugin {

/// Fills in the accounts that the plugin left out (the event's, else the first it may use) and judges
/// everything: why the first bad one is refused, or nothing. One refusal refuses all: a handler is one
/// transaction.
///
/// JIDs are compared without regard to ASCII case; whether `to` is a JID at all is the caller's check.
std::optional<std::string> settle(std::vector<Effect>& effects, const Installed& installed,
                                  const Origin& origin);

/// Why the plugin may not make this request, or nothing: a host that its manifest does not grant or the operator did not
/// name, a path that leaves the host's URL, headers that are the gateway's.
std::optional<std::string> refusal(const Fetch& fetch, const Installed& installed);

/// Fills in the account if it is left out, and judges: why the plugin may not ask for this picture, or nothing. Whether the
/// account hears that person is the gateway's to say.
std::optional<std::string> settle(AvatarAsk& ask, const Installed& installed);

/// May whoever has this JID give the command?
bool has_role(const Command& command, const Roles& roles, std::string_view jid);

/// Why these registrations are refused, or nothing: hooks and subscriptions without the grant, secrets that
/// the operator did not give it, paths and names that are none, too many.
std::optional<std::string> refusal(const Ready& ready, const Installed& installed);

}  // namespace omegate::plugin
