// The half of a session that writes, asks for acknowledgement and watches the clock.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cassert>
#include <utility>

#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/limits.hpp"
#include "bridge/core/xmpp/stream.hpp"
#include "bridge/gateway/stream/stream_session.hpp"

namespace omegate::gateway {
namespace {

using Kind = FailureKind;
constexpr auto as_code = asio::as_tuple(asio::use_awaitable);
constexpr auto never = SteadyClock::time_point::max();
constexpr std::chrono::milliseconds last_word_wait{1000};
constexpr std::chrono::milliseconds shortest_idle_pause{1000};  // whatever a server asks for

}  // namespace

bool Stream::Session::send(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind) {
  if (ended_ || saying_goodbye_ || !wire_) return false;
  if (!in_batch_) return transmit(std::move(stanza), tag, kind);
  behind_.push_back({std::move(stanza), tag, kind});
  return true;
}

std::optional<std::uint32_t> Stream::Session::begin_batch() {
  assert(!in_batch_);
  in_batch_ = true;
  if (!resumption_.management.is_enabled()) return std::nullopt;
  return resumption_.management.sent_count() + 1;
}

/// A number that was promised and not used would make every later one wrong: then the stream has to end.
bool Stream::Session::send_in_batch(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind) {
  assert(in_batch_);
  if (ended_ || saying_goodbye_) return false;
  if (transmit(std::move(stanza), tag, kind)) return true;
  end({Kind::server, "The server does not acknowledge what it was sent."});
  return false;
}

void Stream::Session::end_batch() {
  in_batch_ = false;
  if (ended_) return;
  for (Behind& behind : std::exchange(behind_, {}))
    transmit(std::move(behind.stanza), behind.tag, behind.kind);
}

bool Stream::Session::transmit(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind) {
  xmpp::StreamManagement& management = resumption_.management;
  if (!management.sent(stanza, tag, kind)) return false;
  if (management.is_enabled() && !rate_.is_measuring()) rate_.begin(SteadyClock::now());
  Behind next{std::move(stanza), tag, kind};
  if (one_is_on_the_way_) {
    held_back_.push_back(std::move(next));
  } else {
    put_on_the_way(next);
  }
  return true;
}

void Stream::Session::put_on_the_way(const Behind& next) {
  const bool is_whole = next.tag && next.kind != xmpp::StanzaKind::part;
  if (!resumption_.management.is_enabled() && is_whole) unconfirmed_.push_back(*next.tag);
  if (next.tag || one_by_one_) ack_due_ = true;
  last_sent_ = SteadyClock::now();
  one_is_on_the_way_ = one_by_one_;
  alone_ = next.tag;
  queue(next.stanza);
}

/// What was alone on its way has arrived.
void Stream::Session::on_sign_of_life() {
  one_is_on_the_way_ = false;
  if (!held_back_.empty()) {
    const Behind next = std::move(held_back_.front());
    held_back_.pop_front();
    put_on_the_way(next);
  } else if (may_trust_again_) {
    trust_again();
  }
}

/// What may have been the cause is with the server, or given up.
void Stream::Session::trust_again() {
  may_trust_again_ = true;
  if (one_is_on_the_way_ || ended_) return;
  one_by_one_ = false;
  resumption_.objection.reset();
}

/// Nothing follows a goodbye, not even an acknowledgement: it would be no XML any more.
void Stream::Session::queue(std::string_view bytes) {
  if (saying_goodbye_) return;
  outbox_ += bytes;
  wake_.cancel();
}

/// One request behind everything that is written together, not one per stanza.
asio::awaitable<void> Stream::Session::write_loop() {
  for (;;) {
    throw_if_ended();
    if (outbox_.empty()) {
      co_await wake_.async_wait(as_code);
      continue;
    }
    if (!saying_goodbye_ && (ack_due_ || resumption_.management.wants_ack_request())) ask_for_sign();
    std::string bytes = std::exchange(outbox_, {});
    writing_ = bytes.size();
    std::optional<StreamFailure> failed;
    try {
      co_await wire_->write(std::move(bytes));
    } catch (const StreamFailure& failure) {
      failed = failure;
    }
    if (failed) co_await hear_last_word(*failed);
    writing_ = 0;
    last_written_ = SteadyClock::now();
  }
}

/// A server that ends a stream over what we say stops reading first: its reason comes behind that.
asio::awaitable<void> Stream::Session::hear_last_word(StreamFailure failure) {
  last_word_.expires_after(last_word_wait);
  if (!ended_) co_await last_word_.async_wait(as_code);
  throw StreamFailure(failure);
}

/// An acknowledgement; from a server without XEP-0198 the answer to a ping, which it reads after the stanzas.
void Stream::Session::ask_for_sign() {
  ack_due_ = false;
  if (!asked_at_) asked_at_ = SteadyClock::now();
  if (resumption_.management.is_enabled()) {
    queue(xmpp::to_wire(xmpp::sm_request()));
    resumption_.management.requested_ack();
  } else {
    probe_id_ = make_request_id(around_.random);
    probed_ = unconfirmed_.size();
    queue(xmpp::to_wire(xmpp::ping_request(probe_id_, login_.account.server())));
  }
}

bool Stream::Session::settle_probe(const xml::Element& answer) {
  if (probe_id_.empty() || answer.attr("id") != probe_id_) return false;
  const auto from = xmpp::sender(answer);
  if (!from || !xmpp::may_answer(login_.account.server(), *from, *bound_)) return false;
  probe_id_.clear();
  asked_at_.reset();
  const auto end = unconfirmed_.begin() + static_cast<std::ptrdiff_t>(probed_);
  const std::vector<xmpp::StanzaTag> confirmed(unconfirmed_.begin(), end);
  unconfirmed_.erase(unconfirmed_.begin(), end);
  report_acked(confirmed);
  on_sign_of_life();
  return true;
}

void Stream::Session::report_acked(std::span<const xmpp::StanzaTag> tags) {
  if (!tags.empty() && on_acked) on_acked(tags);
}

bool Stream::Session::congested() const {
  const std::size_t under_way = std::max(outbox_.size() + writing_, resumption_.management.unacknowledged_bytes());
  return under_way > max_under_way || unacked() >= xmpp::max_unacknowledged_stanzas / 2;
}

StreamLoad Stream::Session::load() const {
  const std::size_t written = std::max(outbox_.size() + writing_, resumption_.management.unacknowledged_bytes());
  return {congested(), one_by_one_, unacked(), written, rate_.bytes_per_second()};
}

std::size_t Stream::Session::unacked() const {
  const xmpp::StreamManagement& management = resumption_.management;
  return management.is_enabled() ? management.unacknowledged() : unconfirmed_.size();
}

// --- is anybody there?

asio::awaitable<void> Stream::Session::watch_loop() {
  for (;;) {
    throw_if_ended();
    watch_.expires_at(std::min(next_check(), next_word()));
    co_await watch_.async_wait(as_code);
    throw_if_ended();
    check_silence(SteadyClock::now());
  }
}

/// A server that ends idle streams hears something before it does.
SteadyClock::time_point Stream::Session::next_word() const {
  if (!resumption_.limits.idle) return never;
  const auto pause = std::chrono::milliseconds(*resumption_.limits.idle) * 3 / 4;
  return last_written_ + std::max(pause, shortest_idle_pause);
}

SteadyClock::time_point Stream::Session::next_check() const {
  const StreamTimes& times = around_.times;
  if (reading_paused_) return SteadyClock::now() + times.silence;
  const auto heard = wire_->last_heard();
  if (proof_due_) return *proof_due_;
  if (asked_at_) return std::min(std::max(*asked_at_, heard) + times.dead, *asked_at_ + times.slow_ack);
  return unacked() == 0 ? heard + times.silence : std::min(heard, last_sent_) + times.silence;
}

/// Seen with Prosody 0.12: killed clients leave a session behind that can be resumed, sends what waited, and handles
/// nothing that comes. Each resumption would find it again.
void Stream::Session::doubt_resumption() {
  const StreamFailure failure(Kind::network,
                              "The server resumed the session but does not answer in it: a new one is needed.");
  end(failure);
  resumption_.forget();
  throw StreamFailure(failure);
}

void Stream::Session::check_silence(SteadyClock::time_point now) {
  if (now >= next_word()) {
    last_written_ = now;  // about to be
    asked_at_ ? queue(" ") : ask_for_sign();
  }
  if (reading_paused_ || now < next_check()) return;
  if (proof_due_) doubt_resumption();
  if (asked_at_) throw StreamFailure(Kind::network, "The server gives no sign of life any more.");
  ask_for_sign();
}

}  // namespace omegate::gateway
