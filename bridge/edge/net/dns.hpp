// Names to addresses.
//
// Not here: the order of targets (srv.hpp), connecting (connect.hpp).
// Source: RFC 6120 §3.2.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/net/limits.hpp"
#include "bridge/edge/net/srv.hpp"

namespace omegate::net {

namespace asio = boost::asio;

/// Where names are looked up. The program's is `Dns`; a test brings its own.
class Names {
 public:
  virtual ~Names() = default;

  /// `service` as in "_xmpp-client._tcp.example.org". Throws only what cancels it.
  virtual asio::awaitable<SrvAnswer> services(std::string service) = 0;

  /// IPv6 and IPv4 addresses of `host` in the order to try; none if there are none or nobody answers.
  virtual asio::awaitable<std::vector<asio::ip::address>> addresses(std::string host) = 0;
};

/// The system's resolvers by c-ares, with /etc/hosts. Each lookup has its own channel on the caller's
/// executor, which must be one thread or a strand; nothing is shared between lookups.
class Dns : public Names {
 public:
  struct Settings {
    std::chrono::milliseconds limit = lookup_limit;  // one lookup, retries included
    std::string servers;                             // "127.0.0.1:53,…" instead of the system's
  };

  Dns() = default;
  explicit Dns(Settings settings) : settings_(std::move(settings)) {}

  asio::awaitable<SrvAnswer> services(std::string service) override;
  asio::awaitable<std::vector<asio::ip::address>> addresses(std::string host) override;

 private:
  Settings settings_;
};

/// The targets of an XMPP domain. Both services are asked at the same time.
/// `domain` is an A-label (IDNA) name.
asio::awaitable<Candidates> find_targets(Names& names, std::string domain, Random& random);

}  // namespace omegate::net
