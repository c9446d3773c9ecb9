// Why a stream ended, sorted by what to do about it.
//
// Not here: how long to wait before the next one (stream_backoff.hpp).
// Source: RFC 6120 §4.9.3, §6.5.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "bridge/core/xml/element.hpp"

namespace omegate::xmpp {
struct SaslFailure;
}

namespace omegate::gateway {

enum class FailureKind {
  network,        // no name, no connection, connection lost, silence
  tls,            // no TLS, or a certificate we do not believe
  credentials,    // the server refuses this account or password
  configuration,  // trying again cannot help: unknown host, no mechanism that we accept, invalid address
  server,         // the server has a problem of its own, or asks us to come back later
  downgrade,      // the server offers less than before: somebody may stand between, a person has to look
  protocol,       // the server broke the protocol, or we did; also everything that looks like an attack
  conflict,       // another session took our place
  policy,         // the server found us too big or too fast
  rejected,       // the server could not read what we said
  redirected,     // the server names another host; the next stream goes there (once)
  closed,         // we closed it
};

std::string_view name(FailureKind kind);

/// The end of a stream. `what()` is for the operator: one sentence, with what to do where there is something.
class StreamFailure : public std::runtime_error {
 public:
  StreamFailure(FailureKind kind, const std::string& text) : runtime_error(text), kind_(kind) {}
  FailureKind kind() const { return kind_; }

 private:
  FailureKind kind_;
};

/// The same, found by us: the server hears why before the connection ends.
class PeerFault : public StreamFailure {
 public:
  PeerFault(const std::string& text, xml::Element stream_error)
      : StreamFailure(FailureKind::protocol, text), stream_error_(std::move(stream_error)) {}
  const xml::Element& stream_error() const { return stream_error_; }

 private:
  xml::Element stream_error_;
};

/// The last stanza may be what ended the stream.
constexpr bool is_objection(FailureKind kind) {
  return kind == FailureKind::policy || kind == FailureKind::rejected;
}

/// What the server's `<stream:error/>` means for us. Before TLS stands it may come from anybody.
StreamFailure stream_error(const xml::Element& error, bool tls_stands);

StreamFailure sasl_failure(const xmpp::SaslFailure& failure);

}  // namespace omegate::gateway
