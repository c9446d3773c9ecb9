#include "bridge/gateway/stream/stream_wire.hpp"

#include "bridge/core/xmpp/stream_error.hpp"
#include "bridge/edge/net/race.hpp"

namespace omegate::gateway {
namespace {

using boost::system::system_error;

StreamFailure lost(const boost::system::error_code& code) {
  if (code == asio::error::eof) return {FailureKind::network, "The server closed the connection."};
  if (code == asio::error::timed_out) {
    return {FailureKind::network, "The server takes no data any more."};
  }
  return {FailureKind::network, "The connection was lost: " + code.message() + "."};
}

PeerFault refused_xml(const boost::system::error_code& code) {
  const auto error = static_cast<xml::Error>(code.value());
  return {"The server sent XML that we do not take: " + code.message() + ".",
          xmpp::to_element(xmpp::stream_error_for(error))};
}

FailureKind kind_of(const net::TlsFailure& failure) {
  using Reason = net::TlsFailure::Reason;
  const bool interrupted = failure.reason() == Reason::cut_off || failure.reason() == Reason::no_answer;
  return interrupted ? FailureKind::network : FailureKind::tls;
}

}  // namespace

asio::awaitable<xml::StreamEvent> Wire::read() {
  for (;;) {
    if (closed_) throw StreamFailure(FailureKind::network, "The connection is closed.");
    if (auto event = reader_.next()) co_return *std::move(event);
    if (refused_) throw refused_xml(refused_);
    if (unread_.empty()) {
      co_await fill();
    } else {
      feed();
    }
  }
}

asio::awaitable<void> Wire::fill() {
  try {
    connection_.acknowledge_quickly();
    const std::size_t size = co_await connection_.read_some(buffer_);
    unread_ = std::span(buffer_).first(size);
    last_heard_ = SteadyClock::now();
  } catch (const system_error& failure) {
    if (failure.code() == asio::error::operation_aborted && !closed_) throw;  // our caller was cancelled
    throw lost(failure.code());
  }
}

/// In the clear byte by byte: behind `<proceed/>` there must be nothing, and only so we see whether there is.
void Wire::feed() {
  const auto piece = unread_.first(is_secure() ? unread_.size() : 1);
  unread_ = unread_.subspan(piece.size());
  if (const auto fed = reader_.feed(std::string_view(piece.data(), piece.size())); !fed)
    refused_ = fed.error();
}

asio::awaitable<void> Wire::write(std::string bytes) {
  try {
    co_await net::within(write_limit_, connection_.write(bytes));
  } catch (const system_error& failure) {
    if (failure.code() == asio::error::operation_aborted && !closed_) throw;
    throw lost(failure.code());
  }
}

void Wire::restart(const xml::Limits& limits) {
  reader_ = xml::StreamReader(limits);
  refused_ = {};
  unread_ = {};
}

asio::awaitable<void> Wire::start_tls(net::TlsTrust& trust, std::string domain,
                                      net::Connection::Start start) {
  if (!unread_.empty()) {
    throw StreamFailure(FailureKind::protocol,
                        "Something was sent in the clear behind <proceed/>: an attack, or a broken server.");
  }
  try {
    co_await connection_.start_tls(trust, std::move(domain), start);
  } catch (const net::TlsFailure& failure) {
    throw StreamFailure(kind_of(failure), failure.what());
  }
}

void Wire::close() noexcept {
  closed_ = true;
  connection_.close();
}

asio::awaitable<void> Wire::close_gracefully() {
  co_await connection_.close_gracefully();
  closed_ = true;
}

}  // namespace omegate::gateway
