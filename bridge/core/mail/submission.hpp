// Mails handed to a submission server, one after the other: the client's side of SMTP, from the greeting to QUIT.
//
// Sans-io: it says what to do next (`todo`), and is told what came of it. The login is never written before the
// connection is encrypted. Not here: sockets, TLS and time limits (gateway/submission_session), when it is tried again
// (gateway/mail/mail_sender), what a mail looks like (edge/mime/compose).
// Source: RFC 5321, RFC 6409, RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 1870 (SIZE), RFC 6152 (8BITMIME),
// RFC 6531 (SMTPUTF8), RFC 2920 (PIPELINING), RFC 8314 (TLS from the first byte).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/mail/smtp_reply.hpp"

namespace omegate::mail {

struct SubmissionLogin {
  std::string user;
  crypto::SecretBytes password;
};

struct SubmissionSetup {
  std::string client_name;  // what EHLO says: a domain
  bool starttls = false;    // else the connection is encrypted before the first byte
  std::optional<SubmissionLogin> login = {};
  bool stays = false;  // after a mail another one may come: `Todo::next` in place of QUIT
};

/// Addresses are ones (`is_addr_spec`). `content` has CRLF line ends and must outlive the submission.
struct SubmissionMail {
  std::string from;
  std::vector<std::string> to;
  std::string_view content;
};

enum class Verdict {
  accepted,
  later,    // try again: nobody has taken it
  refused,  // for good
};

struct RecipientOutcome {
  std::string address;
  Verdict verdict = Verdict::later;
  std::string reason = {};  // "550 5.1.1 …", or ours; of an accepted one what the server said to the mail

  friend bool operator==(const RecipientOutcome&, const RecipientOutcome&) = default;
};

struct SubmissionOutcome {
  std::vector<RecipientOutcome> recipients;
  std::string trouble = {};  // why the server can be used for no mail at the moment; empty: it can
};

class Submission {
 public:
  enum class Todo {
    read,       // bytes, then `received`
    write,      // `take_bytes`, and ask again
    start_tls,  // a handshake, then `secured`
    next,       // `outcome` is known; then `next`, or `leave`
    finish,     // close; `outcome` is known
  };

  Submission(SubmissionSetup setup, SubmissionMail mail);

  Todo todo() const { return todo_; }
  /// What is to be written; wiped when it goes, for it may be the login.
  crypto::SecretBytes take_bytes();
  void received(std::string_view bytes);
  void secured();
  /// What the server said while the mail was written to it. Source: RFC 5321 §4.5.4.1: it may refuse at any time.
  void interrupted(std::string_view bytes);
  /// The connection failed, or took too long. What was not answered is to be tried again.
  void ended(const std::string& why);

  /// Another mail over the same connection.
  void next(SubmissionMail mail);
  void leave();

  /// The server has said nothing about this mail: that its connection ended is not the mail's fault, nor an attempt at it.
  bool is_untouched() const { return answered_ == 0; }
  bool is_writing_content() const { return stage_ == Stage::content; }

  /// The mail is with the server, who may take its time to answer: RFC 5321 §4.5.3.2.6 says ten minutes.
  bool is_content_written() const { return stage_ == Stage::end_of_data; }

  const SubmissionOutcome& outcome() const { return outcome_; }

 private:
  enum class Stage {
    greeting, ehlo, starttls, handshake, auth_plain, auth_login, auth_user, auth_password, reset, envelope, data, content, end_of_data,
    between, over,
  };
  struct Extensions {
    bool starttls = false, pipelining = false, eight_bit = false, utf8 = false, plain = false, login = false;
    std::uint64_t size = 0;  // 0: unlimited, or it does not say
  };

  void take(const ServerReply& reply);
  void take_greeting(const ServerReply& reply);
  void take_ehlo(const ServerReply& reply);
  void take_starttls(const ServerReply& reply);
  void take_auth(const ServerReply& reply);
  void take_envelope(const ServerReply& reply);
  void take_data(const ServerReply& reply);
  void take_end_of_data(const ServerReply& reply);
  void take_reset(const ServerReply& reply);

  void read_extensions(const ServerReply& reply);
  void authenticate();
  void begin_envelope();
  void send_envelope();
  void end_envelope();
  void write(std::string_view line);
  void write_secret(std::string_view prefix, ByteView secret);
  crypto::SecretBytes next_piece();
  void end_mail();
  void give_up(Verdict verdict, const std::string& reason, bool is_trouble);
  void settle(Verdict verdict, const std::string& reason);

  SubmissionSetup setup_;
  SubmissionMail mail_;
  bool is_secure_;
  Stage stage_ = Stage::greeting;
  Todo todo_ = Todo::read;
  crypto::SecretBytes output_;
  ReplyReader replies_;
  Extensions extensions_;
  std::vector<std::string> commands_;  // MAIL and RCPT
  std::size_t sent_ = 0, answered_ = 0;
  std::string sender_refusal_;  // of MAIL, while RCPTs that were written behind it are answered
  Verdict sender_verdict_ = Verdict::accepted;
  std::size_t offset_ = 0;  // of the content
  bool line_begins_ = true;
  bool needs_reset_ = false;  // the mail before was given up between MAIL and its end
  std::vector<bool> settled_;
  SubmissionOutcome outcome_;
};

}  // namespace omegate::mail
