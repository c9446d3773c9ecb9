// A stored event as its reader gets it: its id, and how far the key that wrote it is trusted now, which is what counts when somebody hears of it: a key that
// was revoked meanwhile is not heard, one that was approved is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

/// By which a plugin or a client of the API knows the event of this row, at every attempt.
std::string event_id(store::InboxId row);

/// The bare JID of the account of that name; nothing: there is none any more.
using JidOfAccount = std::function<std::optional<std::string>(std::string_view name)>;

/// The payload with the trust of now; as it is for events that nobody said. Runs inside a transaction.
std::string judged_now(store::Tables& tables, const JidOfAccount& jid_of, plugin::EventKind kind, std::string payload);

}  // namespace omegate::gateway
