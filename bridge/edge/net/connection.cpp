#include "bridge/edge/net/connection.hpp"

#include <netinet/tcp.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <ctime>

#include "bridge/edge/net/certificate.hpp"

namespace omegate::net {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

void expect_name(SSL& session, const std::string& domain) {
  X509_VERIFY_PARAM* const rules = SSL_get0_param(&session);
  error_code not_address;
  asio::ip::make_address(domain, not_address);
  if (!not_address) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, domain.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(rules,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(rules, domain.c_str(), domain.size());
  SSL_set_tlsext_host_name(&session, domain.c_str());
}

void offer_protocol(SSL& session, Connection::Start start) {
  static constexpr unsigned char xmpp[] = "\x0bxmpp-client", http[] = "\x08http/1.1";
  if (start == Connection::Start::direct) SSL_set_alpn_protos(&session, xmpp, sizeof xmpp - 1);
  if (start == Connection::Start::https) SSL_set_alpn_protos(&session, http, sizeof http - 1);
}

TlsFailure handshake_failure(const error_code& code, const std::string& domain) {
  using Reason = TlsFailure::Reason;
  const std::string with = "The TLS handshake with " + domain;
  if (code == asio::error::eof || code == asio::ssl::error::stream_truncated ||
      code == asio::error::connection_reset) {
    return {Reason::cut_off, with + " was cut off by the server."};
  }
  if (code.category() != asio::error::get_ssl_category())
    return {Reason::cut_off, with + " failed: " + code.message() + "."};
  return {Reason::not_tls, with + " failed: " + code.message() +
                               ". Does this port speak TLS from the first byte, version 1.2 or later?"};
}

}  // namespace

struct Connection::Layers {
  explicit Layers(tcp::socket socket) : plain(std::move(socket)) {}

  using Tls = asio::ssl::stream<tcp::socket&>;
  tcp::socket plain;
  std::optional<Tls> tls;
  bool verified = false;  // the handshake is done and the server is who it says

  SSL* session() { return tls ? tls->native_handle() : nullptr; }
};

Connection::Connection(tcp::socket socket) : layers_(std::make_unique<Layers>(std::move(socket))) {}
Connection::Connection(Connection&&) noexcept = default;
Connection::~Connection() = default;

bool Connection::is_secure() const { return layers_->verified; }
asio::any_io_executor Connection::get_executor() { return layers_->plain.get_executor(); }

asio::awaitable<void> Connection::start_tls(TlsTrust& trust, std::string domain, Start start) {
  Layers::Tls& tls = layers_->tls.emplace(layers_->plain, trust.context());
  expect_name(*tls.native_handle(), domain);
  offer_protocol(*tls.native_handle(), start);
  Verdict verdict;
  tls.set_verify_callback([&verdict](bool good, asio::ssl::verify_context& chain) {
    if (!good) note(*chain.native_handle(), verdict);
    return good;
  });
  error_code failure;
  co_await tls.async_handshake(asio::ssl::stream_base::client,
                               asio::redirect_error(asio::use_awaitable, failure));
  if (verdict.is_bad()) throw explain(verdict, domain);
  if (failure == asio::error::operation_aborted) throw system_error(failure);
  if (failure) throw handshake_failure(failure, domain);
  layers_->verified = true;
  tls.set_verify_callback(
      [](bool, asio::ssl::verify_context&) { return false; });  // never a second handshake
}

asio::awaitable<std::size_t> Connection::read_some(std::span<char> into) {
  const auto buffer = asio::buffer(into.data(), into.size());
  if (layers_->tls) co_return co_await layers_->tls->async_read_some(buffer, asio::use_awaitable);
  co_return co_await layers_->plain.async_read_some(buffer, asio::use_awaitable);
}

asio::awaitable<void> Connection::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (layers_->tls) {
    co_await asio::async_write(*layers_->tls, buffer, asio::use_awaitable);
  } else {
    co_await asio::async_write(layers_->plain, buffer, asio::use_awaitable);
  }
}

void Connection::acknowledge_quickly() {
  const int on = 1;
  setsockopt(layers_->plain.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void Connection::close() noexcept {
  error_code ignored;
  layers_->plain.close(ignored);
}

asio::awaitable<void> Connection::close_gracefully() {
  error_code ignored;
  if (layers_->tls) co_await layers_->tls->async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  close();
}

std::optional<Bytes> Connection::tls_exporter() const {
  SSL* const session = layers_->session();
  if (!session || SSL_version(session) < TLS1_3_VERSION) return {};
  constexpr std::string_view label = "EXPORTER-Channel-Binding";
  Bytes out(32);
  const unsigned char no_context = 0;
  if (SSL_export_keying_material(session, out.data(), out.size(), label.data(), label.size(), &no_context, 0,
                                 1) != 1) {
    return {};
  }
  return out;
}

std::optional<Bytes> Connection::tls_server_end_point() const {
  SSL* const session = layers_->session();
  const X509* const certificate = session ? SSL_get0_peer_certificate(session) : nullptr;
  if (!certificate) return {};
  return end_point_hash(*certificate);
}

std::optional<WallTime> Connection::certificate_ends() const {
  SSL* const session = layers_->session();
  const X509* const certificate = session ? SSL_get0_peer_certificate(session) : nullptr;
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return {};
  return WallTime(std::chrono::seconds(::timegm(&end)));
}

std::string Connection::tls_version() const {
  SSL* const session = layers_->session();
  return session ? SSL_get_version(session) : "";
}

std::string Connection::peer_address() const {
  error_code ignored;
  const auto endpoint = layers_->plain.remote_endpoint(ignored);
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

}  // namespace omegate::net
