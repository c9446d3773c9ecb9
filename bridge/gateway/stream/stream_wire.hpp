// Bytes of one connection, as XML: what stream_login.hpp and stream_session.hpp talk through.
//
// Not here: what the elements mean.
// Source: RFC 6120 §4, §5.4.3.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <span>
#include <string>

#include "bridge/core/xml/stream_reader.hpp"
#include "bridge/edge/net/connection.hpp"
#include "bridge/gateway/stream/stream_failure.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

/// One read and one write may run at the same time. Any failure is the end of the connection.
class Wire {
 public:
  Wire(net::Connection connection, std::chrono::milliseconds write_limit)
      : connection_(std::move(connection)), write_limit_(write_limit) {}
  Wire(const Wire&) = delete;

  /// The next thing the server said. Throws `PeerFault` for XML that we do not take, `StreamFailure`
  /// (network) when the connection ends.
  asio::awaitable<xml::StreamEvent> read();

  /// All of `bytes`, within the limit. Throws `StreamFailure` (network).
  asio::awaitable<void> write(std::string bytes);

  /// A new stream begins: what was heard of the old one is forgotten.
  void restart(const xml::Limits& limits);

  /// After `<proceed/>`. Throws `StreamFailure`: protocol if anything came behind it in the clear, tls.
  asio::awaitable<void> start_tls(net::TlsTrust& trust, std::string domain, net::Connection::Start start);

  void close() noexcept;
  asio::awaitable<void> close_gracefully();

  bool is_secure() const { return connection_.is_secure(); }
  bool is_closed() const { return closed_; }
  const net::Connection& connection() const { return connection_; }
  SteadyClock::time_point last_heard() const { return last_heard_; }  // any byte
  void touch() { last_heard_ = SteadyClock::now(); }                  // as if something was heard

 private:
  asio::awaitable<void> fill();
  void feed();

  net::Connection connection_;
  std::chrono::milliseconds write_limit_;
  xml::StreamReader reader_;
  boost::system::error_code refused_;  // what the reader found wrong, behind its last event
  std::array<char, 16 * 1024> buffer_;
  std::span<const char> unread_;  // of buffer_
  SteadyClock::time_point last_heard_ = SteadyClock::now();
  bool closed_ = false;
};

}  // namespace omegate::gateway
