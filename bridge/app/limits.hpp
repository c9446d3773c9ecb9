// Bounds of the control sockets and of the start.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::app {

/// Unit: bytes of one request line. Why: the longest honest one carries the text of one message, and a
/// message must fit into a stanza.
inline constexpr std::size_t max_control_request = 256 * 1024;

/// Unit: bytes of one answer line. Why: a list of 1000 rows with reasons fits; a client must not fill memory.
inline constexpr std::size_t max_control_answer = 16 * 1024 * 1024;

/// Unit: connections open at once on one socket. Why: descriptors are few and cron jobs may pile up.
inline constexpr int max_control_connections = 64;

/// Why: a client that connects and says nothing holds a place.
inline constexpr std::chrono::seconds control_idle_limit{60};

/// How long the command line waits for an answer that the gateway has at once. Why: longer than the gateway itself waits for its
/// database (store_glance_patience), so that one whose disk hangs can say so.
inline constexpr std::chrono::seconds control_patience{5};

/// Why: `send --wait` is for scripts; who wants to know later asks `outbox show`.
inline constexpr std::chrono::minutes max_send_wait{10};

/// Disk space below which `doctor` speaks up.
///
/// Unit: bytes; inodes. Why: a log of the database may grow to tens of MiB before it is folded in.
inline constexpr std::uintmax_t little_room = std::uintmax_t{1024} * 1024 * 1024;
inline constexpr std::uintmax_t no_room = std::uintmax_t{100} * 1024 * 1024;
inline constexpr std::uintmax_t few_inodes = 1000;

/// Unit: rows of one list. Why: an answer stays below `max_control_answer`.
inline constexpr int max_list_rows = 1000;
inline constexpr int default_list_rows = 100;

}  // namespace omegate::app
