// The numbers of the HTTP API: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::gateway::api {

/// The shortest token that opens the API. Unit: characters. Why: 22 of base64 are 128 bits; nobody guesses those, so guesses
/// need no counting.
inline constexpr std::size_t least_token = 22;

/// Events that wait for one client; beyond them the oldest are lost, and the log and the client are told.
///
/// Unit: events. Why: some 100 MiB on disk; a client that forgot us must not fill it for everybody.
inline constexpr std::size_t max_waiting_events = 100'000;

/// The log warns when so many wait, and again when they have doubled.
inline constexpr std::size_t many_waiting_events = 1000;

/// Events taken over from the inbox in one transaction. Unit: rows.
inline constexpr std::size_t events_at_once = 250;

/// Events in one answer. Units: events; bytes of payload, one event may go beyond.
inline constexpr std::size_t default_page = 100, max_page = 500;
inline constexpr std::size_t max_page_size = std::size_t{1} << 20;

/// How long a request may wait for an event. Why: proxies end a connection that is silent for a minute.
inline constexpr std::chrono::seconds max_wait{60};

/// Requests of one client that wait at the same time; a further one ends the oldest, which may be of a process that died.
inline constexpr std::size_t max_waiting_requests = 4;

/// A stream without news says that it is alive. Why: who is gone is noticed, and proxies take silence for an end.
inline constexpr std::chrono::seconds heartbeat_pause{15};

/// After how long the reader of a stream that ended comes back, if it does as the stream says. Unit: milliseconds.
inline constexpr std::chrono::milliseconds stream_retry{2000};

/// Nesting of JSON, as in frames; names of members are counted as texts. Unit: levels.
inline constexpr std::size_t max_depth = 32;

/// The longest text that is quoted back in an error. Unit: bytes.
inline constexpr std::size_t max_quoted = 80;

}  // namespace omegate::gateway::api
