// The limits of name resolution, connecting and TLS.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::net {

/// Unit:   targets of one domain, both services together.
/// Why:    a hostile zone may list hundreds, and each costs a connection attempt.
/// Source: test matrix 2 of the project (RFC 6120 §3.2.1 sets no bound).
inline constexpr std::size_t max_targets = 16;

/// Unit:   addresses tried per target.
/// Why:    the same as above, one level down.
inline constexpr std::size_t max_addresses = 8;

/// How long one name lookup may take, retries included.
/// Why:    some networks drop SRV queries; behind this limit the A/AAAA fallback is used (RFC 6120 §3.2.2).
inline constexpr std::chrono::seconds lookup_limit{5};

/// How long one address has a head start over the next. Source: RFC 8305 §5 (Connection Attempt Delay).
inline constexpr std::chrono::milliseconds attempt_delay{250};

/// From the first SYN to the last failure, over all targets of a domain.
inline constexpr std::chrono::seconds connect_limit{30};

/// A TLS handshake that takes longer is a silent server.
inline constexpr std::chrono::seconds handshake_limit{15};

/// A peer that does not drain what we wrote for so long is gone.
inline constexpr std::chrono::seconds write_limit{20};

/// Unit:   milliseconds the kernel repeats unacknowledged bytes before it gives the connection up.
/// Why:    the second line behind XEP-0198 requests, for a connection that is only written to.
inline constexpr unsigned tcp_user_timeout_ms = 60'000;

}  // namespace omegate::net
