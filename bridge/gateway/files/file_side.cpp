#include "bridge/gateway/files/file_side.hpp"

#include <algorithm>

#include "bridge/gateway/files/file_desk.hpp"
#include "bridge/gateway/files/file_limits.hpp"
#include "bridge/gateway/http/http_connect.hpp"

namespace omegate::gateway {
namespace {

asio::awaitable<std::unique_ptr<http::Link>> connect(net::Names& names, net::TlsTrust& trust, const FileDesk& desk,
                                                     http::Origin origin) {
  using Reason = http::ClientError::Reason;
  if (!origin.secure) throw http::ClientError(Reason::forbidden, "files go over https only, and the address is http");
  const auto& hosts = desk.settings().private_hosts;
  const bool allowed = std::find(hosts.begin(), hosts.end(), origin.host) != hosts.end();
  const std::string host = origin.host;
  const http::Connect open = http_connect(names, trust, net::AddressGuard(allowed));
  std::string refused;
  try {
    co_return co_await open(std::move(origin));
  } catch (const http::ClientError& failure) {
    if (failure.reason() != Reason::forbidden || allowed) throw;
    refused = failure.what();
  }
  throw http::ClientError(Reason::forbidden, refused + "; if it is yours, name " + host + " under files.private_hosts");
}

}  // namespace

http::Connect file_connect(net::Names& names, net::TlsTrust& trust, const FileDesk& desk) {
  return [&names, &trust, &desk](http::Origin origin) { return connect(names, trust, desk, std::move(origin)); };
}

http::ClientLimits transfer_limits(std::uint64_t size) {
  http::ClientLimits limits;
  limits.whole = transfer_time + std::chrono::seconds(size / slowest_transfer);
  limits.max_sent = limits.max_streamed = size;
  return limits;
}

std::string host_of(const std::string& url) {
  try {
    return http::parse_url(url).origin.host;
  } catch (const std::invalid_argument&) {
    return "(no host)";
  }
}

}  // namespace omegate::gateway
