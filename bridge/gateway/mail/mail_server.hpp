// The submission server of the settings, ready to be used, and mails handed to it, as many as wait, over one connection.
//
// Not here: the protocol (core/mail/submission.hpp), which mail and when (mail_sender.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bridge/core/mail/submission.hpp"
#include "bridge/edge/config/mail_settings.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

struct MailServer {
  config::SubmissionSettings settings;
  config::SecretText password;
  std::shared_ptr<net::TlsTrust> trust;
};

/// Null: the settings name none. Throws `config::ConfigError`: the password or the authorities cannot be read.
std::shared_ptr<const MailServer> read_mail_server(const config::MailSettings& settings);

/// Which mails. Both are called on the caller's executor, one after the other.
struct MailQueue {
  /// Nothing: there is none now. What it names stays until `over`.
  std::function<asio::awaitable<std::optional<mail::SubmissionMail>>()> next;
  std::function<asio::awaitable<void>(mail::SubmissionOutcome)> over;
};

/// Returns when the queue is empty. Throws what the queue throws, and when it is cancelled; what else went wrong is in the
/// outcomes.
asio::awaitable<void> submit_all(net::Names& names, std::shared_ptr<const MailServer> server, MailQueue queue);

}  // namespace omegate::gateway
