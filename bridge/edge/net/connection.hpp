// One TCP connection that may become TLS: bytes in, bytes out.
//
// Not here: finding and opening it (dns.hpp, connect.hpp), what the bytes mean (gateway/stream/stream.hpp).
// Source: RFC 6120 §5, RFC 5929 §4, RFC 9266.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/net/tls.hpp"

namespace omegate::net {

namespace asio = boost::asio;

/// Owned by one actor, used on the socket's executor only. One read and one write may run at the same time.
/// Nothing is cancelled to be continued: after a failed or cancelled operation only `close` is left.
class Connection {
 public:
  explicit Connection(asio::ip::tcp::socket socket);
  Connection(Connection&&) noexcept;
  ~Connection();

  enum class Start {
    direct,   // TLS from the first byte, ALPN "xmpp-client" (XEP-0368)
    upgrade,  // after `<proceed/>`; and where a protocol has no ALPN
    https,    // TLS from the first byte, ALPN "http/1.1"
  };

  /// Makes it TLS and verifies the server's certificate for `domain` (an A-label name or an address
  /// literal), whatever host we are connected to. Throws `TlsFailure`; nothing was sent under TLS then.
  /// Bounded by the caller. `trust` must outlive the connection.
  asio::awaitable<void> start_tls(TlsTrust& trust, std::string domain, Start start);

  bool is_secure() const;

  /// At least one byte. Throws `boost::system::system_error`; `asio::error::eof` when the peer ended it.
  asio::awaitable<std::size_t> read_some(std::span<char> into);

  /// All of `bytes`, which must stay until then. Throws `boost::system::system_error`.
  asio::awaitable<void> write(std::string_view bytes);

  /// Asks the kernel to acknowledge at once what has arrived or arrives next. Holds for a moment only, so a reader
  /// repeats it. Servers with Nagle's algorithm (Prosody, unless told otherwise) keep the next stanza back until then:
  /// 40 ms for each.
  void acknowledge_quickly();

  /// Ends both directions now, without TLS `close_notify`. Running operations fail.
  void close() noexcept;

  /// TLS `close_notify`, then the end. Bounded by the caller.
  asio::awaitable<void> close_gracefully();

  /// 32 bytes that only the two ends of this TLS session know; nothing before TLS 1.3, where the value
  /// could be made equal on two sessions. Source: RFC 9266 §4.2.
  std::optional<Bytes> tls_exporter() const;

  /// The hash of the server's certificate; nothing for certificates whose signature has no hash of its own
  /// (Ed25519). Source: RFC 5929 §4.1.
  std::optional<Bytes> tls_server_end_point() const;

  /// When the server's certificate stops being valid; nothing without TLS.
  std::optional<WallTime> certificate_ends() const;

  std::string tls_version() const;  // "TLSv1.3"; empty without TLS
  std::string peer_address() const;

  asio::any_io_executor get_executor();

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace omegate::net
