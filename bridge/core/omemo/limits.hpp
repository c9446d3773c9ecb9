// The numbers of OMEMO: each with unit, reason and source.
#pragma once

#include <cstddef>
#include <cstdint>

namespace omegate::omemo {

/// How many message keys one session keeps for messages that have not arrived yet.
///
/// Unit:   keys. When full, the oldest key goes and its message can never be read.
/// Why:    too low loses reordered messages; without a bound a peer can fill our disk.
/// Source: XEP-0384 §4.3 (`MAX_SKIP`: 1000 per session).
inline constexpr std::size_t max_skipped_keys = 1000;

/// How many messages one message may skip. More: `too_many_skipped_messages`.
///
/// Unit:   messages of one chain.
/// Why:    bounds the work one forged message can cause: about 2000 HMAC pairs, 0.7 ms.
/// Source: XEP-0384 §4.3 (`MAX_SKIP`).
inline constexpr std::uint32_t max_skip = 1000;

/// Skipped keys of older chains go when the peer has changed its ratchet key this often since.
///
/// Unit:   Diffie-Hellman steps of the peer.
/// Why:    deterministic forgetting; inclusive mode leaves one key per step that nobody will ever use.
/// Source: XEP-0384 §4.3 (discard on deterministic events).
inline constexpr std::size_t max_skipped_chain_age = 10;

/// How many earlier ratchet keys of the peer a session remembers to tell a late replay from a broken session.
///
/// Unit:   keys, 8 bytes of each.
inline constexpr std::size_t max_remembered_ratchet_keys = 10;

/// Sessions of one device that are kept to read late messages only. The least recently used goes.
///
/// Unit:   sessions. Why: simultaneous starts and re-installed peers leave a few; libsignal keeps 40.
inline constexpr std::size_t max_archived_sessions = 20;

/// How many archived sessions are tried with a ratchet key none of them knows.
///
/// Unit:   sessions. Why: each try costs two Diffie-Hellman and up to 2000 HMAC pairs.
inline constexpr std::size_t max_unknown_key_tries = 5;

/// One-time prekeys we publish, refilled after use.
///
/// Unit:   keys. Source: XEP-0384 §5.3.1 (about 100).
inline constexpr std::size_t published_prekeys = 100;

/// The fewest one-time prekeys a published bundle may have. Source: XEP-0384 §5.3.1.
inline constexpr std::size_t min_published_prekeys = 25;

/// Prekeys of a peer's bundle that are read; the rest is ignored.
///
/// Unit:   keys. Why: a 256 KiB stanza holds some 3000; nobody publishes more than 200.
inline constexpr std::size_t max_bundle_prekeys = 1000;

/// Prekey ids we give out: 1 … 2^31-1. 0 is read but never written: some clients drop a zero field.
inline constexpr std::uint32_t max_prekey_id = 0x7fff'ffff;

/// The largest ratchet message we look at. Honest ones have under 250 bytes.
///
/// Unit:   bytes.
inline constexpr std::size_t max_wire_size = 4096;

/// From this message counter on, a chain asks for an empty message so that the ratchet turns.
///
/// Unit:   counter value (the 54th message). Source: XEP-0384 §5.5.3 (heartbeat after 53).
inline constexpr std::uint32_t heartbeat_counter = 53;

/// Devices of one contact that are considered: the newest of its list. Warn at `many_devices`.
///
/// Unit:   devices. Why: a list is free to write and each entry costs us an X3DH and 35 bytes per message.
inline constexpr std::size_t max_devices = 100;
inline constexpr std::size_t many_devices = 25;

/// Skipped keys of all sessions of one account together; the oldest go first. Enforced by the store.
///
/// Unit:   keys of 68 bytes: 6.8 MB.
inline constexpr std::size_t max_skipped_keys_per_account = 100'000;

}  // namespace omegate::omemo
