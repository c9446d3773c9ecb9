#include "bridge/gateway/stream/stream_session.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <cassert>

#include "bridge/core/xmpp/features.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/stream.hpp"
#include "bridge/core/xmpp/stream_error.hpp"
#include "bridge/edge/net/race.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);
constexpr auto never = SteadyClock::time_point::max();
constexpr std::chrono::seconds last_word_limit{2};  // a courtesy

}  // namespace

Stream::Session::Session(StreamSurroundings surroundings, Login login, Resumption& resumption)
    : around_(std::move(surroundings)),
      login_(std::move(login)),
      resumption_(resumption),
      requests_(around_.executor),
      arrived_(around_.executor, never),
      room_(around_.executor, never),
      wake_(around_.executor, never),
      watch_(around_.executor),
      over_(around_.executor, never),
      last_word_(around_.executor) {}

asio::awaitable<void> Stream::Session::open() {
  assert(!wire_ && !ended_);
  try {
    take_over(co_await connect_and_log_in(around_, login_, resumption_));
  } catch (const StreamFailure& failure) {
    end(failure);
    throw;
  }
  asio::co_spawn(
      around_.executor, run(shared_from_this()), [self = shared_from_this()](std::exception_ptr failure) {
        if (failure)
          self->end({Kind::network, "The stream ended unexpectedly."});  // out of memory, or a cancelled loop
      });
}

void Stream::Session::take_over(Connected connected) {
  wire_ = std::move(connected.wire);
  direct_tls_ = connected.direct_tls;
  bound_ = resumption_.bound;
  login_outcome_ = std::move(connected.login);
  uncertain = std::exchange(resumption_.uncertain, {});
  report_acked(login_outcome_.acknowledged);
  for (auto& early : std::exchange(login_outcome_.early, {}))
    on_stanza(std::move(early.stanza), early.counted);
  if (login_outcome_.resumed) {
    ask_for_sign();  // ahead of what a server with a rate limit takes its time for
    proof_due_ = SteadyClock::now() + around_.times.proof;
  }
  one_by_one_ = resumption_.objection.has_value();
  const std::size_t asked = outbox_.size();
  for (std::string& stanza : std::exchange(login_outcome_.resend, {})) {
    Behind again{std::move(stanza), {}, xmpp::StanzaKind::whole};
    if (one_is_on_the_way_) {
      held_back_.push_back(std::move(again));
    } else {
      put_on_the_way(again);
    }
  }
  ack_due_ = outbox_.size() > asked;
  if (ack_due_) rate_.begin(SteadyClock::now());
}

asio::awaitable<void> Stream::Session::run(std::shared_ptr<Session> self) {
  std::optional<xml::Element> last_word;
  StreamFailure why(Kind::closed, "The stream is closed.");
  try {
    co_await net::race(self->read_loop(), self->write_loop(), self->watch_loop());
  } catch (const PeerFault& failure) {
    why = failure;
    last_word = failure.stream_error();
  } catch (const StreamFailure& failure) {
    why = failure;
  } catch (const boost::system::system_error& failure) {
    why = StreamFailure(Kind::network, failure.what());
  }
  if (last_word && !self->ended_) co_await self->send_last_word(*std::move(last_word));
  if (self->saying_goodbye_ && !self->ended_) co_await self->leave();
  self->end(why);
}

asio::awaitable<void> Stream::Session::send_last_word(xml::Element error) {
  if (writing_ != 0) co_return;  // a write was cut in two: nothing readable can follow
  try {
    co_await net::within(last_word_limit,
                         wire_->write(xmpp::to_wire(error) + std::string(xmpp::stream_footer)));
  } catch (const std::exception&) {  // the connection ends in any case
  }
}

/// The server has closed its side, too.
asio::awaitable<void> Stream::Session::leave() {
  try {
    co_await net::within(last_word_limit, wire_->close_gracefully());
  } catch (const std::exception&) {  // the connection ends in any case
  }
}

// --- reading

asio::awaitable<void> Stream::Session::read_loop() {
  for (;;) {
    co_await wait_for_room();
    xml::StreamEvent event = co_await wire_->read();
    throw_if_ended();
    if (auto* element = std::get_if<xml::Element>(&event)) {
      on_element(std::move(*element));
    } else {
      if (saying_goodbye_) throw StreamFailure(Kind::closed, "The stream is closed.");
      throw StreamFailure(Kind::network, "The server closed the stream.");
    }
  }
}

bool Stream::Session::is_full() const {
  return inbox_.size() >= (requests_.any() ? max_waiting_stanzas_with_request : max_waiting_stanzas);
}

asio::awaitable<void> Stream::Session::wait_for_room() {
  while (is_full()) {
    reading_paused_ = true;
    co_await room_.async_wait(as_code);
    reading_paused_ = false;
    wire_->touch();  // it was we who did not listen
    if (asked_at_) asked_at_ = SteadyClock::now();
  }
}

void Stream::Session::on_element(xml::Element element) {
  if (xmpp::is_stanza(element)) {
    on_stanza(std::move(element), resumption_.management.is_enabled());
  } else if (xmpp::is_sm(element, "r")) {
    acknowledge();
  } else if (xmpp::is_sm(element, "a")) {
    on_ack(element);
  } else if (xmpp::is_stream_error(element)) {
    throw end_by_server(element, wire_->is_secure(), direct_tls_, resumption_);
  } else if (xmpp::is_features(element)) {
    const xmpp::Features features = xmpp::parse_features(element);
    resumption_.limits = {features.max_bytes, features.idle};
    login_outcome_.features = std::move(element);  // some servers send them behind a resumption, too
  }                                                // else: a nonza of an extension we do not use
}

