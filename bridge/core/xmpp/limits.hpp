// The numbers of XMPP: each with unit, reason and source.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::xmpp {

/// One part of a JID, prepared. Unit: bytes of UTF-8. Source: RFC 7622 §3.
inline constexpr std::size_t max_jid_part = 1023;

/// SCRAM iterations we compute.
///
/// Why:    fewer make a stolen verifier cheap to attack, more let a server burn our CPU (10^6: 0.3 s).
/// Source: RFC 7677 §4 (minimum).
inline constexpr std::uint32_t min_scram_iterations = 4096;
inline constexpr std::uint32_t max_scram_iterations = 1'000'000;

/// What the server has not acknowledged yet: more is refused until it does.
///
/// Unit:   stanzas; bytes. Why: they are kept in memory for resumption.
inline constexpr std::size_t max_unacknowledged_stanzas = 5000;
inline constexpr std::size_t max_unacknowledged_bytes = std::size_t{10} * 1024 * 1024;

/// An acknowledgement is asked for after this many stanzas. Unit: stanzas.
inline constexpr std::uint32_t stanzas_per_ack_request = 10;

/// We acknowledge unasked after this many. Why: ejabberd closes sessions that are slow to ack.
inline constexpr std::uint32_t stanzas_per_unasked_ack = 50;

/// How often one stanza may be the first that the server has not handled when a stream is resumed.
///
/// Why: a stanza that makes the server close the stream would otherwise come back for ever.
inline constexpr std::uint32_t max_resends = 2;

/// `<key/>` elements of one `<encrypted/>`. Unit: keys. Why: a 256 KiB stanza holds some 5000 short ones, an
/// honest one at most 1500.
inline constexpr std::size_t max_keys = 2000;

/// Items read of one PubSub answer or event. Unit: items.
inline constexpr std::size_t max_pubsub_items = 1000;

/// Devices read of one list; the caller takes the newest `omemo::max_devices`. Unit: devices.
inline constexpr std::size_t max_listed_devices = 1000;

/// A device label. Unit: bytes of UTF-8 (53 code points at most). Source: XEP-0384 §5.3.1.
inline constexpr std::size_t max_label = 212;

/// Random characters in an SCE envelope, after it was filled up to `min_envelope`.
///
/// Unit:   characters. Why: hides the exact length. Source: XEP-0420 §4 (rpad).
inline constexpr std::size_t max_padding = 200;
inline constexpr std::size_t min_envelope = 512;

/// An id of a message as we keep it; longer ones are treated as absent. Unit: bytes.
inline constexpr std::size_t max_id = 1023;

/// Why a moderator took a message out of a room, as far as it is handed on. Unit: bytes.
inline constexpr std::size_t max_moderation_reason = 500;

/// Keys in one trust message. Why: each may become a row of the ledger; people have tens of devices.
inline constexpr std::size_t max_trust_message_keys = 200;

/// Reactions of one person to one message, and the longest. Units: reactions; bytes of UTF-8.
///
/// Why: an emoji is a few code points joined; more is no reaction but a text.
inline constexpr std::size_t max_reactions = 20;
inline constexpr std::size_t max_reaction = 32;

/// Marks of fallback in one message, and parts of the text in one mark. Unit: elements. Why: honest ones have two.
inline constexpr std::size_t max_fallbacks = 8;

/// What a reply quotes. Unit: bytes of UTF-8. Why: it reminds, it does not repeat.
inline constexpr std::size_t max_quote = 300;

/// People of one room, and status codes of one stanza, that are looked at. Unit: items.
///
/// Why: each member's devices are encrypted to; a larger room is none for secrets.
inline constexpr std::size_t max_room_members = 500;
inline constexpr std::size_t max_room_codes = 16;

/// Files of one message that are looked at, the places where each may lie, and its hashes. Unit: items.
///
/// Why: people send a handful; each becomes a row and a request.
inline constexpr std::size_t max_shared_files = 10;
inline constexpr std::size_t max_file_sources = 4;
inline constexpr std::size_t max_file_hashes = 8;

/// Where a file lies. Unit: bytes. Why: upload services write 100 to 300.
inline constexpr std::size_t max_file_url = 2048;

/// What a file is called. Unit: bytes of UTF-8. Why: what file systems take; the rest is cut.
inline constexpr std::size_t max_file_name = 255;

/// One header that an upload service asks for. Unit: bytes. Why: signed tokens have up to 2 KiB.
inline constexpr std::size_t max_upload_header = 8192;

/// Parts of our own server that are asked what they can. Unit: items. Why: servers have five to ten.
inline constexpr std::size_t max_server_items = 50;

/// A picture that somebody shows of themselves, and the same in base64 with the line ends of old clients. Units: bytes;
/// characters.
///
/// Why: more than that does not fit into the stanzas that servers pass on.
inline constexpr std::size_t max_avatar = std::size_t{192} * 1024;
inline constexpr std::size_t max_avatar_text = max_avatar / 3 * 4 + max_avatar / 16;

/// A picture that we show. Unit: bytes. Why: each of the bot's contacts fetches it. Source: XEP-0084 §6 wants small ones.
inline constexpr std::size_t max_own_avatar = std::size_t{100} * 1024;

/// A delay stamp may be this much ahead of our clock; later ones are moved back to it.
inline constexpr std::chrono::minutes max_future_stamp{5};

}  // namespace omegate::xmpp
