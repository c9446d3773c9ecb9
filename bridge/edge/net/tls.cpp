#include "bridge/edge/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/context.hpp>

namespace omegate::net {
namespace {

/// The hash directory and not the bundle: authorities are read one by one, when needed. The bundle costs
/// 36 ms and 1.8 MiB at every start. SSL_CERT_DIR and SSL_CERT_FILE work as for other programs.
void use_system_authorities(SSL_CTX& context) {
  X509_STORE* const store = SSL_CTX_get_cert_store(&context);
  X509_LOOKUP* const directory = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
  X509_LOOKUP_add_dir(directory, nullptr, X509_FILETYPE_DEFAULT);
  if (const char* file = getenv(X509_get_default_cert_file_env())) {
    SSL_CTX_load_verify_locations(&context, file, nullptr);
  }
}

void add_authorities(SSL_CTX& context, const std::string& file) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(&context, file.c_str(), nullptr) == 1) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  throw std::runtime_error("cannot use the CA file " + file + ": " +
                           (reason ? reason : "no certificate in it"));
}

}  // namespace

TlsTrust::TlsTrust(const std::string& ca_file)
    : context_(std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client)) {
  SSL_CTX& context = *context_->native_handle();
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no 34 KiB
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, nullptr);
  X509_VERIFY_PARAM* const rules = SSL_CTX_get0_param(&context);
  X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);  // `ca_file` may be the server's certificate
  use_system_authorities(context);
  if (!ca_file.empty()) add_authorities(context, ca_file);
}

TlsTrust::~TlsTrust() = default;

}  // namespace omegate::net
