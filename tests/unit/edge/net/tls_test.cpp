// TLS against a server in this process: whom we believe, whom we do not, and that those hear nothing.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <thread>

#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/connection.hpp"
#include "bridge/edge/net/race.hpp"
#include "tests/support/certificates.hpp"

namespace {

using namespace omegate;
using namespace omegate::net;
using namespace std::chrono_literals;
using asio::ip::tcp;
using test::Certificate;
using test::make_authority;
using test::make_certificate;
using Reason = TlsFailure::Reason;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);

const Certificate& authority() {
  static const Certificate made = make_authority();
  return made;
}

/// The file of a certificate the client believes.
std::string file_of(const Certificate& certificate, const std::string& name) {
  const auto folder = std::filesystem::temp_directory_path() / ("omegate-tls-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  return certificate.save(folder / name);
}

Certificate good() { return make_certificate({.names = "DNS:example.org"}, &authority()); }

/// What the two sides saw.
struct Meeting {
  std::optional<Reason> refused;
  std::string text;         // of the refusal
  std::string heard;        // application bytes that reached the server
  std::string server_name;  // SNI
  std::string protocol;     // ALPN
  std::string version;
  std::optional<Bytes> exporter, end_point;
  Bytes servers_exporter;
};

struct Server {
  explicit Server(const Certificate& certificate) : context(asio::ssl::context::tls_server) {
    const std::string chain = certificate.pem(), key = certificate.key_pem();
    context.use_certificate_chain(asio::buffer(chain));
    context.use_private_key(asio::buffer(key), asio::ssl::context::pem);
  }
  asio::ssl::context context;
};

asio::awaitable<void> serve(tcp::acceptor& acceptor, Server& server, Meeting& meeting) {
  asio::ssl::stream<tcp::socket> stream(co_await acceptor.async_accept(asio::use_awaitable), server.context);
  const auto [failure] = co_await stream.async_handshake(asio::ssl::stream_base::server, as_code);
  if (failure) co_return;
  SSL* const session = stream.native_handle();
  if (const char* name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name)) meeting.server_name = name;
  meeting.servers_exporter.resize(32);
  SSL_export_keying_material(session, meeting.servers_exporter.data(), 32, "EXPORTER-Channel-Binding", 24,
                             nullptr, 0, 1);
  std::array<char, 256> buffer{};
  for (;;) {
    const auto [end, size] = co_await stream.async_read_some(asio::buffer(buffer), as_code);
    meeting.heard.append(buffer.data(), size);
    if (end || meeting.heard == "password") co_return;
  }
}

asio::awaitable<void> visit(tcp::endpoint where, TlsTrust& trust, std::string domain, Connection::Start start,
                            Meeting& meeting) {
  std::vector<tcp::endpoint> endpoints(1, where);
  Connection connection(co_await connect_any(std::move(endpoints)));
  EXPECT_FALSE(connection.is_secure());
  try {
    co_await connection.start_tls(trust, domain, start);
  } catch (const TlsFailure& failure) {
    meeting.refused = failure.reason();
    meeting.text = failure.what();
    EXPECT_FALSE(connection.is_secure());
    co_return;
  }
  EXPECT_TRUE(connection.is_secure());
  meeting.version = connection.tls_version();
  meeting.exporter = connection.tls_exporter();
  meeting.end_point = connection.tls_server_end_point();
  co_await connection.write("password");
}

