#include "bridge/gateway/mail/mail_server.hpp"

#include <algorithm>
#include <array>

#include "bridge/core/mail/addr_spec.hpp"
#include "bridge/edge/config/load.hpp"
#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/race.hpp"
#include "bridge/gateway/mail/mail_connection.hpp"
#include "bridge/gateway/mail/mail_sending_limits.hpp"

namespace omegate::gateway {
namespace {

using Todo = mail::Submission::Todo;

/// A server that refuses in the middle of a mail says so and reads no more: then writing fails, and its words are there.
asio::awaitable<void> hear_why(net::Connection& connection, mail::Submission& submission) {
  std::array<char, 4096> buffer{};
  std::size_t size = 0;
  try {
    auto reading = read_some(connection, buffer, size);
    co_await net::within(mail_last_words_limit, std::move(reading));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
  }
  submission.interrupted(std::string_view(buffer.data(), size));
}

asio::awaitable<void> write(net::Connection& connection, mail::Submission& submission) {
  const crypto::SecretBytes bytes = submission.take_bytes();
  std::exception_ptr failed;
  try {
    auto writing = connection.write(as_text(bytes));
    co_await net::within(mail_piece_limit, std::move(writing));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted || !submission.is_writing_content()) throw;
    failed = std::current_exception();
  }
  if (!failed) co_return;
  co_await hear_why(connection, submission);
  if (submission.todo() != Todo::finish) std::rethrow_exception(failed);
}

/// Until the mail's outcome is known.
asio::awaitable<void> talk(net::Connection& connection, const MailServer& server, mail::Submission& submission) {
  std::array<char, 4096> buffer{};
  for (;;) {
    switch (submission.todo()) {
      case Todo::read: {
        std::size_t size = 0;
        auto reading = read_some(connection, buffer, size);
        const std::chrono::steady_clock::duration limit = submission.is_content_written() ? mail_taken_limit : mail_reply_limit;
        co_await net::within(limit, std::move(reading));
        submission.received(std::string_view(buffer.data(), size));
        break;
      }
      case Todo::write:
        co_await write(connection, submission);
        break;
      case Todo::start_tls:
        co_await secure_mail_connection(connection, *server.trust, server.settings.host);
        submission.secured();
        break;
      case Todo::next:
      case Todo::finish:
        co_return;
    }
  }
}

asio::awaitable<void> attempt(net::Names& names, const MailServer& server, std::optional<net::Connection>& connection,
                              mail::Submission& submission) {
  if (!connection) {
    auto opening = connect_to_mail_server(names, server.settings.host, server.settings.port, connection);
    co_await net::within(net::connect_limit, std::move(opening));
    const bool is_implicit = server.settings.tls == config::SubmissionSettings::Tls::implicit;
    if (is_implicit) co_await secure_mail_connection(*connection, *server.trust, server.settings.host);
  }
  co_await talk(*connection, server, submission);
}

mail::SubmissionSetup setup_of(const MailServer& server) {
  mail::SubmissionSetup setup;
  setup.client_name = mail::domain_of(server.settings.from);
  setup.stays = true;
  setup.starttls = server.settings.tls == config::SubmissionSettings::Tls::starttls;
  if (!server.settings.user.empty())
    setup.login = mail::SubmissionLogin{server.settings.user, crypto::SecretBytes(as_bytes(server.password.reveal()))};
  return setup;
}

}  // namespace

std::shared_ptr<const MailServer> read_mail_server(const config::MailSettings& settings) {
  if (!settings.submission) return nullptr;
  auto server = std::make_shared<MailServer>();
  server->settings = *settings.submission;
  try {
    server->trust = std::make_shared<net::TlsTrust>(server->settings.ca_file.string());
    if (!server->settings.user.empty()) server->password = config::read_secret(server->settings.secret);
  } catch (const std::exception& failure) {
    throw config::ConfigError({{server->settings.place, 0, 0, "mail.submission: " + std::string(failure.what())}});
  }
  return server;
}

namespace {

/// One mail, over this connection or a new one. Throws when it is cancelled only.
asio::awaitable<void> submit(net::Names& names, const MailServer& server, std::optional<net::Connection>& connection,
                             mail::Submission& submission) {
  std::string fault;
  try {
    auto whole = attempt(names, server, connection, submission);
    co_await net::within(mail_attempt_limit, std::move(whole));
  } catch (const NoMailServer& failure) {
    fault = failure.what();
  } catch (const net::TlsFailure& failure) {
    fault = failure.what();
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
    fault = words_of(failure, server.settings.host, server.settings.port);
  }
  if (!fault.empty()) submission.ended(fault);
}

/// The goodbye. All mails are settled: whatever becomes of it is nobody's business.
asio::awaitable<void> leave(std::optional<net::Connection>& connection, mail::Submission& submission) {
  if (!connection || submission.todo() != Todo::next) co_return;
  submission.leave();
  const crypto::SecretBytes goodbye = submission.take_bytes();
  try {
    auto writing = connection->write(as_text(goodbye));
    co_await net::within(mail_last_words_limit, std::move(writing));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
  }
}

}  // namespace

asio::awaitable<void> submit_all(net::Names& names, std::shared_ptr<const MailServer> server, MailQueue queue) {
  std::optional<mail::SubmissionMail> mail = co_await queue.next();
  while (mail) {
    mail::Submission submission(setup_of(*server), *mail);
    std::optional<net::Connection> connection;
    for (std::size_t carried = 0;; ++carried) {
      co_await submit(names, *server, connection, submission);
      // It grew tired of us between two mails: the second one goes over a new connection, at once.
      const bool is_over = submission.todo() == Todo::finish;
      if (is_over && carried > 0 && submission.is_untouched()) break;
      mail::SubmissionOutcome outcome = submission.outcome();
      co_await queue.over(std::move(outcome));
      mail = co_await queue.next();
      if (is_over || !mail || carried + 1 == most_mails_of_a_connection) break;
      submission.next(*mail);
    }
    co_await leave(connection, submission);
    if (connection) connection->close();
  }
}

}  // namespace omegate::gateway
