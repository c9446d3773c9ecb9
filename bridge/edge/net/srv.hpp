// Which servers to try for a domain, and in which order: the rules only.
//
// Not here: asking the DNS (dns.hpp), connecting (connect.hpp).
// Source: RFC 2782, RFC 6120 §3.2, XEP-0368.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/core/base/random.hpp"

namespace omegate::net {

struct SrvRecord {
  std::uint16_t priority = 0;  // lower first
  std::uint16_t weight = 0;    // share inside one priority
  std::uint16_t port = 0;
  std::string target;  // without the trailing dot; empty (in the DNS ".") says that it is not offered
};

/// What the DNS said about one service name.
struct SrvAnswer {
  enum class Outcome {
    found,   // records, maybe none that is usable
    absent,  // NXDOMAIN or NODATA: the domain has no such records
    failed,  // SERVFAIL, REFUSED, garbage: we do not know
    silent,  // no answer in time; some networks drop SRV queries
  };
  Outcome outcome = Outcome::absent;
  std::vector<SrvRecord> records;
};

/// One place where the domain's server may listen. Not trusted: the certificate has to name the domain,
/// whatever the target is called.
struct Target {
  std::string host;  // a name or an address literal
  std::uint16_t port = 0;
  bool direct_tls = false;  // TLS from the first byte (XEP-0368); else STARTTLS

  friend bool operator==(const Target&, const Target&) = default;
};

struct Candidates {
  std::vector<Target> targets;  // in the order to try, at most `max_targets`
  bool not_offered = false;     // the domain says that it has no XMPP service; then there are no targets
};

/// Merges what the DNS said of `_xmpps-client._tcp` and `_xmpp-client._tcp`: by priority, weighted random
/// inside one priority. Neither service known: the domain itself, port 5222, STARTTLS.
/// No target and not `not_offered`: the DNS failed; try again later.
Candidates order_targets(const std::string& domain, const SrvAnswer& direct_tls, const SrvAnswer& starttls,
                         Random& random);

}  // namespace omegate::net
