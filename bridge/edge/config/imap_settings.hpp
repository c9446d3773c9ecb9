// A folder on an IMAP server whose mail is fetched.
//
// Not here: reading the YAML (load_imap.cpp), what else there is to say about mail (mail_settings.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "bridge/core/mail/imap_session.hpp"
#include "bridge/edge/config/limits.hpp"
#include "bridge/edge/config/secret_source.hpp"
#include "bridge/edge/config/submission_settings.hpp"

namespace omegate::config {

/// The connection is always encrypted and the server's certificate always verified.
struct ImapSettings {
  using Tls = SubmissionSettings::Tls;
  std::string host;
  Tls tls = Tls::implicit;
  std::uint16_t port = 993;  // 143 with STARTTLS
  std::string user;
  SecretSource secret;
  std::string folder = "INBOX";
  std::string address;  // whose mail it is; empty: the mail's own header says so, else the user is one
  mail::ImapAfter afterwards = mail::ImapAfter::leave;
  std::string move_to;                                   // with ImapAfter::move
  bool existing = false;                                 // at the first connection: also what lies there
  std::size_t max_size = default_mail_size;              // of a mail. Unit: bytes
  std::chrono::seconds poll = default_imap_poll;         // where the server does not tell of new mail
  std::chrono::seconds renewal = default_imap_renewal;   // of the wish to be told
  std::filesystem::path ca_file;                         // more authorities than the system's; empty: none
  std::string place;                                     // "omegate.yaml:30:3"

  /// For people, and the same over a change of everything else: "bot@mail.example.org INBOX".
  std::string name() const { return user + (user.find('@') == user.npos ? "@" : " at ") + host + " " + folder; }

  friend bool operator==(const ImapSettings&, const ImapSettings&) = default;
};

}  // namespace omegate::config
