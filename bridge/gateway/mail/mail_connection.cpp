#include "bridge/gateway/mail/mail_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/race.hpp"

namespace omegate::gateway {

using asio::ip::tcp;

asio::awaitable<void> connect_to_mail_server(net::Names& names, const std::string& host, std::uint16_t port,
                                             std::optional<net::Connection>& connection) {
  const auto addresses = co_await names.addresses(host);
  if (addresses.empty()) throw NoMailServer("there is no address for " + host + ": the name does not exist, or no DNS server answers");
  std::vector<tcp::endpoint> endpoints;
  for (const auto& address : addresses) endpoints.emplace_back(address, port);
  tcp::socket socket = co_await net::connect_any(std::move(endpoints));
  connection.emplace(std::move(socket));
}

asio::awaitable<void> secure_mail_connection(net::Connection& connection, net::TlsTrust& trust, const std::string& host) {
  auto handshake = connection.start_tls(trust, host, net::Connection::Start::upgrade);
  co_await net::within(net::handshake_limit, std::move(handshake));
}

asio::awaitable<void> read_some(net::Connection& connection, std::span<char> into, std::size_t& size) {
  size = co_await connection.read_some(into);
}

std::string words_of(const boost::system::system_error& failure, const std::string& host, std::uint16_t port) {
  const std::string start = "the connection to " + host + ":" + std::to_string(port) + " failed: ";
  if (failure.code() == asio::error::eof) return start + "the server ended it";
  if (failure.code() == asio::error::timed_out) return start + "no answer in time";
  return start + failure.code().message();
}

}  // namespace omegate::gateway
