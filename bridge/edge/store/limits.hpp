// The numbers of the store: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::store {

/// How many works share one disk sync.
///
/// Unit:   works. Why: bounds how long the first of a batch waits for the last; 1000 small works take about
/// 10 ms.
inline constexpr std::size_t max_batch = 1000;

/// The pause after attempt n of an inbox or outbox row: first_pause × 2^(n-1), at most `longest_pause`.
inline constexpr std::chrono::milliseconds first_pause{30'000};
inline constexpr std::chrono::milliseconds longest_pause{64 * 60'000};

/// How many devices that left a peer's list, and that we have no session with, stay known.
///
/// Unit:   devices of one peer and version. Why: a list is free to write, with new ids each time.
inline constexpr std::size_t max_remembered_devices = 200;

/// How often skipped message keys are counted down to when an account has too many.
///
/// Unit:   part of `omemo::max_skipped_keys_per_account`, in percent. Why: looking for the oldest reads all
/// sessions, so it makes room for some time.
inline constexpr std::size_t skipped_keys_kept_percent = 90;

/// How many prekey ids an old copy of the database leaves to the future it does not know.
///
/// Unit:   ids. Why: a contact may still hold a bundle of that future; an id must not name another key. 100 a
/// day would last two years.
inline constexpr std::uint32_t lost_prekey_ids = 65'536;

/// The longest error or reason text kept with a row.
///
/// Unit:   bytes. Why: a plugin's traceback is for reading, not for filling the disk.
inline constexpr std::size_t max_reason = 4096;

/// How many messages that could not be read are remembered, the newest ones.
///
/// Unit:   rows. Why: a contact's broken client, or a forger, must not fill the disk.
inline constexpr std::size_t max_unread = 10'000;

/// How many messages can be corrected, answered or reacted to later, the newest ones.
///
/// Unit:   rows of 200 bytes. Why: a busy hook has 1000 a day; who writes more must not fill the disk.
inline constexpr std::size_t max_known_messages = 50'000;

/// The longest id of somebody else's message that is kept. Unit: bytes. Why: clients use UUIDs.
inline constexpr std::size_t max_message_id = 256;

/// What one speaker's devices said of keys by trust messages, and is remembered.
inline constexpr std::int64_t max_trust_statements = 1000;

/// Questions about keys that one contact may have open; further ones are not asked.
inline constexpr std::int64_t max_questions = 5;

/// How much of the database SQLite keeps in memory, if there is as much.
///
/// Unit: KiB. Why: with 100 000 sessions a message costs 1.1 times what it costs with ten; with SQLite's own 2 MiB twice as much,
/// because pages that a commit has not written yet are thrown out and read again.
inline constexpr int page_cache = 16 * 1024;

/// The log behind the database is folded in when it has this many pages.
///
/// Unit:   pages of 4 KiB. Why: what was deleted must leave the log too; 4 MiB are folded in 10 ms.
inline constexpr int checkpoint_pages = 1000;

/// A copy of the database is made in portions of this many pages, works in between.
///
/// Unit:   pages of 4 KiB. Why: 1 MiB takes 2 ms, which nobody notices.
inline constexpr int pages_per_portion = 256;

/// A backup is sealed in pieces of this size.
///
/// Unit:   bytes. Why: memory, and how much a damaged file gives away before it is noticed: nothing.
inline constexpr std::size_t backup_piece = std::size_t{64} * 1024;

/// The largest file besides the database that a backup carries: a config, a password.
inline constexpr std::size_t max_backup_file = std::size_t{1} << 20;

/// How long what was deleted may stay in a short log.
///
/// Unit:   time after the first commit that is in it.
inline constexpr std::chrono::seconds longest_log_age{60};

/// The generation of the data key, named in each sealed value. Goes up when the key is changed.
inline constexpr std::uint32_t key_generation = 1;

}  // namespace omegate::store
