// What became of a mail, as the event that its plugin hears.
#pragma once

#include <vector>

#include "bridge/core/plugin/event.hpp"
#include "bridge/core/plugin/mail_event.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/mail/mail_record.hpp"

namespace omegate::gateway {

/// In the transaction of what became of it. `kind`: mail_sent or mail_failed.
void tell_fate(store::Tables& tables, const store::StoredMail& row, const OutgoingMail& mail, plugin::EventKind kind,
               std::vector<plugin::MailFate::Recipient> recipients, WallTime now);

}  // namespace omegate::gateway
