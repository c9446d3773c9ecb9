// One XMPP stream of an account: from the first name lookup to its end, then thrown away.
//
// Not here: when to open the next one (stream_backoff.hpp), what stanzas mean (account.hpp), the protocol's
// rules (core/xmpp), sockets and TLS (edge/net).
// Source: RFC 6120, XEP-0198.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/xml/element.hpp"
#include "bridge/core/xmpp/jid.hpp"
#include "bridge/edge/config/secret_text.hpp"
#include "bridge/gateway/stream/stream_failure.hpp"
#include "bridge/gateway/stream/stream_resumption.hpp"

namespace omegate::store {
struct StoredStream;
}

namespace omegate::net {
class Names;
class TlsTrust;
}  // namespace omegate::net

namespace omegate::gateway {

namespace asio = boost::asio;
class StoredLogin;

/// Who logs in where.
struct Login {
  xmpp::Jid account;                             // bare
  std::function<config::SecretText()> password;  // asked in each login
  std::string host;               // overrides the DNS; the certificate still has to name the domain
  std::uint16_t port = 0;         // with `host`; 0: 5222, or 5223 for direct TLS
  bool direct_tls = false;        // with `host`
  bool allow_plain = false;       // SASL PLAIN, if the server has no SCRAM
  std::string resource_prefix = "omegate";
};

/// Deadlines. Tests shorten them; nobody else has a reason to.
struct StreamTimes {
  std::chrono::milliseconds state{15'000};      // one answer of the server during login
  std::chrono::milliseconds connect{30'000};    // TCP, over all targets
  std::chrono::milliseconds silence{30'000};    // then we ask for a sign of life
  std::chrono::milliseconds dead{30'000};       // then the connection is dead
  std::chrono::milliseconds slow_ack{120'000};  // bytes flow, but no answer to our request: dead, too
  std::chrono::milliseconds write{20'000};      // one write
  std::chrono::milliseconds proof{10'000};      // a resumed session answers, or is bound anew
  std::chrono::milliseconds goodbye{5'000};     // for the peer's `</stream:stream>`
};

/// What a stream needs around it. Everything referenced outlives it.
struct StreamSurroundings {
  asio::any_io_executor executor;  // the account's strand
  net::Names& names;
  net::TlsTrust& trust;  // one per account, made of its CA file
  Random& random;
  StreamTimes times = {};
  StoredLogin* memory = nullptr;  // without one no token is asked for, and pins live as long as `Resumption`
};

/// How much a stream has to do.
struct StreamLoad {
  bool congested = false;
  bool one_by_one = false;  // the server objected to one of our stanzas, and nobody knows which one yet
  std::size_t stanzas = 0;  // that wait for acknowledgement
  std::size_t bytes = 0;    // the same, and what waits to be written
  std::optional<std::uint64_t> bytes_per_second;  // that the server takes, where it lets us wait
};

/// Used on the account's strand only, destroyed there too; destroying it ends the connection without a
/// goodbye, so that it can be resumed.
///
/// Cancelling `open` or `request` ends them; it never leaves a half-read stream behind.
class Stream {
  class Session;

 public:
  /// What the stream learns and the next one needs goes into `resumption`.
  Stream(StreamSurroundings surroundings, Login login, Resumption& resumption);
  ~Stream();

  /// Resolves, connects, TLS, SASL, then resumes or binds and enables stream management.
  /// Once. Throws `StreamFailure`.
  asio::awaitable<void> open();

  /// The server kept our session: roster, presence, carbons and rooms still stand, what was not acknowledged
  /// has been sent again by `open`.
  bool resumed() const;
  bool has_carbons() const;              // they came with the login
  const xmpp::Jid& bound() const;        // our full JID
  const xml::Element& features() const;  // `<stream:features/>` after authentication (caps, limits, csi)
  std::string tls_description() const;   // "TLSv1.3, SCRAM-SHA-256-PLUS, tls-exporter"
  std::optional<WallTime> certificate_ends() const;  // the server's

  /// The next message, presence or iq request, in the order of the stream. One caller at a time.
  /// Pings are not answered here. What arrived before the end is handed out before the end.
  /// Throws `StreamFailure` at the end.
  asio::awaitable<xml::Element> next();
  bool has_next() const;  // it has arrived already

  /// The oldest stanza that `next` returned and that was not yet `handled` is durable: from now on the server
  /// may forget it. Call it once for each stanza, those one does not understand included.
  void handled();

  /// Stanzas that have arrived and are not `handled` yet: an answer overtakes those that came before it.
  std::size_t unhandled() const;

  /// Queues a finished stanza; written in this order. Kept until the server acknowledges it, for resumption.
  /// `tag`: comes back by `on_acked`, and has the server asked at once.
  /// False: not taken, because the stream has ended or too much waits for acknowledgement.
  bool send(std::string stanza, std::optional<xmpp::StanzaTag> tag = std::nullopt);

  /// Stanzas whose numbers in the stream (as XEP-0198 counts) are known before they are sent, so that they
  /// can be stored with them. What `send` and `request` take while it lives is written behind it. One at a
  /// time, short.
  class Batch {
   public:
    explicit Batch(Stream& stream);
    ~Batch();
    Batch(const Batch&) = delete;

    /// Of the first stanza; the others follow. Nothing where the server does not count.
    const std::optional<std::uint32_t>& first() const { return first_; }
    /// In the order in which numbers were given. False: the stream has ended.
    bool send(std::string stanza, std::optional<xmpp::StanzaTag> tag = std::nullopt,
              xmpp::StanzaKind kind = xmpp::StanzaKind::whole);

   private:
    std::shared_ptr<Session> session_;
    std::optional<std::uint32_t> first_;
  };

  /// From now on nothing is acknowledged to the server that `recorded` has not named. Lasts until the session
  /// is over, across streams. False: the session cannot be resumed anyway.
  bool keep_record();
  bool keeps_record() const;
  store::StoredStream record() const;
  std::size_t unrecorded() const;  // stanzas that were handled since
  /// A record that names `handled` is on the disk.
  void recorded(std::uint32_t handled);
  /// Something was handled that is in no record. Called on the strand.
  void on_handled(std::function<void()> callback);

  /// How many of our stanzas the server had when the session was resumed, or when it was found to be lost and
  /// the server still knew.
  const std::optional<std::uint32_t>& server_had() const;
  /// Tags of what waits for acknowledgement.
  std::vector<xmpp::StanzaTag> waiting_tags() const;

  /// Tags of stanzas that the server has taken over, oldest first. Called on the strand.
  using AckCallback = std::function<void(std::span<const xmpp::StanzaTag>)>;
  /// Set before `open`, which may report those of the session before.
  void on_acked(AckCallback callback);

  /// Tags of earlier streams that nobody will acknowledge any more: their session is gone, and the server may
  /// or may not have taken them. Valid after `open`.
  const std::vector<xmpp::StanzaTag>& uncertain() const;

  /// Tags of stanzas that were sent again at several resumptions and given up: they seem to end the stream.
  const std::vector<xmpp::StanzaTag>& given_up() const;

  /// Back-pressure: stop sending while this is true.
  bool congested() const;
  std::size_t unacked() const;  // stanzas
  StreamLoad load() const;

  /// The largest stanza that may be sent; the server may have said so (XEP-0478).
  std::size_t max_stanza() const;

  /// What the stream before left unacknowledged has been sent: if the server objected to one of them, they went out
  /// one by one, and what follows need not.
  void trust_again();

  /// Sends an iq of type get or set (its id is made here) and waits for its answer: a result or an error,
  /// from whom it was sent to. Throws `StreamFailure` at the end of the stream, `system_error`: `timed_out`
  /// after `limit`, `no_buffer_space` where `send` would say no. The attribute `to` must be an address.
  asio::awaitable<xml::Element> request(xml::Element iq,
                                        std::chrono::milliseconds limit = default_request_limit);

  /// With a goodbye the session is over and cannot be resumed; without, the connection just ends.
  /// Afterwards `next` throws `closed`.
  asio::awaitable<void> close(bool say_goodbye);

  /// Ends the connection and forgets the session: the next stream binds anew.
  void abandon();

  /// Why: servers shape traffic to 3 kB/s, a bundle takes its time.
  static constexpr std::chrono::milliseconds default_request_limit{60'000};

 private:
  std::shared_ptr<Session> session_;
};

}  // namespace omegate::gateway
