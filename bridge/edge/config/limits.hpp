// What the configuration may be, and how long a secret may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

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

/// What may be sent again to a device that is trusted late. Units: hours; messages of one conversation.
///
/// Why: whoever steals disk and key can read what is kept.
inline constexpr unsigned default_redelivery_hours = 24, max_redelivery_hours = 168;
inline constexpr unsigned default_redelivery = 20, max_redelivery = 100;

/// Rooms of one account, and how it is called in them. Units: rooms; bytes of UTF-8.
///
/// Why: each room's members are kept in memory and asked about again and again.
/// Requests of one hook that are kept. Why: days of most senders. The most: each request writes the list anew.
inline constexpr unsigned default_hook_log = 100, max_hook_log = 1000;
/// And how much of them. Unit: bytes.
inline constexpr std::size_t default_hook_log_bytes = std::size_t{4} << 20, max_hook_log_bytes = std::size_t{256} << 20;
inline constexpr std::size_t max_rooms = 100;
inline constexpr std::size_t max_nick = 64;

/// Files: of one, of all, and how long they are kept. Units: bytes; days.
///
/// Why: what upload services take is 10 MB to 1 GB; a disk is shared with the database. The most is what AES-GCM can do.
inline constexpr std::uint64_t default_file_size = std::uint64_t{100} * 1024 * 1024;
inline constexpr std::uint64_t max_file_size = std::uint64_t{32} * 1024 * 1024 * 1024;
inline constexpr std::uint64_t default_files_size = std::uint64_t{1024} * 1024 * 1024;
inline constexpr std::uint64_t max_files_size = std::uint64_t{16} * 1024 * 1024 * 1024 * 1024;
inline constexpr unsigned default_file_days = 7;
/// Programs that may use the HTTP API. Unit: clients. Why: events are kept for each of them.
inline constexpr std::size_t max_api_clients = 32;

/// What a client of the API may send in a minute, all at once if it likes: messages, edits, retractions, reactions.
inline constexpr unsigned default_api_sends = 60;
inline constexpr unsigned max_api_sends = 100'000;

/// How long an event waits for a client of the API that does not acknowledge it. Unit: days.
inline constexpr unsigned default_api_days = 30;
inline constexpr unsigned max_api_days = 365;

/// Mail that is taken: places, users of one, addresses that a user may write as, the size of a message. Units: listeners;
/// users, bytes of a name; patterns; bytes.
///
/// Why: a message is held in memory until it is stored; a scan of many pages is some 20 MB, as base64 a third more.
inline constexpr std::size_t max_mail_listeners = 16;
inline constexpr std::size_t max_mail_users = 256, max_mail_user = 128;
inline constexpr std::size_t max_mail_senders = 64;
inline constexpr std::size_t default_mail_size = std::size_t{32} << 20, max_mail_size = std::size_t{256} << 20;

/// Folders that are fetched from. Why: each is a connection and a login.
inline constexpr std::size_t max_imap_folders = 32;

/// How often a server is asked that does not tell of new mail; how often the wish to be told is renewed, which also shows
/// that the connection is alive. Source: RFC 2177 (29 minutes at most); routers forget a silent connection after five.
inline constexpr std::chrono::seconds default_imap_poll{60}, default_imap_renewal{280}, max_imap_renewal{29 * 60 - 10};

/// The longest history of finished messages. Unit: days. Why: names and times of years are a burden, not a help.
inline constexpr int max_keep_days = 365;

/// Secrets that one host's webhooks are signed with at the same time. Why: while the receiver changes over.
inline constexpr std::size_t max_signing_secrets = 2;

}  // namespace omegate::config
