// Sends the mails that plugins want, one after the other, over one connection where several wait, again and again until the
// server has them or their time is over.
//
// A crash repeats an attempt: the same mail with the same Message-ID. What became of it is an inbox row of its plugin, in
// one transaction with the end of its row. Not here: the connection (mail_server.hpp), which mails there are
// (plugin_effects.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bridge/gateway/context.hpp"
#include "bridge/gateway/mail/mail_record.hpp"
#include "bridge/gateway/mail/mail_server.hpp"
#include "bridge/gateway/signal.hpp"

namespace omegate::gateway {

class FileDesk;

class MailSender {
 public:
  /// `kick_plugin` is called from any thread: it has something to hear.
  MailSender(asio::any_io_executor strand, Context& context, FileDesk& desk, net::Names& names,
             std::function<void(const std::string& plugin)> kick_plugin);

  /// Works until cancelled.
  asio::awaitable<void> run();

  /// From any thread. Without a server mails wait.
  void set(std::shared_ptr<const MailServer> server);
  /// From any thread: there may be a mail, or another time.
  void kick() const { signal_.notify(); }
  /// From any thread: a person wants it tried now, whatever the server did before.
  void hurry() {
    is_hurried_ = true;
    kick();
  }
  /// From any thread: the mail that is being handed to the server. 0: none.
  std::int64_t in_hand() const { return in_hand_; }

 private:
  struct Content;  // the mail's bytes, or why there are none

  asio::awaitable<void> work();
  asio::awaitable<void> wait();
  asio::awaitable<bool> send_due(std::shared_ptr<const MailServer> server);
  asio::awaitable<std::optional<mail::SubmissionMail>> take_next(std::shared_ptr<const MailServer> server);
  asio::awaitable<void> is_over(mail::SubmissionOutcome outcome);
  asio::awaitable<std::optional<store::StoredMail>> take_due();
  bool can_use_server() const { return !server_rests_until_ || *server_rests_until_ <= context_.now(); }
  asio::awaitable<Content> compose(const MailServer& server, const OutgoingMail& mail);
  asio::awaitable<void> conclude(store::StoredMail row, OutgoingMail mail, mail::SubmissionOutcome outcome);
  void look_at_server(const mail::SubmissionOutcome& outcome);

  Context& context_;
  FileDesk& desk_;
  net::Names& names_;
  std::function<void(const std::string& plugin)> kick_plugin_;
  std::atomic<std::shared_ptr<const MailServer>> server_;
  std::atomic<bool> is_new_server_ = false, is_hurried_ = false;
  std::atomic<std::int64_t> in_hand_ = 0;
  struct InHand {
    store::StoredMail row;
    OutgoingMail mail;
    std::string content = {};
  };
  std::optional<InHand> current_;
  Signal signal_;
  std::optional<WallTime> server_rests_until_;  // nothing can be done with it before
  std::chrono::seconds server_pause_{};
};

/// When the next attempt is due after so many.
std::chrono::seconds mail_pause(int attempts);

}  // namespace omegate::gateway
