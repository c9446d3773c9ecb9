// What a server's certificate says, and why we do not believe it, in words.
//
// Used inside edge/net only. Not here: the check itself, which OpenSSL does during the handshake.
// Source: RFC 9525, RFC 5929 §4.1.
#pragma once

#include <openssl/x509.h>

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/edge/net/tls.hpp"

namespace omegate::net {

/// The first thing OpenSSL found wrong with a chain.
struct Verdict {
  int error = X509_V_OK;           // X509_V_ERR_…
  std::string subject, not_after;  // of the certificate at fault
  std::vector<std::string> names;  // of the server's own certificate: its dNSNames

  bool is_bad() const { return error != X509_V_OK; }
};

/// To be called from OpenSSL's verify callback.
void note(X509_STORE_CTX& chain, Verdict& verdict);

TlsFailure explain(const Verdict& verdict, const std::string& domain);

/// `tls-server-end-point`: nothing if the certificate's signature has no hash of its own.
std::optional<Bytes> end_point_hash(const X509& certificate);

}  // namespace omegate::net
