// The limits of the HTTP server and client.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::http {

/// Unit: bytes of request line and headers. Why: no webhook needs more, and it is read before any check.
inline constexpr std::size_t max_header = std::size_t{8} * 1024;

/// Unit: bytes. Why: a body is held in memory until it is stored; files travel another way.
inline constexpr std::size_t default_max_body = std::size_t{1} * 1024 * 1024;

/// The same for whoever is known by the head of the request to send so much. Unit: bytes.
inline constexpr std::size_t greatest_body = std::size_t{8} * 1024 * 1024;

/// Unit: connections whose request is on its way or has not begun; of more, the one that waits longest makes room.
/// Why:  with `default_max_body` it bounds the memory somebody can make us use without a token; and whoever holds
/// connections open without a request keeps nobody out.
inline constexpr std::size_t default_max_connections = 64;

/// Unit: times that, connections in all: those whose request is being handled too, which may wait for news.
inline constexpr std::size_t handled_share = 4;

/// From the first to the last byte of a request. Why: a slow sender must not hold one of few connections.
inline constexpr std::chrono::milliseconds default_request_limit{15'000};

/// Between two requests of one connection.
inline constexpr std::chrono::milliseconds default_idle_limit{30'000};

/// Writing one response, or one piece of it.
inline constexpr std::chrono::milliseconds default_write_limit{15'000};

// ---- the client

/// Unit: bytes of a URL. Why: servers refuse more than 8 KiB of request line; what is longer is a mistake.
inline constexpr std::size_t max_url = std::size_t{8} * 1024;

/// Unit: bytes of a request's headers. Why: the same.
inline constexpr std::size_t max_sent_header = std::size_t{16} * 1024;

/// Unit: bytes of status line and headers of a response. Why: real ones stay below 16 KiB (long policies, many
/// cookies), and it is held in memory.
inline constexpr std::size_t max_response_header = std::size_t{32} * 1024;

/// Unit: bytes of a response that is kept in memory.
inline constexpr std::size_t default_max_response = std::size_t{1} * 1024 * 1024;

/// Unit: bytes of a request's body, from memory or from a source. Why: something has to be the end.
inline constexpr std::uint64_t default_max_sent = std::uint64_t{1} * 1024 * 1024 * 1024;

/// Unit: interim responses (1xx) before the real one. Why: they may be repeated for ever.
inline constexpr unsigned max_interim_responses = 8;

/// Unit: bytes read or taken from a source at once.
inline constexpr std::size_t transfer_piece = std::size_t{16} * 1024;

/// From looking up the name to the end of the TLS handshake.
inline constexpr std::chrono::milliseconds default_client_connect_limit{10'000};

/// From the first step to the last byte of the response, redirects included.
inline constexpr std::chrono::milliseconds default_client_limit{30'000};

}  // namespace omegate::http
