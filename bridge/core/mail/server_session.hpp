// One connection of a mail client to us, SMTP or LMTP, without its bytes' way: what comes in, what is answered, and what
// somebody else has to do meanwhile.
//
// Nothing is ever relayed: a recipient is an address that the settings name, or refused. A message is acknowledged by
// `stored` only. Not here: sockets and time limits (gateway/mail/mail_listener), what a message says (edge/mime).
// Source: RFC 5321, RFC 2033 (LMTP), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 2034 (enhanced codes), RFC 2920
// (PIPELINING), RFC 1870 (SIZE), RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/mail/address.hpp"
#include "bridge/core/mail/command.hpp"
#include "bridge/core/mail/data_reader.hpp"
#include "bridge/core/mail/reply.hpp"

namespace omegate::mail {

enum class Protocol { smtp, lmtp };

struct SessionRules {
  Protocol protocol = Protocol::smtp;
  std::string host;                // how we call ourselves
  std::size_t max_size = 0;        // of a message. Unit: bytes
  bool offers_tls = false;         // STARTTLS
  bool wants_password = false;     // no message without one
  bool takes_password_in_clear = false;  // without TLS, too: the line stays in this machine
  std::function<bool(const Address&)> takes;  // is this address ours?
  std::function<bool(std::string_view user, std::string_view password)> opens;  // in constant time
};

struct Envelope {
  std::optional<Address> sender;  // nothing: `<>`, a message about a message
  bool knows_sender = true;       // false: whoever brought it does not know
  std::vector<Address> recipients;  // at least one, each once
  std::string user;                 // who logged in; may be empty
  std::vector<AddressPattern> writes_as = {};  // whose mail this user may hand in; empty: anybody's, which proves nothing
  std::string helo;
  bool secure = false;              // came under TLS
};

class ServerSession {
 public:
  /// `is_secure`: TLS began with the first byte.
  ServerSession(SessionRules rules, bool is_secure);
  ~ServerSession();
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  /// What is to be done when `take_output` has been written.
  enum class Next {
    read,      // bytes, for `receive`
    handshake, // TLS, then `tls_started`. What was received before it is forgotten
    pause,     // a wrong password: some time has to go by
    store,     // `envelope` and `message`, then `stored`
    close,
  };

  /// Bytes from the client. At most `room` of them.
  void receive(std::string_view bytes);
  std::size_t room() const;

  /// Works as far as it can with what has been received.
  Next advance();
  std::string take_output();

  void tls_started();

  const Envelope& envelope() const { return envelope_; }
  /// Once for each `store`.
  std::string take_message();
  /// The message is on the disk, or why not: 250 is the only promise we make.
  void stored(const Reply& reply);

  /// Bytes of a message that is not complete yet.
  std::size_t held() const { return data_ ? data_->held() : 0; }

  bool is_in_data() const { return data_.has_value(); }

  /// We cannot go on: 421 and the end. `why` is for a person.
  void give_up(std::string_view why);

 private:
  enum class Stage { fresh, greeted, mail, recipients };
  enum class Asking { command, plain, login_user, login_password };

  Next work();
  Next read_data();
  Next read_line();
  Next run(std::string_view line);
  Next run(const CommandLine& command);
  Next say(Reply reply);
  Next refuse(Reply reply);  // counted
  Next end(Reply reply);     // and goodbye

  Next greet(const CommandLine& command);
  void say_extensions();
  Next start_tls(std::string_view argument);
  Next authenticate(std::string_view argument);
  Next go_on_authenticating(std::string_view line);
  Next take_user(std::string_view base64);
  Next judge_plain(std::string_view base64);
  Next judge(std::string_view user, std::string_view password);
  std::optional<Reply> fault_of_parameters(const PathArgument& path);
  Next mail_from(std::string_view argument);
  Next rcpt_to(std::string_view argument);
  Next begin_data(std::string_view argument);
  void answer_message(const Reply& reply);
  void reset();
  void forget(std::size_t begin, std::size_t end);

  bool offers_password() const;

  SessionRules rules_;
  bool secure_;
  Stage stage_ = Stage::fresh;
  Asking asking_ = Asking::command;
  std::string login_user_;
  std::string input_;   // never longer than its first reservation: passwords are in it, and it is wiped
  std::size_t used_ = 0;
  std::string output_;
  Envelope envelope_;
  bool utf8_ = false;
  std::optional<DataReader> data_;
  std::optional<Next> pending_;  // we wait for somebody
  bool closed_ = false;
  std::size_t accepted_ = 0;  // RCPT commands of this message: LMTP answers each
  std::size_t commands_ = 0, errors_ = 0, wrong_passwords_ = 0;
};

}  // namespace omegate::mail
