// An XMPP server that does what a test says, byte by byte, over loopback TCP and TLS.
//
// It can log a client in by itself, SCRAM and channel binding included, or be led through every step of it.
// Use: `ScriptedServer server(executor); … auto client = co_await server.log_in();` then `client.stanza()`,
// `client.send(…)`. Everything throws when the client does something else than the script expects.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xml/stream_reader.hpp"
#include "tests/support/certificates.hpp"

namespace omegate::test {

namespace asio = boost::asio;

/// What the server offers and how it behaves; the default is a good one.
struct ServerScript {
  std::string domain = "example.org";
  std::string user = "bot", password = "correct horse";
  bool direct_tls = false;
  std::string mechanisms = "<mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-256</mechanism>";
  std::string channel_bindings = "<channel-binding type='tls-exporter'/>";  // empty: no XEP-0440
  std::string features = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";
  std::string sasl2 = "";                // inside `<inline/>`; empty: SASL2 is not offered
  std::string session_id = "session-1";  // of stream management
  std::uint32_t iterations = 4096;
  std::optional<Certificate> certificate = std::nullopt;  // instead of a good one
  int max_tls_version = 0;                                // TLS1_2_VERSION to have no exporter
};

/// The server's end of one connection.
class ScriptedConnection {
 public:
  ScriptedConnection(asio::ip::tcp::socket socket, const ServerScript& script);
  ScriptedConnection(ScriptedConnection&&) noexcept;
  ~ScriptedConnection();

  // --- bytes
  asio::awaitable<void> send(std::string bytes);
  /// What the client says next; `StreamOpened` and `StreamClosed` included.
  asio::awaitable<xml::StreamEvent> event();
  /// The same, and it must be an element.
  asio::awaitable<xml::Element> element();
  /// The client has closed the connection; bytes before that are in `heard`. Throws if it says an element.
  asio::awaitable<void> expect_end();
  /// Everything received so far, in the clear and under TLS.
  const std::string& heard() const;
  /// The same, whatever it says before.
  asio::awaitable<void> until_end();
  /// Ends the connection with a reset, as a crash or a middle box does.
  void cut();

  // --- steps of a login
  asio::awaitable<void> handshake();  // direct TLS
  asio::awaitable<void> open_stream(std::string features);
  asio::awaitable<void> upgrade();      // stream, STARTTLS, handshake
  asio::awaitable<void> offer_login();  // stream with mechanisms
  asio::awaitable<void> authenticate();
  /// Only the exchange up to the client's proof, which is checked. Returns the server's signature, base64.
  asio::awaitable<std::string> check_proof();
  /// SASL2, where the script's `sasl2` is offered: the client's `<authenticate/>` after `check_proof` or by
  /// itself.
  asio::awaitable<xml::Element> begin_sasl2();
  const xml::Element& request() const;
  /// Success with `data` (not encoded) for the mechanism and `inside`.
  asio::awaitable<void> succeed(std::string data, std::string inside);
  std::string channel_binding(std::string_view type);
  asio::awaitable<std::string> bind();  // returns the full JID
  asio::awaitable<void> enable_management();
  asio::awaitable<void> up_to_authentication();  // all before `authenticate`
  asio::awaitable<void> up_to_session();         // all before bind or resume

  // --- a session
  /// The next message, presence or iq. Requests for acknowledgement are answered, acknowledgements noted.
  asio::awaitable<xml::Element> stanza();
  /// Answers an iq with an empty result, or with `payload` in it.
  asio::awaitable<void> answer(xml::Element iq, std::string payload = "");
  std::uint32_t received() const;  // stanzas, as XEP-0198 counts
  void set_received(std::uint32_t count);
  std::optional<std::uint32_t> acknowledged() const;  // the client's last `<a h=…/>`
  std::string mechanism() const;                      // the client chose
  const xml::Element& stream_header() const;          // the client's last

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ScriptedServer {
 public:
  explicit ScriptedServer(asio::any_io_executor executor, ServerScript script = {});

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  ServerScript& script() { return script_; }

  /// The certificate a client has to believe, as a file.
  static std::string ca_file();
  /// Another certificate of that authority, for another server beside this one: "DNS:files.example.org".
  static Certificate certificate_for(const std::string& names);

  asio::awaitable<ScriptedConnection> accept();
  /// Accepts one connection and brings it to a new session with stream management.
  asio::awaitable<ScriptedConnection> log_in();
  /// The same, and the client must resume; `h` is what the server says it has.
  asio::awaitable<ScriptedConnection> resume(std::uint32_t h);

 private:
  ServerScript script_;
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace omegate::test
