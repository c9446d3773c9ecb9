// Whom we believe: trust anchors, the name check, and what a user reads when it fails.
//
// Not here: the bytes (connection.hpp).
// Source: RFC 6125/9525, RFC 7590, RFC 9325.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace omegate::net {

/// Why there is no TLS with this server. `what()` says it in one sentence with what to do.
class TlsFailure : public std::runtime_error {
 public:
  enum class Reason {
    expired,
    not_yet_valid,
    unknown_issuer,  // also: self-signed
    wrong_name,      // valid, but for somebody else
    wrong_purpose,   // not a server's certificate
    bad_certificate,
    not_tls,    // the other side does not speak TLS, or no version and cipher that we do
    cut_off,    // the connection ended during the handshake
    no_answer,  // the handshake took longer than its limit
  };
  TlsFailure(Reason reason, const std::string& text) : runtime_error(text), reason_(reason) {}
  Reason reason() const { return reason_; }
  bool about_certificate() const { return reason_ < Reason::not_tls; }

 private:
  Reason reason_;
};

/// Which certificate authorities count, and the TLS settings they come with: version 1.2 or later, no
/// renegotiation, no compression, no session resumption, chain and server purpose verified.
/// One per account; cheap to make: system authorities are read when a handshake first needs one.
class TlsTrust {
 public:
  /// `ca_file`: PEM certificates that are believed besides the system's authorities; empty for none. A
  /// server's own certificate works too. Throws `std::runtime_error` naming the file if it cannot be used.
  explicit TlsTrust(const std::string& ca_file = {});
  ~TlsTrust();

  boost::asio::ssl::context& context() { return *context_; }

 private:
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace omegate::net
