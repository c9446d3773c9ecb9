// What one stream hands to the next of the same account.
//
// Not here: the stream itself (stream.hpp).
// Source: XEP-0198 §5.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/core/xmpp/jid.hpp"
#include "bridge/core/xmpp/mechanism.hpp"
#include "bridge/core/xmpp/stream_management.hpp"
#include "bridge/edge/net/srv.hpp"
#include "bridge/gateway/stream/stream_failure.hpp"

namespace omegate::gateway {

/// What the server says that it takes (XEP-0478).
struct ServerLimits {
  std::optional<std::uint64_t> max_bytes;  // of a stanza
  std::optional<std::chrono::seconds> idle;  // without a word of ours
};

/// The server ended a stream over what we said.
///
/// While there is one, stanzas go out one at a time: so the one that ends the next stream is known for certain.
struct Objection {
  std::string reason;
  bool found = false;                     // the stanza that was alone on its way
  std::optional<xmpp::StanzaTag> tag{};  // whose it is, if anybody's
};

/// Lives as long as the account does in this process, over all its streams; one stream at a time uses it.
/// The next process gets it as a record (stream_record.hpp).
struct Resumption {
  xmpp::StreamManagement management;
  std::optional<xmpp::Jid> bound;

  /// A record is kept, and names so many incoming stanzas: the server is told no higher number, or the next process
  /// could not go on from the record. Nothing: no record is kept.
  std::optional<std::uint32_t> recorded;
  std::uint32_t acknowledgeable() const { return recorded.value_or(management.handled_count()); }

  /// How we logged in the last time; weaker is refused.
  std::optional<xmpp::SaslPin> pin;

  /// Tags of stanzas whose session ended before the server acknowledged them; `Stream::open` reports them.
  std::vector<xmpp::StanzaTag> uncertain;

  ServerLimits limits;
  std::optional<Objection> objection;

  std::string resource;                 // ours; another one after a conflict
  std::string agent;                    // the same for SASL2: a UUID
  std::optional<net::Target> redirect;  // where `<see-other-host/>` sends the next stream, once

  /// May be resumed.
  bool possible() const { return bound && management.can_resume(); }

  /// The session is over: the next stream binds anew. Call it only between streams.
  void forget() { forget(std::nullopt); }

  /// `h`: what the server said it had, if it did. Returns the tags it had.
  std::vector<xmpp::StanzaTag> forget(std::optional<std::uint32_t> h);
};

/// The server ended the stream: what it means for the next one goes into `resumption`.
StreamFailure end_by_server(const xml::Element& error, bool tls_stands, bool direct_tls,
                            Resumption& resumption);

/// The server acknowledged what we never sent, or took an acknowledgement back: the session cannot be trusted
/// and is forgotten.
PeerFault counted_wrongly(std::uint32_t h, Resumption& resumption);

/// A `<see-other-host/>` as a place to connect to: "host", "host:port", "[address]:port"; nothing for others.
std::optional<net::Target> parse_other_host(std::string_view text, bool direct_tls);

}  // namespace omegate::gateway
