// The mail server that takes what plugins write.
//
// Not here: reading the YAML (load_submission.cpp), what else there is to say about mail (mail_settings.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bridge/edge/config/secret_source.hpp"

namespace omegate::config {

/// The server that takes our mails. The connection is always encrypted and its certificate always verified.
struct SubmissionSettings {
  enum class Tls {
    implicit,  // from the first byte; RFC 8314 §3.3
    starttls,
  };
  std::string host;
  Tls tls = Tls::implicit;
  std::uint16_t port = 465;  // 587 with STARTTLS
  std::string user;          // empty: it wants no login
  SecretSource secret;
  std::string from;                // the address of our mails
  std::string from_name;           // shown beside it; may be empty
  std::filesystem::path ca_file;   // more authorities than the system's; empty: none
  std::string place;               // "omegate.yaml:30:3"

  friend bool operator==(const SubmissionSettings&, const SubmissionSettings&) = default;
};

}  // namespace omegate::config
