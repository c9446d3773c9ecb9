#include "bridge/gateway/stream/stream.hpp"

#include <algorithm>

#include "bridge/gateway/limits.hpp"
#include "bridge/gateway/stream/stream_record.hpp"
#include "bridge/gateway/stream/stream_session.hpp"

namespace omegate::gateway {

// Each coroutine holds the session: it may outlive the `Stream` that it was asked of.

Stream::Stream(StreamSurroundings surroundings, Login login, Resumption& resumption)
    : session_(std::make_shared<Session>(std::move(surroundings), std::move(login), resumption)) {}

Stream::~Stream() { session_->end({FailureKind::closed, "The stream is closed."}); }

asio::awaitable<void> Stream::open() {
  const auto session = session_;
  co_await session->open();
}

asio::awaitable<xml::Element> Stream::next() {
  const auto session = session_;
  co_return co_await session->next();
}

asio::awaitable<xml::Element> Stream::request(xml::Element iq, std::chrono::milliseconds limit) {
  const auto session = session_;
  co_return co_await session->request(std::move(iq), limit);
}

asio::awaitable<void> Stream::close(bool say_goodbye) {
  const auto session = session_;
  co_await session->close(say_goodbye);
}

void Stream::abandon() {
  session_->end({FailureKind::closed, "The session is given up."});
  session_->resumption().forget();
}

bool Stream::has_next() const { return session_->has_next(); }
bool Stream::resumed() const { return session_->login().resumed; }
bool Stream::has_carbons() const { return session_->login().carbons; }
const xmpp::Jid& Stream::bound() const { return session_->bound(); }
const xml::Element& Stream::features() const { return session_->login().features; }
std::string Stream::tls_description() const { return session_->login().description; }
std::optional<WallTime> Stream::certificate_ends() const { return session_->login().certificate_ends; }
void Stream::handled() { session_->handled(); }
std::size_t Stream::unhandled() const { return session_->unhandled(); }
bool Stream::send(std::string stanza, std::optional<xmpp::StanzaTag> tag) {
  return session_->send(std::move(stanza), tag);
}
void Stream::on_acked(AckCallback callback) { session_->on_acked = std::move(callback); }
const std::vector<xmpp::StanzaTag>& Stream::uncertain() const { return session_->uncertain; }
const std::vector<xmpp::StanzaTag>& Stream::given_up() const { return session_->login().given_up; }
Stream::Batch::Batch(Stream& stream) : session_(stream.session_), first_(session_->begin_batch()) {}
Stream::Batch::~Batch() { session_->end_batch(); }
bool Stream::Batch::send(std::string stanza, std::optional<xmpp::StanzaTag> tag, xmpp::StanzaKind kind) {
  return session_->send_in_batch(std::move(stanza), tag, kind);
}

bool Stream::keep_record() {
  Resumption& resumption = session_->resumption();
  if (!resumption.possible()) return false;
  if (!resumption.recorded) resumption.recorded = resumption.management.handled_count();
  return true;
}
bool Stream::keeps_record() const { return session_->resumption().recorded.has_value(); }
std::size_t Stream::unrecorded() const {
  const Resumption& resumption = session_->resumption();
  return resumption.management.handled_count() - resumption.acknowledgeable();
}
store::StoredStream Stream::record() const { return make_record(session_->resumption(), false); }
void Stream::recorded(std::uint32_t handled) { session_->recorded(handled); }
void Stream::on_handled(std::function<void()> callback) { session_->on_handled = std::move(callback); }
const std::optional<std::uint32_t>& Stream::server_had() const { return session_->login().server_had; }
std::vector<xmpp::StanzaTag> Stream::waiting_tags() const {
  return session_->resumption().management.waiting_tags();
}
bool Stream::congested() const { return session_->congested(); }
std::size_t Stream::unacked() const { return session_->unacked(); }
StreamLoad Stream::load() const { return session_->load(); }
void Stream::trust_again() { session_->trust_again(); }
std::size_t Stream::max_stanza() const {
  const auto said = session_->resumption().limits.max_bytes;
  if (!said || *said >= max_outgoing_stanza) return max_outgoing_stanza;
  return std::max(static_cast<std::size_t>(*said), least_max_stanza);
}

}  // namespace omegate::gateway
