// Who we are to those that connect to us under TLS: a certificate and its key.
//
// Not here: whom we believe (tls.hpp), the bytes (accepted.hpp).
// Source: RFC 9325.
#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace omegate::net {

/// Version 1.2 or later, no renegotiation, no compression, no session resumption; nobody is asked for a certificate.
class TlsIdentity {
 public:
  /// PEM files; the certificate first, then those that lead to its authority. Throws `std::runtime_error` naming the file
  /// that cannot be used.
  TlsIdentity(const std::string& certificate_file, const std::string& key_file);
  ~TlsIdentity();

  boost::asio::ssl::context& context() { return *context_; }

 private:
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace omegate::net
