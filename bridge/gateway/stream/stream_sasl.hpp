// Proving who we are, and that the server is who it says: SASL over a wire.
//
// Not here: the choice of the mechanism (core/xmpp/mechanism.hpp), SCRAM itself (core/xmpp/scram.hpp), what
// SASL2 does beside (stream_login_sasl2.cpp). Source: RFC 6120 §6, XEP-0388, XEP-0440, XEP-0484.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/mechanism.hpp"
#include "bridge/core/xmpp/sasl2.hpp"
#include "bridge/edge/net/connection.hpp"
#include "bridge/gateway/stream/stream.hpp"

namespace omegate::gateway {

/// What the exchange needs of its stream: one element to, one element from the server, within the deadline.
class Exchange {
 public:
  virtual asio::awaitable<xml::Element> ask(xml::Element element, std::string waiting_for) = 0;
  virtual const net::Connection& connection() const = 0;

 protected:
  ~Exchange() = default;
};

/// The elements around a mechanism's messages.
class SaslProfile {
 public:
  virtual xml::Element begin(std::string_view mechanism, std::string_view initial) = 0;
  virtual xml::Element respond(std::string_view data) = 0;
  virtual Result<xmpp::SaslAnswer> read(const xml::Element& element) = 0;

 protected:
  ~SaslProfile() = default;
};

/// That of RFC 6120.
class Sasl1Profile final : public SaslProfile {
 public:
  xml::Element begin(std::string_view mechanism, std::string_view initial) override;
  xml::Element respond(std::string_view data) override;
  Result<xmpp::SaslAnswer> read(const xml::Element& element) override;
};

/// That of XEP-0388, with what else is asked for in the same step.
class Sasl2Profile final : public SaslProfile {
 public:
  explicit Sasl2Profile(xmpp::Authenticate request) : request_(std::move(request)) {}
  xml::Element begin(std::string_view mechanism, std::string_view initial) override;
  xml::Element respond(std::string_view data) override;
  /// Throws `StreamFailure` when the server wants a second factor.
  Result<xmpp::SaslAnswer> read(const xml::Element& element) override;

  const xmpp::Sasl2Success& success() const { return success_; }

 private:
  xmpp::Authenticate request_;
  xmpp::Sasl2Success success_;
};

xmpp::SaslAbility ability_of(const net::Connection& connection, const Login& login);

/// Errors: as `StreamFailure`: `downgrade`, `configuration` (nothing we accept is offered).
xmpp::SaslChoice choose(const xmpp::SaslOffer& offer, const xmpp::SaslAbility& ability,
                        const std::optional<xmpp::SaslPin>& pin);

/// Returns what was used, when the server has accepted us *and* proved that it knows the password.
/// Throws `StreamFailure`: credentials, protocol (the server is not what it says, or somebody stands
/// between), downgrade (its offers were altered), server.
asio::awaitable<xmpp::SaslChoice> authenticate(Exchange& exchange, SaslProfile& profile, const Login& login,
                                               const xmpp::SaslOffer& offer, xmpp::SaslChoice choice,
                                               const std::optional<xmpp::SaslPin>& pin, Random& random);

/// The token is good for nothing any more; the password is. Ends the connection.
struct TokenRefused {};

/// The same with a token. Throws `TokenRefused` whatever the server has against it.
asio::awaitable<void> authenticate_by_token(Exchange& exchange, SaslProfile& profile, const Login& login,
                                            const xmpp::FastToken& token);

}  // namespace omegate::gateway
