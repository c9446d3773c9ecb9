// A folder on an IMAP server whose mail becomes events: the connection, again and again.
//
// A mail and the place in the folder behind it are stored in one transaction, and only then the next one is asked for: a
// crash repeats nothing and skips nothing. Not here: what is said (core/mail/imap_session.hpp), what becomes of a mail
// (mail_intake.hpp), how the place is kept (mailbox_position.hpp).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "bridge/core/mail/imap_session.hpp"
#include "bridge/edge/config/imap_settings.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"
#include "bridge/gateway/context.hpp"
#include "bridge/gateway/mail/mail_intake.hpp"
#include "bridge/gateway/mail/mailbox_limits.hpp"
#include "bridge/gateway/mail/mailbox_status.hpp"
#include "bridge/gateway/mail/mailbox_troubles.hpp"

namespace omegate::gateway {

/// A folder of the settings, ready to be used.
struct MailboxPlace {
  config::ImapSettings settings;
  config::SecretText password;
  std::shared_ptr<net::TlsTrust> trust;

  /// What a connection depends on is the same.
  bool is_same(const MailboxPlace& other) const;
};

/// Throws `config::ConfigError`: the password or the authorities cannot be read.
MailboxPlace read_mailbox(const config::ImapSettings& settings);

/// Deadlines in real time. Tests shorten them; nobody else has a reason to.
struct MailboxTimes {
  std::chrono::milliseconds answer = mailbox_answer_limit;
  std::chrono::milliseconds command = mailbox_command_limit;
};

class Mailbox {
 public:
  /// Everything referenced outlives it. `strand`: where `run` runs.
  Mailbox(asio::any_io_executor strand, Context& context, net::Names& names, MailIntake& intake, MailboxPlace place, MailboxTimes times = {});

  /// Works until cancelled.
  asio::awaitable<void> run();

  const MailboxPlace& place() const { return place_; }
  const asio::any_io_executor& executor() const { return strand_; }
  /// From any thread.
  MailboxStatus status() const { return *shown_.load(); }

 private:
  struct Line;  // one connection

  asio::awaitable<mail::ImapTrouble> attempt();
  asio::awaitable<mail::ImapSetup> set_up();
  asio::awaitable<void> talk(std::shared_ptr<Line> line);
  asio::awaitable<void> talk_in_clear(std::shared_ptr<Line> line);
  static asio::awaitable<void> read_all(std::shared_ptr<Line> line);
  asio::awaitable<void> work(std::shared_ptr<Line> line);
  asio::awaitable<void> write(std::shared_ptr<Line> line);
  asio::awaitable<bool> await_input(std::shared_ptr<Line> line, std::chrono::milliseconds limit);
  asio::awaitable<void> deliver(std::shared_ptr<Line> line);
  asio::awaitable<void> take_mail(std::shared_ptr<Line> line, mail::ImapDelivery delivery);
  asio::awaitable<void> save(mail::ImapPosition position);
  std::optional<mail::Address> recipient_of(std::string_view message) const;
  void tell_open(Line& line);
  void show();
  void log_skipped(const mail::ImapDelivery& delivery, const std::string& reason) const;

  asio::any_io_executor strand_;
  Context& context_;
  net::Names& names_;
  MailIntake& intake_;
  const MailboxPlace place_;
  const std::string name_;
  MailboxTimes times_;
  MailboxTroubles troubles_;
  std::chrono::steady_clock::time_point opened_{};
  MailboxStatus status_;
  std::atomic<std::shared_ptr<const MailboxStatus>> shown_;  // for other threads
};

}  // namespace omegate::gateway
