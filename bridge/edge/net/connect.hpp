// From addresses to one open TCP connection.
//
// Not here: which addresses (dns.hpp), TLS (connection.hpp).
// Source: RFC 8305 §5.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

namespace omegate::net {

namespace asio = boost::asio;

/// Tries the addresses in their order, each `attempt_delay` after the one before or at once when that one
/// failed. The first connection wins, the others are closed. The socket has NODELAY, keepalive and
/// `tcp_user_timeout_ms` set.
/// Throws `boost::system::system_error`: the failure of the first address when all failed.
/// Bounded by the caller (`within(connect_limit, …)`).
asio::awaitable<asio::ip::tcp::socket> connect_any(std::vector<asio::ip::tcp::endpoint> endpoints);

}  // namespace omegate::net
