#include "bridge/gateway/stream/stream_login.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/core/xmpp/idna.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/stream.hpp"
#include "bridge/core/xmpp/stream_error.hpp"
#include "bridge/edge/net/race.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

StreamFailure no_answer(std::chrono::milliseconds limit, const std::string& waiting_for) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
  return {Kind::network, "The server did not answer within " + std::to_string(seconds) + " s (waiting for " +
                             waiting_for + ")."};
}

asio::awaitable<void> read_into(Wire& wire, std::optional<xml::StreamEvent>& event) {
  event = co_await wire.read();
}

/// Enough that two gateways do not meet, short enough to read.
std::string make_resource(const std::string& prefix, Random& random) {
  std::array<Byte, 4> bytes;
  random.fill(bytes);
  return prefix + "." + crypto::to_hex(bytes);
}

std::string domain_of(const Login& login) {
  const auto domain = xmpp::ascii_domain(login.account.domain());
  if (domain) return *domain;
  throw StreamFailure(Kind::configuration, "The account's domain is no domain name.");
}

}  // namespace

StreamFailure LoginConversation::out_of_order(const std::string& what) {
  return {Kind::protocol, "The server broke the order of a login: " + what + "."};
}

asio::awaitable<LoggedIn> LoginConversation::run() {
  co_await secure();
  offered_ = co_await open_stream(xml::max_stanza_before_authentication);
  bool has_session = false;
  if (offered_.sasl2) {
    has_session = co_await log_in_at_once();
  } else {
    co_await log_in();
    offered_ = co_await open_stream(xml::max_stanza);
    resumption_.limits = {offered_.max_bytes, offered_.idle};
  }
  if (!has_session) co_await resume_or_bind();
  co_return std::move(outcome_);
}

asio::awaitable<void> LoginConversation::resume_or_bind() {
  bool resumed = false;
  if (offered_.stream_management && resumption_.possible()) {
    resumed = co_await resume();
  } else {
    advance(Input::offers_bind, Step::bind);
  }
  if (!resumed) co_await bind();
}

asio::awaitable<void> LoginConversation::secure() {
  if (!direct_tls_) co_await upgrade();
  const auto start = direct_tls_ ? net::Connection::Start::direct : net::Connection::Start::upgrade;
  bool in_time = true;
  try {
    co_await net::within(around_.times.state, wire_.start_tls(around_.trust, domain_of(login_), start));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() != asio::error::timed_out) throw;
    in_time = false;
  }
  if (!in_time) throw no_answer(around_.times.state, "the TLS handshake");
  advance(Input::tls_ready, Step::restart_stream);
}

asio::awaitable<void> LoginConversation::upgrade() {
  const xmpp::Features plain = co_await open_stream(xml::max_stanza_before_authentication);
  if (!plain.tls) {
    throw StreamFailure(Kind::tls,
                        "The server offers no TLS on this port: somebody may have cut the offer out. "
                        "Nothing was sent.");
  }
  advance(Input::offers_tls, Step::request_tls);
  const xml::Element heard = co_await ask(xmpp::starttls_request(), "<proceed/>");
  if (heard.is("failure", xmpp::ns::tls)) throw StreamFailure(Kind::tls, "The server cannot start TLS.");
  if (!heard.is("proceed", xmpp::ns::tls)) throw out_of_order("<proceed/> was due");
  advance(Input::proceed, Step::start_tls);
}

asio::awaitable<void> LoginConversation::log_in() {
  if (offered_.mechanisms.empty()) throw out_of_order("no login was offered");
  advance(Input::offers_auth, Step::authenticate);
  authentication_began_ = true;
  const xmpp::SaslOffer offer{offered_.mechanisms, offered_.channel_bindings};
  const xmpp::SaslChoice choice = choose(offer, ability_of(connection(), login_), resumption_.pin);
  Sasl1Profile profile;
  const auto used = co_await authenticate(*this, profile, login_, offer, choice, resumption_.pin, around_.random);
  advance(Input::auth_success, Step::restart_stream);
  co_await remember(used);
}

/// False: the server does not have our session any more, and binding comes next.
asio::awaitable<bool> LoginConversation::resume() {
  advance(Input::offers_resume, Step::resume);
  xmpp::StreamManagement& management = resumption_.management;
  const xml::Element heard = co_await ask(
      xmpp::sm_resume(management.enabled()->id, resumption_.acknowledgeable()), "the resumption's outcome");
  const auto h = xmpp::sm_h(heard);
  if (xmpp::is_sm(heard, "failed")) {
    advance(Input::resume_failed, Step::bind);
    if (h) outcome_.server_had = *h;
    outcome_.acknowledged = resumption_.forget(outcome_.server_had);
    co_return false;
  }
  if (!xmpp::is_sm(heard, "resumed") || !h) throw out_of_order("the resumption's outcome was due");
  advance(Input::resumed, Step::announce_resumed);
  take_resumed(*h);
  co_return true;
}

void LoginConversation::take_resumed(std::uint32_t h) {
  auto resend = resumption_.management.resume(h);
  if (!resend) throw counted_wrongly(h, resumption_);
  outcome_.resumed = true;
  outcome_.server_had = h;
  outcome_.resend = std::move(resend->stanzas);
  outcome_.acknowledged = std::move(resend->acknowledged);
  outcome_.given_up = std::move(resend->given_up);
}

