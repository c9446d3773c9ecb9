// The limits of the HTTP server.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::http {

/// Unit: bytes of request line and headers. Why: no webhook needs more, and it is read before any check.
inline constexpr std::size_t max_header = std::size_t{8} * 1024;

/// Unit: bytes. Why: a body is held in memory until it is stored; files travel another way.
inline constexpr std::size_t default_max_body = std::size_t{1} * 1024 * 1024;

/// Unit: connections open at the same time; more wait in the kernel's queue.
/// Why:  with `default_max_body` it bounds the memory somebody can make us use without a token.
inline constexpr std::size_t default_max_connections = 64;

/// From the first to the last byte of a request. Why: a slow sender must not hold one of few connections.
inline constexpr std::chrono::milliseconds default_request_limit{15'000};

/// Between two requests of one connection.
inline constexpr std::chrono::milliseconds default_idle_limit{30'000};

/// Writing one response.
inline constexpr std::chrono::milliseconds write_limit{15'000};

}  // namespace omegate::http