Meeting meet(Server& server, TlsTrust& trust, const std::string& domain = "example.org",
             Connection::Start start = Connection::Start::upgrade) {
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  Meeting meeting;
  asio::co_spawn(context, within(5s, serve(acceptor, server, meeting)), asio::detached);
  asio::co_spawn(context, within(5s, visit(acceptor.local_endpoint(), trust, domain, start, meeting)),
                 [](std::exception_ptr failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
  context.run();
  return meeting;
}

Meeting meet(const Certificate& certificate, const std::string& domain = "example.org") {
  TlsTrust trust(file_of(authority(), "ca.pem"));
  Server server(certificate);
  return meet(server, trust, domain);
}

void expect_refusal(const Meeting& meeting, Reason reason, const std::string& says) {
  ASSERT_TRUE(meeting.refused.has_value());
  EXPECT_EQ(*meeting.refused, reason) << meeting.text;
  EXPECT_NE(meeting.text.find(says), std::string::npos) << meeting.text;
  EXPECT_EQ(meeting.heard, "");
}

TEST(Tls, BelievesACertificateForTheDomainOfAKnownAuthority) {
  const Meeting meeting = meet(good());
  EXPECT_FALSE(meeting.refused) << meeting.text;
  EXPECT_EQ(meeting.heard, "password");
  EXPECT_EQ(meeting.server_name, "example.org");
  EXPECT_EQ(meeting.version, "TLSv1.3");
}

// case 9
TEST(Tls, RefusesAnExpiredCertificate) {
  const auto expired =
      make_certificate({.names = "DNS:example.org", .begins = -48h, .ends = -24h}, &authority());
  expect_refusal(meet(expired), Reason::expired, "has expired on");
}

// case 151
TEST(Tls, RefusesACertificateOfTheFuture) {
  const auto early = make_certificate({.names = "DNS:example.org", .begins = 24h, .ends = 48h}, &authority());
  expect_refusal(meet(early), Reason::not_yet_valid, "clock");
}

// case 9
TEST(Tls, RefusesASelfSignedCertificate) {
  expect_refusal(meet(make_certificate({.names = "DNS:example.org"})), Reason::unknown_issuer, "ca_file");
}

// case 9
TEST(Tls, RefusesACertificateOfAnUnknownAuthority) {
  const auto stranger = make_authority("Stranger CA");
  expect_refusal(meet(make_certificate({.names = "DNS:example.org"}, &stranger)), Reason::unknown_issuer,
                 "ca_file");
}

TEST(Tls, RefusesAnAuthorityThatOnlyHasTheSameName) {
  const auto twin = make_authority();
  expect_refusal(meet(make_certificate({.names = "DNS:example.org"}, &twin)), Reason::bad_certificate,
                 "signature");
}

// case 9
TEST(Tls, RefusesACertificateForAnotherDomainAndNamesBoth) {
  const Meeting meeting =
      meet(make_certificate({.names = "DNS:xmpp.example.net,DNS:b.example"}, &authority()));
  expect_refusal(meeting, Reason::wrong_name, "example.org");
  EXPECT_NE(meeting.text.find("xmpp.example.net, b.example"), std::string::npos) << meeting.text;
}

// case 9
TEST(Tls, DoesNotReadTheCommonName) {
  expect_refusal(meet(make_certificate({.common_name = "example.org"}, &authority())), Reason::wrong_name,
                 "common name does not count");
}

// case 9
TEST(Tls, RefusesACertificateForClients) {
  const auto client = make_certificate({.names = "DNS:example.org", .purpose = "clientAuth"}, &authority());
  expect_refusal(meet(client), Reason::wrong_purpose, "serverAuth");
}

TEST(Tls, TakesAWildcardForOneWholeLabelOnly) {
  const auto whole = make_certificate({.names = "DNS:*.example.org"}, &authority());
  EXPECT_FALSE(meet(whole, "chat.example.org").refused);
  EXPECT_TRUE(meet(whole, "example.org").refused);
  EXPECT_TRUE(meet(whole, "a.chat.example.org").refused);
  EXPECT_TRUE(
      meet(make_certificate({.names = "DNS:ch*.example.org"}, &authority()), "chat.example.org").refused);
}

TEST(Tls, BelievesTheServersOwnCertificateIfItIsConfigured) {
  const auto own = make_certificate({.names = "DNS:example.org"});
  TlsTrust trust(file_of(own, "own.pem"));
  Server server(own);
  EXPECT_FALSE(meet(server, trust).refused);
}

TEST(Tls, ChecksTheAddressWhereTheDomainIsOne) {
  const auto numbered = make_certificate({.names = "IP:127.0.0.1"}, &authority());
  EXPECT_FALSE(meet(numbered, "127.0.0.1").refused);
  EXPECT_TRUE(meet(numbered, "127.0.0.2").refused);
  EXPECT_TRUE(meet(good(), "127.0.0.1").refused);
}

// case 14
TEST(Tls, RefusesOldVersions) {
  TlsTrust trust(file_of(authority(), "ca.pem"));
  Server server(good());
  SSL_CTX_set_security_level(server.context.native_handle(), 0);
  SSL_CTX_set_max_proto_version(server.context.native_handle(), TLS1_1_VERSION);
  expect_refusal(meet(server, trust), Reason::not_tls, "1.2");
}

TEST(Tls, BindsToTheChannelOfTls13) {
  const auto certificate = good();
  const Meeting meeting = meet(certificate);
  ASSERT_TRUE(meeting.exporter && meeting.end_point);
  EXPECT_EQ(*meeting.exporter, meeting.servers_exporter);
  Bytes hash(32);
  X509_digest(certificate.x509.get(), EVP_sha256(), hash.data(), nullptr);
  EXPECT_EQ(*meeting.end_point, hash);
}

TEST(Tls, HasNoExporterBeforeTls13) {
  TlsTrust trust(file_of(authority(), "ca.pem"));
  Server server(good());
  SSL_CTX_set_max_proto_version(server.context.native_handle(), TLS1_2_VERSION);
  const Meeting meeting = meet(server, trust);
  EXPECT_EQ(meeting.version, "TLSv1.2");
  EXPECT_FALSE(meeting.exporter);
  EXPECT_TRUE(meeting.end_point);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned size, void* seen) {
  static_cast<Meeting*>(seen)->protocol.assign(reinterpret_cast<const char*>(in + 1), size - 1);
  *out = in + 1;
  *out_size = in[0];
  return SSL_TLSEXT_ERR_OK;
}

// case 13
TEST(Tls, OffersXmppByAlpnForDirectTlsOnly) {
  TlsTrust trust(file_of(authority(), "ca.pem"));
  Server server(good());
  Meeting seen;
  SSL_CTX_set_alpn_select_cb(server.context.native_handle(), &choose_protocol, &seen);
  EXPECT_FALSE(meet(server, trust, "example.org", Connection::Start::upgrade).refused);
  EXPECT_EQ(seen.protocol, "");
  EXPECT_FALSE(meet(server, trust, "example.org", Connection::Start::direct).refused);
  EXPECT_EQ(seen.protocol, "xmpp-client");
}

asio::awaitable<void> speak_plainly(tcp::acceptor& acceptor, Meeting& meeting) {
  tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
  std::string greeting = "<?xml version='1.0'?><stream:stream>";
  co_await asio::async_write(socket, asio::buffer(greeting), asio::use_awaitable);
  std::array<char, 512> buffer{};
  const auto [end, size] = co_await socket.async_read_some(asio::buffer(buffer), as_code);
  meeting.heard.append(buffer.data(), size);
}

// case 13
TEST(Tls, SaysSoWhenThePortDoesNotSpeakTls) {
  TlsTrust trust(file_of(authority(), "ca.pem"));
  asio::io_context context;
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  Meeting meeting;
  asio::co_spawn(context, speak_plainly(acceptor, meeting), asio::detached);
  asio::co_spawn(context,
                 visit(acceptor.local_endpoint(), trust, "example.org", Connection::Start::direct, meeting),
                 asio::detached);
  context.run();
  ASSERT_EQ(meeting.refused, Reason::not_tls);
  EXPECT_NE(meeting.text.find("Does this port speak TLS"), std::string::npos) << meeting.text;
  EXPECT_EQ(meeting.heard.find("password"), std::string::npos);
}

TEST(TlsTrust, NamesACaFileItCannotUse) {
  try {
    TlsTrust trust("/nowhere/ca.pem");
    FAIL() << "accepted";
  } catch (const std::runtime_error& failure) {
    EXPECT_NE(std::string(failure.what()).find("/nowhere/ca.pem"), std::string::npos) << failure.what();
  }
}

}  // namespace