asio::awaitable<void> LoginConversation::bind() {
  resumption_.forget();
  if (!offered_.bind) throw out_of_order("no binding was offered");
  if (resumption_.resource.empty()) {
    resumption_.resource = make_resource(login_.resource_prefix, around_.random);
  }
  auto bound = co_await ask_for_resource(resumption_.resource);
  if (!bound) bound = co_await ask_for_resource("");  // somebody has it: let the server choose
  if (!bound) throw StreamFailure(Kind::server, "The server does not bind a resource.");
  if (offered_.session) co_await request(xmpp::session_request("session"), "session", "the session");
  if (offered_.stream_management) {
    advance(Input::bound_manageable, Step::enable_management);
    co_await enable_management();
  } else {
    advance(Input::bound, Step::announce_ready);
  }
  resumption_.bound = std::move(bound);
}

/// Nothing: refused.
asio::awaitable<std::optional<xmpp::Jid>> LoginConversation::ask_for_resource(std::string resource) {
  const std::string id = resource.empty() ? "bind-any" : "bind";
  const xml::Element answer = co_await request(xmpp::bind_request(id, resource), id, "the binding");
  if (answer.attr("type") == "error") co_return std::nullopt;
  const auto bound = xmpp::parse_bound(answer);
  if (!bound) throw out_of_order("the server bound us to no address");
  co_return *bound;
}

asio::awaitable<void> LoginConversation::enable_management() {
  resumption_.management.start();
  xml::Element heard = co_await ask(xmpp::sm_enable(), "stream management");
  while (xmpp::is_stanza(heard)) {  // not counted yet
    outcome_.early.push_back({std::move(heard), false});
    heard = co_await hear("stream management");
  }
  if (xmpp::is_sm(heard, "enabled")) {
    resumption_.management.on_enabled(xmpp::parse_sm_enabled(heard));
    advance(Input::enabled, Step::announce_ready);
  } else if (xmpp::is_sm(heard, "failed")) {
    resumption_.management.abandon(std::nullopt);
    advance(Input::enable_failed, Step::announce_ready);
  } else {
    throw out_of_order("the outcome of stream management was due");
  }
}

asio::awaitable<xmpp::Features> LoginConversation::open_stream(std::size_t max_stanza) {
  wire_.restart({.element_bytes = max_stanza});
  // Before TLS the account's name is nobody's business.
  const auto from = wire_.is_secure() ? std::optional(login_.account) : std::nullopt;
  co_await wire_.write(xmpp::stream_header(login_.account.server(), from));
  const xml::StreamEvent event = co_await hear_event("the stream's header");
  const auto* opened = std::get_if<xml::StreamOpened>(&event);
  if (!opened || !xmpp::check_stream_header(opened->header)) {
    throw StreamFailure(Kind::protocol, "The other side does not speak XMPP.");
  }
  xml::Element features = co_await hear("the stream's features");
  if (!xmpp::is_features(features)) throw out_of_order("features were due");
  outcome_.features = features;
  co_return xmpp::parse_features(features);
}

asio::awaitable<xml::Element> LoginConversation::ask(xml::Element element, std::string waiting_for) {
  co_await wire_.write(xmpp::to_wire(element));
  co_return co_await hear(std::move(waiting_for));
}

/// Stanzas that come before the answer are kept.
asio::awaitable<xml::Element> LoginConversation::request(xml::Element iq, std::string id,
                                                         std::string waiting_for) {
  xml::Element heard = co_await ask(std::move(iq), waiting_for);
  while (!xmpp::is_iq(heard) || !xmpp::is_answer(heard) || heard.attr("id") != id) {
    if (!xmpp::is_stanza(heard)) throw out_of_order(waiting_for + " was due");
    outcome_.early.push_back({std::move(heard), false});
    heard = co_await hear(waiting_for);
  }
  co_return heard;
}

asio::awaitable<xml::Element> LoginConversation::hear(std::string waiting_for) {
  xml::StreamEvent event = co_await hear_event(waiting_for);
  auto* element = std::get_if<xml::Element>(&event);
  if (!element)
    throw StreamFailure(Kind::network, "The server closed the stream (waiting for " + waiting_for + ").");
  if (xmpp::is_stream_error(*element))
    throw end_by_server(*element, wire_.is_secure(), direct_tls_, resumption_);
  co_return std::move(*element);
}

asio::awaitable<xml::StreamEvent> LoginConversation::hear_event(std::string waiting_for) {
  std::optional<xml::StreamEvent> event;
  bool in_time = true;
  try {
    co_await net::within(around_.times.state, read_into(wire_, event));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() != asio::error::timed_out) throw;
    in_time = false;
  }
  if (!in_time) throw no_answer(around_.times.state, waiting_for);
  co_return *std::move(event);
}

void LoginConversation::advance(Input input, Step expected) {
  const auto step = negotiation_.on(input);
  if (!step || *step != expected) throw out_of_order("the login cannot go on from here");
}

}  // namespace omegate::gateway
