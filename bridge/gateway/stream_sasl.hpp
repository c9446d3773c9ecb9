// Proving who we are, and that the server is who it says: SASL over a wire.
//
// Not here: the choice of the mechanism (core/xmpp/mechanism.hpp), SCRAM itself (core/xmpp/scram.hpp).
// Source: RFC 6120 §6, XEP-0440.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/mechanism.hpp"
#include "bridge/core/xmpp/sasl.hpp"
#include "bridge/edge/net/connection.hpp"
#include "bridge/gateway/stream.hpp"

namespace omegate::gateway {

/// What the exchange needs of its stream: one element to, one element from the server, within the deadline.
class Exchange {
 public:
  virtual asio::awaitable<xml::Element> ask(xml::Element element, std::string waiting_for) = 0;
  virtual const net::Connection& connection() const = 0;

 protected:
  ~Exchange() = default;
};

/// Returns what was used, when the server has accepted us *and* proved that it knows the password.
/// Throws `StreamFailure`: credentials, configuration (nothing we accept is offered), protocol (the server is
/// not what it says, or somebody stands between), server.
asio::awaitable<xmpp::SaslChoice> authenticate(Exchange& exchange, const Login& login,
                                               const xmpp::Features& features,
                                               const std::optional<xmpp::SaslPin>& pin, Random& random);

}  // namespace omegate::gateway