void Stream::Session::on_stanza(xml::Element stanza, bool counted) {
  const bool is_answer = xmpp::is_iq(stanza) && xmpp::is_answer(stanza);
  arrivals_.push_back({counted, is_answer});
  if (!is_answer) {
    inbox_.push_back(std::move(stanza));
    arrived_.cancel();
    return;
  }
  if (!settle_probe(stanza)) requests_.settle(stanza, *bound_);  // or it is nobody's: forged, or too late
  settle_arrivals();
}

void Stream::Session::on_ack(const xml::Element& ack) {
  const auto h = xmpp::sm_h(ack);
  if (!h) return;
  const std::size_t bytes_before = resumption_.management.unacknowledged_bytes();
  const auto tags = resumption_.management.ack(*h);
  if (!tags) throw counted_wrongly(*h, resumption_);
  const std::size_t bytes_left = resumption_.management.unacknowledged_bytes();
  if (bytes_left < bytes_before) rate_.took(bytes_before - bytes_left, bytes_left == 0, SteadyClock::now());
  asked_at_.reset();
  proof_due_.reset();
  report_acked(*tags);
  if (resumption_.management.unacknowledged() <= held_back_.size()) on_sign_of_life();
}

void Stream::Session::handled() {
  assert(!arrivals_.empty());
  if (arrivals_.empty()) return;
  arrivals_.front().done = true;
  settle_arrivals();
}

std::size_t Stream::Session::unhandled() const {
  return static_cast<std::size_t>(
      std::count_if(arrivals_.begin(), arrivals_.end(), [](const Arrival& arrival) { return !arrival.done; }));
}

/// The server's count has no holes: an answer that came behind a message counts once the message does.
void Stream::Session::settle_arrivals() {
  xmpp::StreamManagement& management = resumption_.management;
  while (!arrivals_.empty() && arrivals_.front().done) {
    if (arrivals_.front().counted) management.handled();
    arrivals_.pop_front();
  }
  if (ended_) return;
  if (resumption_.recorded) {
    if (on_handled) on_handled();
  } else if (management.wants_unasked_ack()) {
    acknowledge();
  }
}

void Stream::Session::acknowledge() {
  const std::uint32_t h = resumption_.acknowledgeable();
  queue(xmpp::to_wire(xmpp::sm_ack(h)));
  resumption_.management.sent_ack(h);
}

void Stream::Session::recorded(std::uint32_t handled) {
  if (!resumption_.recorded) return;  // the session ended while it was stored
  resumption_.recorded = handled;
  if (!ended_ && resumption_.management.acked_to_server() != handled) acknowledge();
}

asio::awaitable<xml::Element> Stream::Session::next() {
  while (inbox_.empty()) {
    throw_if_ended();
    co_await arrived_.async_wait(as_code);
  }
  xml::Element stanza = std::move(inbox_.front());
  inbox_.pop_front();
  room_.cancel();
  co_return stanza;
}

asio::awaitable<xml::Element> Stream::Session::request(xml::Element iq, std::chrono::milliseconds limit) {
  std::optional<xmpp::Jid> to;
  if (const auto attribute = iq.attr("to")) to = xmpp::Jid::parse(*attribute).value();
  const std::string id = make_request_id(around_.random);
  iq.set("id", id);
  throw_if_ended();
  if (!send(xmpp::to_wire(iq), std::nullopt, xmpp::StanzaKind::request))
    throw boost::system::system_error(asio::error::no_buffer_space);
  requests_.expect(id, std::move(to));
  room_.cancel();  // the answer comes behind what nobody has taken yet
  auto answer = co_await requests_.wait(id, limit);
  if (answer) co_return *std::move(answer);
  throw_if_ended();
  throw boost::system::system_error(asio::error::timed_out);
}

// --- the end

asio::awaitable<void> Stream::Session::close(bool say_goodbye) {
  const StreamFailure closed(Kind::closed, "The stream is closed.");
  if (say_goodbye && !ended_) {
    queue(xmpp::stream_footer);
    saying_goodbye_ = true;
    over_.expires_after(around_.times.goodbye);
    if (!ended_) co_await over_.async_wait(as_code);
  }
  end(closed);
  if (say_goodbye) resumption_.forget();
}

void Stream::Session::end(const StreamFailure& why) {
  if (ended_) return;
  ended_ = why;
  if (wire_ && is_objection(why.kind())) note_objection(why);
  if (wire_) wire_->close();
  // They answer what was handled: the next stream sends them.
  for (Behind& behind : std::exchange(behind_, {})) {
    std::ignore = resumption_.management.sent(std::move(behind.stanza), behind.tag, behind.kind);
  }
  if (why.kind() == Kind::closed) inbox_.clear();  // the server still counts them as its own
  if (!resumption_.management.is_enabled()) {
    for (const Behind& held : std::exchange(held_back_, {}))
      if (held.tag && held.kind != xmpp::StanzaKind::part) resumption_.uncertain.push_back(*held.tag);
  }
  for (const xmpp::StanzaTag tag : std::exchange(unconfirmed_, {})) resumption_.uncertain.push_back(tag);
  requests_.end();
  for (asio::steady_timer* signal : {&arrived_, &room_, &wake_, &watch_, &over_, &last_word_}) signal->cancel();
}

/// Nobody can say which of many stanzas it was. Which of one, one can.
void Stream::Session::note_objection(const StreamFailure& why) {
  Objection objection{why.what()};
  if (one_by_one_ && one_is_on_the_way_) {
    objection.found = true;
    objection.tag = resumption_.management.is_enabled() ? resumption_.management.front_tag() : alone_;
  }
  resumption_.objection = std::move(objection);
}

void Stream::Session::throw_if_ended() const {
  if (ended_) throw StreamFailure(*ended_);
}

}  // namespace omegate::gateway
