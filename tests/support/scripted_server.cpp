#include "tests/support/scripted_server.hpp"

#include <openssl/ssl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <stdexcept>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/stream_management.hpp"

namespace omegate::test {
namespace {

using asio::ip::tcp;
using boost::system::system_error;

[[noreturn]] void off_script(const std::string& what) { throw std::runtime_error("off script: " + what); }

const Certificate& authority() {
  static const Certificate made = make_authority("Scripted CA");
  return made;
}

std::string attribute(std::string_view message, char name) {
  std::string_view rest = message;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    if (part.size() > 1 && part[0] == name && part[1] == '=') return std::string(part.substr(2));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return {};
}

std::string decode(const xml::Element& element) {
  const Bytes bytes = crypto::from_base64(element.text()).value();
  return std::string(as_text(bytes));
}

constexpr std::string_view sasl1_ns = "urn:ietf:params:xml:ns:xmpp-sasl", sasl2_ns = "urn:xmpp:sasl:2";

std::string sasl(std::string_view name, std::string_view data, std::string_view space = sasl1_ns) {
  const std::string tag(name);
  return "<" + tag + " xmlns='" + std::string(space) + "'>" + crypto::to_base64(as_bytes(data)) + "</" + tag +
         ">";
}

crypto::Hash hash_of(std::string_view mechanism) {
  if (mechanism.starts_with("SCRAM-SHA-512")) return crypto::Hash::sha512;
  return mechanism.starts_with("SCRAM-SHA-256") ? crypto::Hash::sha256 : crypto::Hash::sha1;
}

}  // namespace

struct ScriptedConnection::State {
  State(tcp::socket connected, const ServerScript& server) : socket(std::move(connected)), script(server) {}

  tcp::socket socket;
  ServerScript script;
  std::optional<asio::ssl::context> context;
  std::optional<asio::ssl::stream<tcp::socket&>> tls;
  xml::StreamReader reader{xml::Limits{}};
  std::string heard;
  xml::Element header{"none"};
  std::string mechanism;
  xml::Element request{"none"};  // `<authenticate/>`
  std::uint32_t received = 0;
  std::optional<std::uint32_t> acknowledged;

