// The numbers of files: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::gateway {

using namespace std::chrono_literals;

/// Transfers are given this much, and a second more for each so many bytes.
///
/// Why: some links are slow and a file is large; one that does not move at all has to end.
inline constexpr std::chrono::milliseconds transfer_time = 60s;
inline constexpr std::uint64_t slowest_transfer = std::uint64_t{32} * 1024;  // bytes a second

/// Where an upload lies is not believed longer than this: a message that was held in the meantime is uploaded anew.
///
/// Why: services delete; Prosody after a week, others sooner.
inline constexpr std::chrono::hours upload_life = 24h;

/// A message that waits for its upload comes back after this if nobody has finished it.
inline constexpr std::chrono::hours upload_patience = 24h;

/// Uploads of one account that wait. Unit: messages.
inline constexpr std::size_t max_waiting_uploads = 1000;

/// A server that had no upload service is asked again after this.
inline constexpr std::chrono::minutes service_memory = 10min;

/// Files fetched at once. Why: one that is slow must not keep the next one waiting.
inline constexpr std::size_t downloads_at_once = 2;

/// A fetch that the network ended is tried again so often, after pauses that double.
inline constexpr int download_tries = 3;
inline constexpr std::chrono::milliseconds download_pause = 2s;

/// A service that takes so much is no reason for `doctor` to speak. Unit: bytes. Why: what common servers are set to.
inline constexpr std::uint64_t enough_for_files = std::uint64_t{10} * 1000 * 1000;

/// Redirects of a download. Source: the protocol page of XEP-0454: at most 3, https only.
inline constexpr unsigned download_redirects = 3;

/// An event waits so long for its files. Then it comes without.
inline constexpr std::chrono::minutes file_patience = 10min;

/// How often a waiting event looks: after half of the time it has waited, but within these.
inline constexpr std::chrono::milliseconds first_file_look = 50ms;
inline constexpr std::chrono::milliseconds last_file_look = 2s;

/// Files being handed over at once over the control sockets, and how long one may rest.
inline constexpr std::size_t max_deposits = 8;
inline constexpr std::chrono::minutes deposit_rest = 2min;

/// What is handed over, or read, at once. Unit: bytes. Why: as base64 it has to fit into a request.
inline constexpr std::size_t deposit_piece = std::size_t{128} * 1024;

/// Offers of others that are remembered, the newest ones. Unit: rows. Why: a contact must not fill the disk with them.
inline constexpr std::size_t max_offered_files = 1000;

/// Rows deleted in one transaction. Unit: rows.
inline constexpr std::size_t file_sweep = 500;

}  // namespace omegate::gateway
