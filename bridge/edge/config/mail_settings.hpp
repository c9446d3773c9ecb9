// What an operator can set about mail.
//
// Not here: whose mail is for whom (the plugins' own settings), reading the YAML (load_mail.cpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/mail/server_session.hpp"
#include "bridge/edge/config/imap_settings.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_source.hpp"
#include "bridge/edge/config/submission_settings.hpp"

namespace omegate::config {

/// Who may hand in mail at a listener that asks for passwords.
struct MailUserSettings {
  std::string name;
  SecretSource password;
  std::vector<std::string> senders = {};  // patterns of addresses (core/mail/address.hpp) that it may write as; empty: any

  friend bool operator==(const MailUserSettings&, const MailUserSettings&) = default;
};

/// A place where mail is taken: `lmtp: ADDRESS` or `smtp: ADDRESS`.
struct MailListenerSettings {
  mail::Protocol protocol = mail::Protocol::lmtp;
  std::string address;           // numeric; empty: a unix socket
  std::uint16_t port = 0;
  bool loopback = false;         // other machines do not reach it
  std::filesystem::path socket;  // mode 0660
  std::string socket_group;      // who may use it; empty: the process's own group

  std::filesystem::path certificate, key;  // PEM; both or none
  bool direct_tls = false;                 // from the first byte; else STARTTLS is offered
  std::vector<MailUserSettings> users;     // without them nobody is asked
  bool allow_anonymous = false;            // other machines may hand in mail without a password
  std::size_t max_size = default_mail_size;  // of a message. Unit: bytes

  /// For people: "127.0.0.1:2424", "/run/omegate/lmtp".
  std::string place() const {
    return address.empty() ? socket.string() : (address.find(':') == address.npos ? address : "[" + address + "]") + ":" + std::to_string(port);
  }

  friend bool operator==(const MailListenerSettings&, const MailListenerSettings&) = default;
};

/// Mail that is handed to us.
struct MailListenSettings {
  std::vector<MailListenerSettings> listen;
  std::string authserv_id;  // how the mail server in front of us signs its Authentication-Results; empty: none is believed
  std::string host;         // how we call ourselves; empty: the machine's name

  friend bool operator==(const MailListenSettings&, const MailListenSettings&) = default;
};

struct MailSettings {
  MailListenSettings incoming;
  std::vector<ImapSettings> imap;  // folders whose mail is fetched
  std::optional<SubmissionSettings> submission;  // absent: plugins cannot write mails

  friend bool operator==(const MailSettings&, const MailSettings&) = default;
};

}  // namespace omegate::config
