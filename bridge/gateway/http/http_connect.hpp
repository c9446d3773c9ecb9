// Connections for the HTTP client: names, the guard, TCP and TLS put together.
//
// Not here: requests (edge/http/client), which hosts may be reached inside the own network (whoever makes the guard).
#pragma once

#include "bridge/edge/http/client.hpp"
#include "bridge/edge/net/address_guard.hpp"
#include "bridge/edge/net/dns.hpp"
#include "bridge/edge/net/tls.hpp"

namespace omegate::gateway {

namespace asio = boost::asio;

/// Looks the host up once, drops the addresses that `guard` does not allow, and connects to one of the others and to
/// nothing else: who answers another lookup differently gains nothing. With https the certificate has to name the host.
/// `names` and `trust` must outlive it. What it throws: `http::ClientError` (`forbidden`, `no_connection`).
http::Connect http_connect(net::Names& names, net::TlsTrust& trust, net::AddressGuard guard = net::AddressGuard());

}  // namespace omegate::gateway
