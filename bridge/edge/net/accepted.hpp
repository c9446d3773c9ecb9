// Connections that others make to us: a place to listen, and one connection, over TCP or a unix socket, in the clear or
// under TLS.
//
// Not here: connections that we make (connection.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bridge/edge/net/tls_identity.hpp"

namespace omegate::net {

namespace asio = boost::asio;

/// Used on the socket's executor only. Nothing is cancelled to be continued: after a failed or cancelled operation only
/// `close` is left.
class Accepted {
 public:
  using Socket = asio::generic::stream_protocol::socket;

  explicit Accepted(Socket socket);
  Accepted(Accepted&&) noexcept;
  ~Accepted();

  /// What the client sends next is its handshake. Bounded by the caller. Throws `boost::system::system_error`.
  asio::awaitable<void> start_tls(TlsIdentity& identity);

  /// At least one byte. Throws `boost::system::system_error`; `asio::error::eof` when the peer ended it.
  asio::awaitable<std::size_t> read_some(std::span<char> into);
  /// All of `bytes`, which must stay until then. Throws `boost::system::system_error`.
  asio::awaitable<void> write(std::string_view bytes);

  /// Nothing more will be written: what was still arrives, even if the other end goes on sending.
  void finish_writing() noexcept;
  /// Ends both directions now. Running operations fail.
  void close() noexcept;

  std::string peer() const;  // "192.0.2.1:4711"; "unix" for a local socket

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

/// A place where connections are accepted. The path of a unix socket goes with it.
class Listening {
 public:
  using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

  /// Throws `std::runtime_error` naming the place if it cannot.
  static Listening tcp(asio::any_io_executor executor, const std::string& address, std::uint16_t port);
  /// Mode 0660, of the group if one is named. A socket that nobody listens at any more is replaced.
  static Listening unix_socket(asio::any_io_executor executor, const std::filesystem::path& path, const std::string& group);

  Listening(Listening&&) noexcept = default;
  ~Listening();

  Acceptor& acceptor() { return acceptor_; }
  std::uint16_t port() const;  // 0: a unix socket
  void close() noexcept;

 private:
  explicit Listening(asio::any_io_executor executor) : acceptor_(std::move(executor)) {}

  Acceptor acceptor_;
  std::unique_ptr<std::filesystem::path> path_;
};

}  // namespace omegate::net
