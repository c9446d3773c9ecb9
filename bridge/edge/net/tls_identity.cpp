#include "bridge/edge/net/tls_identity.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <stdexcept>

namespace omegate::net {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& file) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  throw std::runtime_error("cannot use the " + what + " " + file + ": " + (reason != nullptr ? reason : "it is no PEM file"));
}

}  // namespace

TlsIdentity::TlsIdentity(const std::string& certificate_file, const std::string& key_file)
    : context_(std::make_unique<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server)) {
  SSL_CTX& context = *context_->native_handle();
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(&context, certificate_file.c_str()) != 1) fail("certificate", certificate_file);
  if (SSL_CTX_use_PrivateKey_file(&context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) fail("key", key_file);
  if (SSL_CTX_check_private_key(&context) != 1) fail("key", key_file + ", which does not belong to " + certificate_file);
}

TlsIdentity::~TlsIdentity() = default;

}  // namespace omegate::net
