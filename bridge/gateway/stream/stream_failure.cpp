#include "bridge/gateway/stream/stream_failure.hpp"

#include <iterator>

#include "bridge/core/xmpp/sasl.hpp"
#include "bridge/core/xmpp/stream_error.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;

Kind kind_of(xmpp::Reaction reaction) {
  switch (reaction) {
    case xmpp::Reaction::reconnect:
      return Kind::server;
    case xmpp::Reaction::reconnect_slowly:
      return Kind::policy;
    case xmpp::Reaction::new_resource:
      return Kind::conflict;
    case xmpp::Reaction::quarantine_last:
      return Kind::rejected;
    case xmpp::Reaction::follow:
      return Kind::redirected;
    case xmpp::Reaction::stop:
      return Kind::configuration;
  }
  return Kind::server;
}

/// A server's text is a stranger's: one line, bounded.
std::string quoted(std::string text) {
  if (text.empty()) return {};
  if (text.size() > 200) text.resize(200);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '"' || c == 0x7f) c = ' ';
  }
  return ", \"" + text + '"';
}

std::string_view advice(Kind kind) {
  switch (kind) {
    case Kind::conflict:
      return " Another session of this account took this one's place; does a second gateway run with it?";
    case Kind::configuration:
      return " Check the account's address and host in the configuration.";
    default:
      return "";
  }
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::string_view names[] = {"network",  "tls",      "credentials", "configuration", "server", "downgrade",
                                        "protocol", "conflict", "policy",      "rejected",      "redirected", "closed"};
  return names[static_cast<std::size_t>(kind)];
}

StreamFailure stream_error(const xml::Element& element, bool tls_stands) {
  const xmpp::StreamError error = xmpp::parse_stream_error(element);
  const xmpp::Reaction reaction = xmpp::reaction(error, tls_stands);
  const Kind kind = kind_of(reaction);
  return {kind, "The server ended the stream: " + error.condition + quoted(error.text) + "." +
                    std::string(advice(kind))};
}

StreamFailure sasl_failure(const xmpp::SaslFailure& failure) {
  const std::string said = failure.condition + quoted(failure.text);
  if (xmpp::is_permanent(failure)) {
    return {Kind::credentials, "The server refuses the login: " + said + ". Check account and password."};
  }
  return {Kind::server, "The server could not log us in: " + said + "."};
}

}  // namespace omegate::gateway
