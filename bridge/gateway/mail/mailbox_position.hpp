// How far each folder of an IMAP server has been read, as the database remembers it.
//
// Rows of the table `kv` under an owner that no plugin can be. Not here: what the numbers mean (core/mail/imap_session.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/mail/imap_session.hpp"
#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

inline constexpr std::string_view mailboxes_owner = ":mailboxes";

/// `mailbox`: config::ImapSettings::name. Throws `std::runtime_error` for what nobody of us wrote.
std::optional<mail::ImapPosition> load_position(store::Tables& tables, const std::string& mailbox);
void save_position(store::Tables& tables, const std::string& mailbox, const mail::ImapPosition& position);

}  // namespace omegate::gateway
