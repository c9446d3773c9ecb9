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

/// Why a bot wants a message taken out of a room. Unit: bytes. Why: all in the room read it, and what comes in is cut there, too.
inline constexpr std::size_t max_moderation_reason = 500;

/// Files of one message, and what a plugin reads of one as text. Units: files; bytes of UTF-8.
///
/// Why: each goes out as a message; a text goes through a frame as JSON.
inline constexpr std::size_t max_files = 10;
inline constexpr std::size_t max_file_text = std::size_t{256} * 1024;

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

/// A request of a plugin to another server, by P.fetch: its path, its body and the response's, both ways.
/// Unit: bytes. Why: a body travels in a frame, where JSON writes a byte as up to six.
inline constexpr std::size_t max_fetch_path = std::size_t{4} * 1024;
inline constexpr std::size_t max_fetch_size = std::size_t{1} << 20;

/// A response that becomes a file. Unit: bytes. Why: the operator's files.max_size says what is really taken.
inline constexpr std::size_t max_fetch_file = std::size_t{1} << 30;

/// Requests of a plugin within a minute, repetitions included: if its manifest says nothing, and what it may ask for.
///
/// Unit: requests. Why: a loop ends; a bridge needs one or two for each message of a busy room.
inline constexpr std::size_t default_fetch_rate = 300, max_fetch_rate = 6000;

/// An endpoint (P.http): its pattern, and one part of a path that stands for a {name}. Units: segments; bytes.
inline constexpr std::size_t max_endpoint_segments = 12;
inline constexpr std::size_t max_endpoint_pattern = 256;
inline constexpr std::size_t max_endpoint_part = 1024;

/// Lists of what is of now (`passing`), and items of one order that wait. Units: names; rows.
///
/// Why: a protocol has one name for the list, and perhaps an older one; what waits behind that many is not of now any more.
inline constexpr std::size_t max_endpoint_passing = 4;
inline constexpr std::size_t max_passing_backlog = 20;

/// What is answered. Unit: bytes. Why: it is a fixed word of a protocol, and stored with each delivery.
inline constexpr std::size_t max_endpoint_answer = 4 * 1024;

/// The body of a request whose items are events of their own, from somebody who has the secret, and one item of it.
/// Unit: bytes. Why: a homeserver sends up to 100 events of 64 KiB at once; one travels in a frame.
inline constexpr std::size_t max_endpoint_body = std::size_t{8} << 20;
inline constexpr std::size_t max_endpoint_item = std::size_t{256} * 1024;

/// Items of one request, and the longest name of one. Units: items; bytes.
inline constexpr std::size_t max_endpoint_items = 10'000;
inline constexpr std::size_t max_endpoint_name = 512;

/// What a handler that cannot do its work now waits for at most (P.retry): one pause, and all of them together.
inline constexpr std::chrono::seconds longest_retry_pause{60 * 60};
inline constexpr std::chrono::seconds max_retry_life{7 * 24 * 60 * 60};

/// How long it may take, repetitions included: if nothing is said, and at most. Repetitions at most.
inline constexpr std::chrono::milliseconds default_fetch_limit{10'000}, max_fetch_limit{60'000};
inline constexpr int max_fetch_retries = 5;

/// Requests of one handler. Unit: requests. Why: its deadline does not count the time it waits for them.
inline constexpr int max_fetches = 50;

/// A mail of a plugin. Units: addresses; bytes of UTF-8; identifiers, of which the oldest go first; bytes of each.
///
/// Why: a subject is a line; a thread of years is known by its last hundred mails; an identifier stands on a line of 998
/// (RFC 5322 §2.1.1), and those in the wild have less than a hundred.
inline constexpr std::size_t max_mail_recipients = 100;
inline constexpr std::size_t max_mail_subject = 900;
inline constexpr std::size_t max_mail_name = 200;
inline constexpr std::size_t max_mail_references = 100;
inline constexpr std::size_t max_mail_id = 400;

/// Metrics of one plugin, and each of them. Units: metrics; labels; buckets; bytes; bytes; bytes of a label's value.
///
/// Why: monitoring keeps each series for ever, and what stands in a label may come from anybody.
inline constexpr std::size_t max_metrics = 50;
inline constexpr std::size_t max_metric_labels = 4;
inline constexpr std::size_t max_metric_buckets = 20;
inline constexpr std::size_t max_metric_name = 64;
inline constexpr std::size_t max_metric_help = 200;
inline constexpr std::size_t max_metric_label = 64;

/// Values that the labels of all metrics of one plugin have together; further ones are left out and counted. Unit: series.
inline constexpr std::size_t max_metric_series = 500;

/// Samples of one handler. Unit: samples.
inline constexpr std::size_t max_samples = 1000;

/// What plugins tell one another: the name of a topic, the data, and what waits for one plugin under one topic. Units:
/// bytes; bytes of JSON; rows.
inline constexpr std::size_t max_topic_name = 64;
inline constexpr std::size_t max_topic_data = std::size_t{64} * 1024;
inline constexpr std::size_t max_topic_backlog = 10'000;

/// Publications that may follow from one another. Why: two plugins that answer each other would never end.
inline constexpr int max_topic_hops = 8;

/// Each part of a question for a picture: a JID, a room, an id. Unit: bytes. Source: RFC 7622 §3.1.
inline constexpr std::size_t max_avatar_ask = 3071;

/// The longest time a question may wait for its answer, and the longest period. Unit: seconds.
inline constexpr std::chrono::seconds max_patience{30 * 24 * 60 * 60};
inline constexpr std::chrono::seconds max_period{366 * 24 * 60 * 60};

/// People who have to agree to one command, and how long they may take.
///
/// Why: one is no agreement; a request of yesterday is about another situation.
inline constexpr std::int64_t max_approvals = 10;
inline constexpr std::chrono::seconds min_approval_time{60}, max_approval_time{24 * 3600};

/// A program of the operator's list. Units: seconds that it may take if nothing is said, and at most; bytes of its output
/// that are kept; bytes of one argument; programs of one plugin; runs of one plugin that wait.
///
/// Why: what it said is shown in a chat; a queue of programs that nobody waits for any more does harm.
inline constexpr std::chrono::seconds default_program_limit{30}, max_program_limit{3600};
inline constexpr std::size_t max_program_output = 8 * 1024;
inline constexpr std::size_t max_program_argument = 64;
inline constexpr std::size_t max_programs = 100;
inline constexpr std::size_t max_waiting_runs = 20;

}  // namespace omegate::plugin
