// From an open connection to a bound or resumed session: the login's conversation, in its one order.
//
// Not here: the order itself (core/xmpp/negotiation.hpp), SASL (stream_sasl.hpp), connecting
// (stream_connect.hpp), what comes afterwards (stream_session.hpp).
// Source: RFC 6120 §5–§7, XEP-0198 §3–§6, XEP-0386, XEP-0388.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/negotiation.hpp"
#include "bridge/gateway/stream/stream_sasl.hpp"
#include "bridge/gateway/stream/stream_wire.hpp"

namespace omegate::gateway {

/// What a login leaves. `Resumption` has the rest.
struct LoggedIn {
  bool resumed = false;
  xml::Element features{"features"};          // of the authenticated stream
  std::string description;                    // "TLSv1.3, SCRAM-SHA-256-PLUS, tls-exporter"
  std::optional<WallTime> certificate_ends;   // the server's
  std::vector<std::string> resend;            // stanzas to repeat, in order
  std::vector<xmpp::StanzaTag> acknowledged;  // the old session's, that the server had
  std::vector<xmpp::StanzaTag> given_up;      // sent again too often: they seem to end the stream
  struct Early {
    xml::Element stanza;
    bool counted;  // by XEP-0198
  };
  std::vector<Early> early;                 // stanzas that came during the login
  bool carbons = false;                     // are on
  std::optional<std::uint32_t> server_had;  // of our stanzas, where a session was to be resumed
};

/// One login over one wire. Each answer of the server has `StreamTimes::state`.
class LoginConversation final : Exchange {
 public:
  LoginConversation(Wire& wire, const StreamSurroundings& surroundings, const Login& login,
                    Resumption& resumption, bool direct_tls)
      : wire_(wire), around_(surroundings), login_(login), resumption_(resumption), direct_tls_(direct_tls) {}

  /// Throws `StreamFailure`, `TokenRefused`.
  asio::awaitable<LoggedIn> run();

  /// Makes the account (XEP-0077) instead; nobody is logged in then. Throws `StreamFailure`. `may_exist`: from here on the
  /// server may have it, whatever becomes of the connection.
  asio::awaitable<void> make_account(const config::SecretText& password, bool& may_exist);

  /// SASL has begun: another target of the same domain would give the same answer.
  bool has_authenticated() const { return authentication_began_; }

 private:
  using Input = xmpp::Negotiation::Input;
  using Step = xmpp::Negotiation::Step;

  asio::awaitable<void> secure();
  asio::awaitable<void> upgrade();
  asio::awaitable<void> log_in();
  asio::awaitable<void> resume_or_bind();
  asio::awaitable<bool> resume();
  void take_resumed(std::uint32_t h);
  asio::awaitable<void> bind();
  asio::awaitable<std::optional<xmpp::Jid>> ask_for_resource(std::string resource);
  asio::awaitable<void> enable_management();

  // stream_login_sasl2.cpp
  asio::awaitable<bool> log_in_at_once();
  asio::awaitable<xmpp::Authenticate> inline_wishes(const xmpp::Sasl2Features& offers);
  asio::awaitable<void> try_token(Sasl2Profile& profile, const xmpp::FastToken& token);
  asio::awaitable<bool> enter(xmpp::Sasl2Success success, bool asked_to_resume);
  asio::awaitable<void> hear_features();
  asio::awaitable<void> remember(const xmpp::SaslChoice& used);
  void describe(const std::string& mechanism, xmpp::Binding binding);
  static StreamFailure out_of_order(const std::string& what);

  asio::awaitable<xmpp::Features> open_stream(std::size_t max_stanza);
  asio::awaitable<xml::Element> ask(xml::Element element, std::string waiting_for) override;
  asio::awaitable<xml::Element> request(xml::Element iq, std::string id, std::string waiting_for);
  asio::awaitable<xml::Element> hear(std::string waiting_for);
  asio::awaitable<xml::StreamEvent> hear_event(std::string waiting_for);
  const net::Connection& connection() const override { return wire_.connection(); }
  void advance(Input input, Step expected);

  Wire& wire_;
  const StreamSurroundings& around_;
  const Login& login_;
  Resumption& resumption_;
  bool direct_tls_;
  bool authentication_began_ = false;
  xmpp::Negotiation negotiation_{direct_tls_ ? xmpp::Negotiation::State::handshaking
                                             : xmpp::Negotiation::State::plain};
  xmpp::Features offered_;  // of the current stream
  LoggedIn outcome_;
};

}  // namespace omegate::gateway
