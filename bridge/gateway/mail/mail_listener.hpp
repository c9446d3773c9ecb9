// A place where mail is handed in: connections, TLS, time limits.
//
// Not here: what is said (core/mail/server_session.hpp), where the mail goes (mail_intake.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bridge/core/mail/server_session.hpp"
#include "bridge/edge/config/mail_settings.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/edge/net/accepted.hpp"
#include "bridge/edge/net/tls_identity.hpp"
#include "bridge/gateway/mail/mail_limits.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// What a listener asks of the gateway.
struct MailSide {
  std::function<bool(const mail::Address&)> takes;
  std::function<asio::awaitable<mail::Reply>(mail::Envelope, std::string message, std::string peer)> store;
};

/// Deadlines in real time. Tests shorten them; nobody else has a reason to.
struct MailTimes {
  std::chrono::milliseconds idle = mail_idle_limit;
  std::chrono::milliseconds data = mail_data_limit;
  std::chrono::milliseconds wrong_password = wrong_password_pause;
};

/// The rules of a listener, with the certificate and the passwords that they name. Connections share it.
struct MailRules {
  MailRules(const config::MailListenerSettings& settings_, std::string host_);  // throws `std::runtime_error`: a file, a secret

  struct User {
    std::string name;
    config::SecretText password;
    std::vector<mail::AddressPattern> senders = {};  // empty: it may write as anybody
  };
  config::MailListenerSettings settings;
  std::string host;  // how we call ourselves
  std::unique_ptr<net::TlsIdentity> identity;  // null: no TLS
  std::vector<User> users;

  /// Whose mail they may hand in; empty: anybody's, or there is no such user.
  std::vector<mail::AddressPattern> senders_of(const std::string& user) const;
};

/// Where two listeners cannot be at once: the other rules can be changed while it listens.
bool is_same_place(const config::MailListenerSettings& a, const config::MailListenerSettings& b);

/// Everything runs on `executor`, which must be one thread or a strand.
class MailListener {
 public:
  /// Listens at once. Throws `std::runtime_error` naming the place that cannot be had.
  MailListener(asio::any_io_executor executor, std::shared_ptr<MailRules> rules, MailSide side, MailTimes times = {});
  ~MailListener();  // drops what is still open; on the executor

  /// Other rules at the same place, for connections that are made from now on.
  void apply(std::shared_ptr<MailRules> rules);

  std::uint16_t port() const;  // 0: a unix socket

  /// How many are open: read from any thread, and still there when the listener is not.
  std::shared_ptr<const std::atomic<std::size_t>> connections() const;

  /// Serves until `stop`; returns when all connections have ended. A message that is being stored gets its answer.
  asio::awaitable<void> run();
  void stop();

 private:
  struct Shared;
  class Conversation;
  static asio::awaitable<void> accept_all(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace omegate::gateway
