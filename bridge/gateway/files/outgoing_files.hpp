// A file of the table as the content of a message.
#pragma once

#include <optional>
#include <string_view>

#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/outgoing.hpp"

namespace omegate::gateway {

/// Nothing: there is no such file, or its content is not here. Runs inside a transaction.
std::optional<OutgoingFile> outgoing_file(store::Tables& tables, std::string_view handle);

}  // namespace omegate::gateway
