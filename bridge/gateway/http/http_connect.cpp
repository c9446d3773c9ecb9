#include "bridge/gateway/http/http_connect.hpp"

#include <utility>

#include "bridge/edge/net/connect.hpp"
#include "bridge/edge/net/connection.hpp"

namespace omegate::gateway {
namespace {

using asio::ip::tcp;
using Reason = http::ClientError::Reason;

class NetLink : public http::Link {
 public:
  explicit NetLink(net::Connection connection) : connection_(std::move(connection)) {}

  asio::awaitable<std::size_t> read_some(std::span<char> into) override { return connection_.read_some(into); }
  asio::awaitable<void> write(std::string_view bytes) override { return connection_.write(bytes); }

  net::Connection& connection() { return connection_; }

 private:
  net::Connection connection_;
};

std::string refusal(const http::Origin& origin, const asio::ip::address& address, const net::AddressGuard& guard) {
  const net::AddressVerdict verdict = net::look_at(address);
  std::string text = origin.host + " is not connected to: " + address.to_string() + " is " + std::string(verdict.name) + ".";
  if (verdict.kind == net::AddressKind::here && !guard.allows_private()) {
    text += " If that is meant, the operator has to allow it (allow_private: true).";
  }
  return text;
}

std::vector<tcp::endpoint> allowed(const std::vector<asio::ip::address>& found, const http::Origin& origin,
                                   const net::AddressGuard& guard) {
  if (found.empty()) {
    throw http::ClientError(Reason::no_connection, "There is no address for " + origin.host +
                                                       ": the name does not exist, or no DNS server answers.");
  }
  std::vector<tcp::endpoint> endpoints;
  for (const auto& address : found) {
    if (guard.allows(address)) endpoints.emplace_back(address, origin.port);
  }
  if (endpoints.empty()) throw http::ClientError(Reason::forbidden, refusal(origin, found.front(), guard));
  return endpoints;
}

asio::awaitable<std::unique_ptr<http::Link>> open(net::Names& names, net::TlsTrust& trust, net::AddressGuard guard,
                                                  http::Origin origin) {
  const auto found = co_await names.addresses(origin.host);
  auto endpoints = allowed(found, origin, guard);
  std::string fault;
  std::unique_ptr<NetLink> link;
  try {
    tcp::socket socket = co_await net::connect_any(std::move(endpoints));
    link = std::make_unique<NetLink>(net::Connection(std::move(socket)));
    if (origin.secure) co_await link->connection().start_tls(trust, origin.host, net::Connection::Start::https);
  } catch (const net::TlsFailure& failure) {
    fault = failure.what();
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
    fault = "Cannot connect to " + origin.authority() + ": " + failure.code().message() + ".";
  }
  if (!fault.empty()) throw http::ClientError(Reason::no_connection, fault);
  co_return std::move(link);
}

}  // namespace

http::Connect http_connect(net::Names& names, net::TlsTrust& trust, net::AddressGuard guard) {
  return [&names, &trust, guard](http::Origin origin) { return open(names, trust, guard, std::move(origin)); };
}

}  // namespace omegate::gateway
