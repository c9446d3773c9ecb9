// What went wrong with a folder so far: how long to wait before the next try, and which mail is passed over then.
//
// Pure: the caller owns clock and timer. Not here: what goes wrong (core/mail/imap_session.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "bridge/core/mail/imap_session.hpp"
#include "bridge/gateway/stream/stream_backoff.hpp"

namespace omegate::gateway {

/// One per folder, kept over all its connections.
class MailboxTroubles {
 public:
  explicit MailboxTroubles(Random& random) : backoff_(random) {}

  /// A connection ended that had been open so long (0: never). How long to wait before the next one: after a mail's fault
  /// `mailbox_try_distance` at least.
  std::chrono::milliseconds pause_after(const mail::ImapTrouble& trouble, std::chrono::milliseconds stood);

  /// A mail was passed over, or the folder has other numbers: what is remembered by its number would come to stand for
  /// another mail.
  void forget_mail();

  /// The mail that the server could not show, and how often in a row.
  std::optional<std::uint32_t> failing() const { return failing_; }
  int tries() const { return tries_; }
  /// The mail that was tried `mailbox_tries` times: those behind it must not wait any longer.
  std::optional<std::uint32_t> unreadable() const { return unreadable_; }

 private:
  Backoff backoff_;
  std::optional<std::uint32_t> failing_, unreadable_;
  int tries_ = 0;
};

}  // namespace omegate::gateway
