// The connection to a mail server of the settings, from its name to the handshake, and what went wrong in words.
//
// Not here: what is said over it (mail_server.hpp, mailbox.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "bridge/edge/net/connection.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// There is nobody to connect to, in words.
struct NoMailServer : std::runtime_error {
  using runtime_error::runtime_error;
};

/// In the clear. Everything referenced outlives it. Throws `NoMailServer` and `system_error`; bounded by the caller.
asio::awaitable<void> connect_to_mail_server(net::Names& names, const std::string& host, std::uint16_t port,
                                             std::optional<net::Connection>& connection);

/// The handshake, in its time. Throws `net::TlsFailure` and `system_error`.
asio::awaitable<void> secure_mail_connection(net::Connection& connection, net::TlsTrust& trust, const std::string& host);

asio::awaitable<void> read_some(net::Connection& connection, std::span<char> into, std::size_t& size);

/// Of a failure that is no cancellation from outside.
std::string words_of(const boost::system::system_error& failure, const std::string& host, std::uint16_t port);

}  // namespace omegate::gateway
