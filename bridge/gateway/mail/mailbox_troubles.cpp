#include "bridge/gateway/mail/mailbox_troubles.hpp"

#include <algorithm>

#include "bridge/gateway/mail/mailbox_limits.hpp"

namespace omegate::gateway {

std::chrono::milliseconds MailboxTroubles::pause_after(const mail::ImapTrouble& trouble, std::chrono::milliseconds stood) {
  const FailureKind kind = trouble.is_lasting || trouble.mail ? FailureKind::tls : FailureKind::network;
  const std::chrono::milliseconds pause = backoff_.after(kind, stood).value_or(longest_calm_pause);
  if (!trouble.mail) return pause;
  tries_ = failing_ == trouble.mail ? tries_ + 1 : 1;
  failing_ = trouble.mail;
  if (tries_ >= mailbox_tries) unreadable_ = failing_;
  return std::max<std::chrono::milliseconds>(pause, mailbox_try_distance);  // the backoff alone may draw less
}

void MailboxTroubles::forget_mail() {
  failing_ = unreadable_ = std::nullopt;
  tries_ = 0;
}

}  // namespace omegate::gateway
