// What a plugin, or whoever speaks its frames, may cost us.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace omegate::plugin {

/// The longest text of one frame, both ways.
///
/// Unit:   bytes of JSON, without the four of the length.
/// Why:    a worker may return 1 MiB of output per event and a hook may bring 1 MiB of body; JSON writes a
///         byte as up to six ("\u0001"), so the frame around either needs more room than its content.
inline constexpr std::size_t max_frame_size = std::size_t{8} << 20;

/// What one handler may send, all its texts and recipients together.
///
/// Unit:   bytes of UTF-8, as `output_size` counts them.
/// Why:    a loop around `P.send` ends as one plugin's error, not as a full disk.
inline constexpr std::size_t max_output_size = std::size_t{1} << 20;

/// Sends of one handler. A fan-out to a large team fits, a runaway loop of short texts does not.
inline constexpr std::size_t max_effects = 1000;

/// How a plugin calls a message of its own, and the handle it was given. Unit: bytes.
inline constexpr std::size_t max_message_name = 256;

/// Nesting of JSON in frames, in hook bodies and in what a plugin encodes.
inline constexpr std::size_t max_json_depth = 32;

/// Hooks, commands and patterns that one plugin may register.
inline constexpr std::size_t max_registrations = 256;

/// Lua files of one plugin together. Unit: bytes. It fits into one frame whatever its characters.
inline constexpr std::size_t max_sources_size = std::size_t{1} << 20;

/// An error text, a traceback or a log line. Unit: bytes; what is longer is cut.
inline constexpr std::size_t max_report_size = 8 * 1024;

/// API levels of `plugin.yaml` this gateway speaks.
inline constexpr int oldest_api = 1;
inline constexpr int newest_api = 1;

/// The longest time a message may wait before it expires. Unit: seconds. Why: rows are kept no longer than needed.
inline constexpr std::chrono::seconds max_message_life{30 * 24 * 60 * 60};

/// One key of what a plugin keeps, its space included, and one value. Unit: bytes of UTF-8, of JSON.
///
/// Why: a value travels in frames and is sealed as a whole; what is larger is several values.
inline constexpr std::size_t max_kv_key = 512;
inline constexpr std::size_t max_kv_value = std::size_t{64} * 1024;

/// Keys that one scan returns at once. Unit: keys. Why: bounds the frame; the next page begins after the last one.
inline constexpr std::size_t max_kv_page = 500;

/// Keys that one plugin may keep. Unit: keys. Why: a page of a scan opens them all, some 10 ms for so many.
inline constexpr std::size_t max_kv_keys = 10'000;

/// What a manifest may ask for with `kv`. Unit: MiB, as sealed.
inline constexpr std::size_t max_kv_mib = 1024;

/// The longest expiry of a value. Unit: seconds.
inline constexpr std::chrono::seconds max_kv_life{10 * 366 * 24 * 60 * 60LL};

/// The id or name of a timer or question, and what it remembers. Unit: bytes.
inline constexpr std::size_t max_timer_name = 256;
inline constexpr std::size_t max_timer_state = std::size_t{16} * 1024;

/// Timers and open questions of one plugin. Unit: rows.
inline constexpr std::size_t max_timers = 10'000;

/// No timer is later than the year 9999. Unit: milliseconds since 1970.
inline constexpr std::int64_t latest_timer_ms = 253'402'300'799'000;

/// The longest time a question may wait for its answer, and the longest period. Unit: seconds.
inline constexpr std::chrono::seconds max_patience{30 * 24 * 60 * 60};
inline constexpr std::chrono::seconds max_period{366 * 24 * 60 * 60};

}  // namespace omegate::plugin
