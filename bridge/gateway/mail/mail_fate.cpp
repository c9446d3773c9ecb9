#include "bridge/gateway/mail/mail_fate.hpp"

namespace omegate::gateway {

void tell_fate(store::Tables& tables, const store::StoredMail& row, const OutgoingMail& mail, plugin::EventKind kind,
               std::vector<plugin::MailFate::Recipient> recipients, WallTime now) {
  const plugin::MailFate report{mail.account, mail.from, mail.mail.message_id, mail.mail.subject, std::move(recipients), row.attempts, now};
  tables.inbox.add({row.account, row.plugin, {}, std::string(plugin::to_text(kind)), to_bytes(plugin::payload(report))}, now);
}

}  // namespace omegate::gateway