  std::string channel_binding(std::string_view type) {
    if (type == "tls-exporter") {
      std::string out(32, '\0');
      SSL_export_keying_material(tls->native_handle(), reinterpret_cast<unsigned char*>(out.data()),
                                 out.size(), "EXPORTER-Channel-Binding", 24, nullptr, 0, 1);
      return out;
    }
    std::string out(32, '\0');
    X509_digest(SSL_get_certificate(tls->native_handle()), EVP_sha256(),
                reinterpret_cast<unsigned char*>(out.data()), nullptr);
    return out;
  }
};

ScriptedConnection::ScriptedConnection(tcp::socket socket, const ServerScript& script)
    : state_(std::make_unique<State>(std::move(socket), script)) {}
ScriptedConnection::ScriptedConnection(ScriptedConnection&&) noexcept = default;
ScriptedConnection::~ScriptedConnection() = default;

// --- bytes

asio::awaitable<void> ScriptedConnection::send(std::string bytes) {
  if (state_->tls) {
    co_await asio::async_write(*state_->tls, asio::buffer(bytes), asio::use_awaitable);
  } else {
    co_await asio::async_write(state_->socket, asio::buffer(bytes), asio::use_awaitable);
  }
}

asio::awaitable<xml::StreamEvent> ScriptedConnection::event() {
  for (;;) {
    if (auto next = state_->reader.next()) co_return *std::move(next);
    std::array<char, 4096> buffer{};
    std::size_t size = 0;
    if (state_->tls) {
      size = co_await state_->tls->async_read_some(asio::buffer(buffer), asio::use_awaitable);
    } else {
      size = co_await state_->socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    }
    state_->heard.append(buffer.data(), size);
    if (!state_->reader.feed(std::string_view(buffer.data(), size))) off_script("this is no XML");
  }
}

asio::awaitable<xml::Element> ScriptedConnection::element() {
  xml::StreamEvent heard = co_await event();
  auto* const element = std::get_if<xml::Element>(&heard);
  if (!element) off_script("an element was due");
  co_return std::move(*element);
}

asio::awaitable<void> ScriptedConnection::expect_end() {
  try {
    for (;;) {
      const xml::StreamEvent heard = co_await event();
      const auto* element = std::get_if<xml::Element>(&heard);  // a resumed stream asks whether we live
      if (element && !xmpp::is_sm(*element, "r")) off_script("heard " + element->to_string());
    }
  } catch (const system_error&) {  // the end, in one of its forms
  }
}

asio::awaitable<void> ScriptedConnection::until_end() {
  try {
    for (;;) co_await event();
  } catch (const system_error&) {
  }
}

const std::string& ScriptedConnection::heard() const { return state_->heard; }

void ScriptedConnection::cut() {
  if (!state_->socket.is_open()) return;
  state_->socket.set_option(asio::socket_base::linger(true, 0));
  state_->socket.close();
}

// --- steps of a login

asio::awaitable<void> ScriptedConnection::handshake() {
  const Certificate certificate =
      state_->script.certificate ? *state_->script.certificate
                                 : make_certificate({.names = "DNS:" + state_->script.domain}, &authority());
  const std::string chain = certificate.pem(), key = certificate.key_pem();
  state_->context.emplace(asio::ssl::context::tls_server);
  state_->context->use_certificate_chain(asio::buffer(chain));
  state_->context->use_private_key(asio::buffer(key), asio::ssl::context::pem);
  SSL_CTX_set_max_proto_version(state_->context->native_handle(), state_->script.max_tls_version);
  state_->tls.emplace(state_->socket, *state_->context);
  co_await state_->tls->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<void> ScriptedConnection::open_stream(std::string features) {
  state_->reader = xml::StreamReader(xml::Limits{});
  xml::StreamEvent heard = co_await event();
  auto* const opened = std::get_if<xml::StreamOpened>(&heard);
  if (!opened) off_script("a stream header was due");
  state_->header = opened->header;
  co_await send(
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
      "xmlns:stream='http://etherx.jabber.org/streams' "
      "id='1' version='1.0' from='" +
      state_->script.domain + "'><stream:features>" + features + "</stream:features>");
}

asio::awaitable<void> ScriptedConnection::upgrade() {
  co_await open_stream("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>");
  const xml::Element request = co_await element();
  if (!request.is("starttls", "urn:ietf:params:xml:ns:xmpp-tls")) off_script("<starttls/> was due");
  co_await send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  co_await handshake();
}

asio::awaitable<void> ScriptedConnection::up_to_authentication() {
  if (state_->script.direct_tls) {
    co_await handshake();
  } else {
    co_await upgrade();
  }
  co_await offer_login();
}

asio::awaitable<void> ScriptedConnection::offer_login() {
  std::string features =
      "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + state_->script.mechanisms + "</mechanisms>";
  if (!state_->script.channel_bindings.empty()) {
    features += "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>" + state_->script.channel_bindings +
                "</sasl-channel-binding>";
  }
  if (!state_->script.sasl2.empty()) {
    features += "<authentication xmlns='urn:xmpp:sasl:2'>" + state_->script.mechanisms + "<inline>" +
                state_->script.sasl2 + "</inline></authentication>";
  }
  co_await open_stream(features);
}

asio::awaitable<xml::Element> ScriptedConnection::begin_sasl2() {
  xml::Element heard = co_await element();
  if (!heard.is("authenticate", sasl2_ns)) off_script("<authenticate/> was due: " + heard.to_string());
  state_->request = heard;
  state_->mechanism = heard.attr("mechanism").value_or("");
  co_return heard;
}

const xml::Element& ScriptedConnection::request() const { return state_->request; }

asio::awaitable<void> ScriptedConnection::succeed(std::string data, std::string inside) {
  co_await send("<success xmlns='urn:xmpp:sasl:2'><additional-data>" + crypto::to_base64(as_bytes(data)) +
                "</additional-data>" + inside + "</success>");
}

std::string ScriptedConnection::channel_binding(std::string_view type) {
  return state_->channel_binding(type);
}

asio::awaitable<std::string> ScriptedConnection::check_proof() {
  const bool in_place = !state_->script.sasl2.empty();
  const std::string_view space = in_place ? sasl2_ns : sasl1_ns;
  std::string first;
  if (in_place) {
    const xml::Element request = co_await begin_sasl2();
    first = decode(*request.child("initial-response", sasl2_ns));
  } else {
    const xml::Element auth = co_await element();
    if (!auth.is("auth", sasl1_ns)) off_script("<auth/> was due");
    state_->mechanism = auth.attr("mechanism").value_or("");
    first = decode(auth);
  }
  const std::size_t bare_at = first.find(",,") + 2;
  const std::string header = first.substr(0, bare_at), bare = first.substr(bare_at);
  if (attribute(bare, 'n') != state_->script.user) off_script("another user: " + bare);
  const std::string salt = "0123456789abcdef";
  const std::string server_first = "r=" + attribute(bare, 'r') +
                                   "server-nonce,s=" + crypto::to_base64(as_bytes(salt)) +
                                   ",i=" + std::to_string(state_->script.iterations);
  co_await send(sasl("challenge", server_first, space));
  const xml::Element response = co_await element();
  if (!response.is("response", space)) off_script("<response/> was due");
  const std::string final = decode(response);

  std::string binding = header;
  if (header.starts_with("p=")) binding += state_->channel_binding(header.substr(2, header.size() - 4));
  if (attribute(final, 'c') != crypto::to_base64(as_bytes(binding))) off_script("another channel");
  const std::string without_proof = final.substr(0, final.find(",p="));
  const std::string signed_text = bare + "," + server_first + "," + without_proof;
  const crypto::Hash hash = hash_of(state_->mechanism);
  const auto salted =
      crypto::pbkdf2(hash, as_bytes(state_->script.password), as_bytes(salt), state_->script.iterations);
  const Bytes client_key = crypto::hmac(hash, salted, as_bytes("Client Key"));
  Bytes proof = crypto::hmac(hash, crypto::digest(hash, client_key), as_bytes(signed_text));
  for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<Byte>(proof[i] ^ client_key[i]);
  if (attribute(final, 'p') != crypto::to_base64(proof)) {
    co_await send("<failure xmlns='" + std::string(space) +
                  "'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>");
    co_return "";
  }
  const Bytes server_key = crypto::hmac(hash, salted, as_bytes("Server Key"));
  co_return crypto::to_base64(crypto::hmac(hash, server_key, as_bytes(signed_text)));
}

asio::awaitable<void> ScriptedConnection::authenticate() {
  const std::string signature = co_await check_proof();
  if (signature.empty()) off_script("the password is wrong");
  co_await send(sasl("success", "v=" + signature));
}

asio::awaitable<void> ScriptedConnection::up_to_session() {
  co_await up_to_authentication();
  co_await authenticate();
  co_await open_stream(state_->script.features);
}

asio::awaitable<std::string> ScriptedConnection::bind() {
  const xml::Element request = co_await element();
  const xml::Element* const bind = request.child("bind", "urn:ietf:params:xml:ns:xmpp-bind");
  if (!bind) off_script("a bind request was due: " + request.to_string());
  std::string resource = bind->child_text("resource", "urn:ietf:params:xml:ns:xmpp-bind");
  if (resource.empty()) resource = "made-by-server";
  const std::string full = state_->script.user + "@" + state_->script.domain + "/" + resource;
  co_await send("<iq type='result' id='" + std::string(request.attr("id").value_or("")) +
                "'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" + full + "</jid></bind></iq>");
  co_return full;
}

asio::awaitable<void> ScriptedConnection::enable_management() {
  const xml::Element request = co_await element();
  if (!xmpp::is_sm(request, "enable")) off_script("<enable/> was due: " + request.to_string());
  state_->received = 0;
  co_await send("<enabled xmlns='urn:xmpp:sm:3' resume='true' id='" + state_->script.session_id + "'/>");
}

// --- a session

asio::awaitable<xml::Element> ScriptedConnection::stanza() {
  for (;;) {
    xml::Element heard = co_await element();
    if (xmpp::is_stanza(heard)) {
      ++state_->received;
      co_return heard;
    }
    if (xmpp::is_sm(heard, "r")) {
      co_await send("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(state_->received) + "'/>");
    } else if (xmpp::is_sm(heard, "a")) {
      state_->acknowledged = xmpp::sm_h(heard).value();
    } else {
      off_script("a stanza was due: " + heard.to_string());
    }
  }
}

asio::awaitable<void> ScriptedConnection::answer(xml::Element iq, std::string payload) {
  std::string from;
  if (const auto to = iq.attr("to")) from = " from='" + std::string(*to) + "'";
  co_await send("<iq type='result' id='" + std::string(iq.attr("id").value_or("")) + "'" + from + ">" +
                payload + "</iq>");
}

std::uint32_t ScriptedConnection::received() const { return state_->received; }
void ScriptedConnection::set_received(std::uint32_t count) { state_->received = count; }
std::optional<std::uint32_t> ScriptedConnection::acknowledged() const { return state_->acknowledged; }
std::string ScriptedConnection::mechanism() const { return state_->mechanism; }
const xml::Element& ScriptedConnection::stream_header() const { return state_->header; }

// --- the server

ScriptedServer::ScriptedServer(asio::any_io_executor executor, ServerScript script)
    : script_(std::move(script)), acceptor_(executor, {asio::ip::address_v4::loopback(), 0}) {}

Certificate ScriptedServer::certificate_for(const std::string& names) {
  return make_certificate({.names = names}, &authority());
}

std::string ScriptedServer::ca_file() {
  static const std::string file = authority().save(
      (std::filesystem::temp_directory_path() / ("omegate-ca-" + std::to_string(getpid()) + ".pem"))
          .string());
  return file;
}

asio::awaitable<ScriptedConnection> ScriptedServer::accept() {
  tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
  co_return ScriptedConnection(std::move(socket), script_);
}

asio::awaitable<ScriptedConnection> ScriptedServer::log_in() {
  ScriptedConnection client = co_await accept();
  co_await client.up_to_session();
  co_await client.bind();
  co_await client.enable_management();
  co_return client;
}

asio::awaitable<ScriptedConnection> ScriptedServer::resume(std::uint32_t h) {
  ScriptedConnection client = co_await accept();
  co_await client.up_to_session();
  const xml::Element request = co_await client.element();
  if (!xmpp::is_sm(request, "resume")) off_script("<resume/> was due: " + request.to_string());
  client.set_received(h);
  co_await client.send("<resumed xmlns='urn:xmpp:sm:3' previd='" + script_.session_id + "' h='" +
                       std::to_string(h) + "'/>");
  co_return client;
}

}  // namespace omegate::test
