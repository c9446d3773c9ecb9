// What the configuration may be, and how long a secret may take.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::config {

/// Unit: bytes. Why: a config is written by hand; a device or a log given by mistake must not be read whole.
inline constexpr std::size_t max_config_size = 1024 * 1024;

/// Unit: levels of YAML nesting. Why: the conversion of free-form plugin settings recurses.
inline constexpr int max_config_depth = 32;

/// Unit: bytes. Why: the longest sensible secret is a certificate chain; a command that prints its help
/// page, or a wrong path, must be told apart from a password.
inline constexpr std::size_t max_secret_size = 64 * 1024;

/// Why: a password manager may ask a network service; one that waits for a person must not hang the start.
inline constexpr std::chrono::seconds secret_command_limit{20};

/// Unit: accounts. Why: each holds a session and a device; more is a generated file gone wrong.
inline constexpr std::size_t max_accounts = 100;

/// Unit: threads. Why: the work is bound by one store thread; more threads only cost memory.
inline constexpr unsigned max_network_threads = 64;

/// Unit: bytes of one HTTP request body. Source: the limits table; files stream and are another matter.
inline constexpr std::size_t default_http_body = 1024 * 1024;
inline constexpr std::size_t max_http_body = 64 * 1024 * 1024;

/// Rooms of one account, and how it is called in them. Units: rooms; bytes of UTF-8.
///
/// Why: each room's members are kept in memory and asked about again and again.
inline constexpr std::size_t max_rooms = 100;
inline constexpr std::size_t max_nick = 64;

/// The longest history of finished messages. Unit: days. Why: names and times of years are a burden, not a help.
inline constexpr int max_keep_days = 365;

}  // namespace omegate::config
