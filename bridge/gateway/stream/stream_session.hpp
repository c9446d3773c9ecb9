// The life of a stream after its login: reading, writing, acknowledging, noticing that the other side is
// gone.
//
// The inside of `Stream`; nobody else uses it.
// Source: XEP-0198 §4, RFC 6120 §4.6.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>

#include "bridge/gateway/stream/ack_rate.hpp"
#include "bridge/gateway/stream/stream.hpp"
#include "bridge/gateway/stream/stream_connect.hpp"
#include "bridge/gateway/stream/stream_requests.hpp"

namespace omegate::gateway {

/// How many stanzas wait for `next` before we stop reading and TCP slows the server down.
inline constexpr std::size_t max_waiting_stanzas = 64;

/// The same while a request waits: its answer comes behind them.
inline constexpr std::size_t max_waiting_stanzas_with_request = 4096;

/// Above it the stream is congested: what is more urgent must be able to overtake what waits in the store, and nothing
/// overtakes what is on its way.
///
/// Unit: bytes queued or not yet acknowledged. Why: 6 s at the 10 kB/s that Prosody lets through, and still megabytes a
/// second where acknowledgements come quickly.
inline constexpr std::size_t max_under_way = std::size_t{64} * 1024;

/// Three loops share this state on one strand: the first to end ends the stream. They keep the session alive
/// until they have ended.
class Stream::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(StreamSurroundings surroundings, Login login, Resumption& resumption);

  asio::awaitable<void> open();
  asio::awaitable<xml::Element> next();
  bool has_next() const { return !inbox_.empty(); }
  void handled();
  std::size_t unhandled() const;
  bool send(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind = xmpp::StanzaKind::whole);
  void recorded(std::uint32_t handled);

  std::optional<std::uint32_t> begin_batch();
  bool send_in_batch(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind);
  void end_batch();
  asio::awaitable<xml::Element> request(xml::Element iq, std::chrono::milliseconds limit);
  asio::awaitable<void> close(bool say_goodbye);

  /// The loops notice; after it they touch nothing of the surroundings.
  void end(const StreamFailure& why);

  const LoggedIn& login() const { return login_outcome_; }
  const xmpp::Jid& bound() const { return *bound_; }
  bool congested() const;
  std::size_t unacked() const;
  StreamLoad load() const;
  void trust_again();

  Resumption& resumption() { return resumption_; }

  AckCallback on_acked;
  std::function<void()> on_handled;
  std::vector<xmpp::StanzaTag> uncertain;

 private:
  struct Arrival {
    bool counted;  // by XEP-0198
    bool done = false;
  };

  struct Behind {
    std::string stanza;
    std::optional<xmpp::StanzaTag> tag;
    xmpp::StanzaKind kind;
  };

  static asio::awaitable<void> run(std::shared_ptr<Session> self);
  asio::awaitable<void> read_loop();
  asio::awaitable<void> write_loop();
  asio::awaitable<void> watch_loop();
  asio::awaitable<void> wait_for_room();
  asio::awaitable<void> send_last_word(xml::Element error);
  asio::awaitable<void> hear_last_word(StreamFailure failure);
  asio::awaitable<void> leave();

  void take_over(Connected connected);
  void on_element(xml::Element element);
  void on_stanza(xml::Element stanza, bool counted);
  void on_ack(const xml::Element& ack);
  void settle_arrivals();
  void acknowledge();
  bool transmit(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind);
  void put_on_the_way(const Behind& stanza);
  void on_sign_of_life();
  void note_objection(const StreamFailure& why);
  void report_acked(std::span<const xmpp::StanzaTag> tags);

  void queue(std::string_view bytes);
  void ask_for_sign();
  bool settle_probe(const xml::Element& answer);
  void doubt_resumption();
  void check_silence(SteadyClock::time_point now);
  SteadyClock::time_point next_check() const;
  SteadyClock::time_point next_word() const;
  bool is_full() const;
  void throw_if_ended() const;

  StreamSurroundings around_;
  Login login_;
  Resumption& resumption_;
  std::unique_ptr<Wire> wire_;
  LoggedIn login_outcome_;
  std::optional<xmpp::Jid> bound_;
  bool direct_tls_ = false;

  std::deque<xml::Element> inbox_;  // for `next`
  std::deque<Arrival> arrivals_;    // what the server counts, in order; from the oldest not handled on
  bool in_batch_ = false;
  std::vector<Behind> behind_;                       // came while a batch was made, in order
  bool one_by_one_ = false;                          // a stanza waits for the one before it
  bool may_trust_again_ = false;
  bool one_is_on_the_way_ = false;                   // while they go one by one
  std::optional<xmpp::StanzaTag> alone_;             // whose that is
  std::deque<Behind> held_back_;                     // the same: counted, and not written yet
  std::string outbox_;                               // to be written next
  std::size_t writing_ = 0;                          // bytes being written
  bool ack_due_ = false;                             // tagged stanzas were queued since the last request
  std::optional<SteadyClock::time_point> asked_at_;  // the oldest unanswered request for a sign of life
  std::optional<SteadyClock::time_point> proof_due_;  // by when a resumed session has to show that it lives
  SteadyClock::time_point last_sent_ = SteadyClock::now();     // a stanza
  SteadyClock::time_point last_written_ = SteadyClock::now();  // anything
  AckRate rate_;
  Requests requests_;

  std::string probe_id_;                     // of a ping, where the server has no stream management
  std::deque<xmpp::StanzaTag> unconfirmed_;  // the same
  std::size_t probed_ = 0;                   // how many of them the ping covers

  std::optional<StreamFailure> ended_;
  bool saying_goodbye_ = false, reading_paused_ = false;
  asio::steady_timer arrived_, room_, wake_;          // never expire
  asio::steady_timer watch_, over_, last_word_;
};

}  // namespace omegate::gateway
