// The numbers of the gateway: each with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace omegate::gateway {

using namespace std::chrono_literals;

/// Due outbox rows taken, sealed and written at once.
///
/// Unit: rows. Why: bounds memory and how long one commit takes; the window after it starts at once.
inline constexpr std::size_t outbox_window = 32;

/// Encrypted messages that arrived together and are opened in one transaction. Unit: messages; the store has time for
/// nobody else meanwhile: some milliseconds.
inline constexpr std::size_t opened_together = 32;

/// Inbox rows that a plugin hears of before the next ones are looked for. Unit: rows.
inline constexpr std::size_t inbox_window = 64;

/// How long rows that were taken are handed out; what is left is taken anew. Why: trust may change meanwhile.
inline constexpr auto inbox_window_life = 1s;

/// The next events are with a plugin before it has answered the last only if that one was answered so soon. Why: who takes
/// longer gains nothing by it, and what is known of the events gets old (`inbox_window_life`).
inline constexpr std::chrono::milliseconds quick_handler = 20ms;

/// What a plugin wants done and is not committed yet, at most. Unit: rows of the inbox.
inline constexpr std::size_t staged_rows = 32;

/// What is said of now (who types, what was read): so many wait for a stream, and so long is the pause after they went out.
///
/// Unit: notices, of which a conversation has one of each kind; time. Why: a busy room of a bridge must not cost the server's patience.
inline constexpr std::size_t max_passing = 20;
inline constexpr std::chrono::milliseconds passing_pause = 1s;

/// Who typed when an event happened is not typing any more so much later.
inline constexpr std::chrono::seconds typing_life = 10s;

/// A chat state is encrypted only in a chain that is no longer. Unit: messages since the contact wrote last.
///
/// Why: no server keeps it for a device that is away, whose ratchet skips 1000 messages at most (XEP-0384 §4.2).
inline constexpr std::uint32_t longest_lossy_chain = 200;

/// Attempts until a row is parked for a person to look at. Unit: attempts; with the store's doubling pauses
/// the last one comes after about 17 hours.
inline constexpr int park_after = 20;

/// The same for an event a plugin fails at: 30 s doubling, about half an hour in all.
inline constexpr int park_event_after = 7;

/// An event that its plugin puts off (P.retry) comes again after this share of its age, and in any case after so long.
/// Why: whoever was away for a minute is asked within seconds, whoever was away for a day not a thousand times.
inline constexpr int retry_share = 4;
inline constexpr std::chrono::seconds slowest_retry = 60s;

/// An account or plugin that a reload took away is kept so long for requests that still talk to it; the longest of them
/// waits for a receipt.
inline constexpr auto retired_life = 1h;

/// How often a canary looks whether its message has arrived, and after how many periods without one it counts as silent.
inline constexpr auto canary_look = 100ms;
inline constexpr int canary_patience = 3;

/// Timers that go off in one transaction. Unit: rows.
inline constexpr std::size_t timers_at_once = 100;

/// Runs of one event whose reads were changed by somebody else before its effects could be committed.
inline constexpr int conflicting_runs = 5;

/// How often a row that the end of the process interrupted is due at once after the next start; then it waits its
/// pause, for it may be what ends the process.
inline constexpr int interruptions = 3;

/// How far we have come in a stream is stored this long after something was handled, at once when so much was.
///
/// Unit: time; stanzas. Why: what comes twice after a crash; ejabberd wants acknowledgements soon.
inline constexpr std::chrono::milliseconds record_pause = 100ms;
inline constexpr std::size_t record_at_once = 50;

/// After the store refused (a full disk) a worker tries again this much later.
inline constexpr std::chrono::seconds store_trouble_pause = 5s;

/// How long `omegate status` and `omegate doctor` wait for the database before they say that it does not answer, and answers
/// that it may owe them then. Why: a disk that hangs is what they are to tell of.
inline constexpr std::chrono::seconds store_glance_patience = 2s;
inline constexpr int max_owed_answers = 16;

/// How often a plugin that does not run is asked whether it does again; its events wait, and no attempt is
/// counted.
inline constexpr std::chrono::seconds unavailable_plugin_pause = 5s;

/// The largest stanza we write.
///
/// Unit: bytes. Why: servers take 256 KiB; some count escaped bytes, and all add elements on the way.
inline constexpr std::size_t max_outgoing_stanza = std::size_t{200} * 1024;

/// A server that says it takes less is not believed.
///
/// Unit: bytes. Source: RFC 6120 §13.12.
inline constexpr std::size_t least_max_stanza = 10'000;

/// How long a message can be corrected, taken back, answered or reacted to. Why: ids only are kept, and people do not
/// come back to older ones.
inline constexpr std::chrono::hours message_memory = 30 * 24h;

/// Rooms: how long one may take to let us in; pauses before it is tried again, if that may help, and if it will hardly;
/// how often we look whether we are still in it. Source of the last: XEP-0410 §3.
inline constexpr std::chrono::seconds room_patience = 30s;
inline constexpr std::chrono::seconds room_retry = 30s;
inline constexpr std::chrono::minutes room_long_retry = 60min;
inline constexpr std::chrono::minutes room_ping_pause = 15min;

/// How long an operator waits for a room, and orders that may wait at once.
inline constexpr std::chrono::seconds room_order_patience = 60s;
inline constexpr std::size_t max_room_orders = 16;

/// The longest text of one message. Unit: bytes of UTF-8. Why: what is larger belongs into a file.
inline constexpr std::size_t max_message_text = std::size_t{50} * 1024;

/// Sessions started in one sealing transaction; the rest of a large audience follows in the next.
inline constexpr std::size_t new_sessions_per_seal = 8;

/// How long a device list is believed without a push. Of contacts whose presence we see, pushes keep it fresh.
inline constexpr std::chrono::hours list_age_subscribed = 24h;
inline constexpr std::chrono::minutes list_age_unsubscribed = 10min;

/// Do not ask again for a bundle that could not be had. Why: dead devices stay in lists for years.
inline constexpr std::chrono::minutes missing_bundle_pause = 60min;
inline constexpr std::chrono::minutes failed_bundle_pause = 1min;

/// How soon a new device without a bundle is asked again.
inline constexpr std::chrono::seconds new_bundle_pause = 4s;

/// A message whose contact's devices changed while they were asked for is looked at again: when, and how often.
inline constexpr std::chrono::milliseconds unprepared_pause = 300ms;
inline constexpr int unprepared_tries = 5;

/// A device counts as new this long: its bundle may still be on its way.
inline constexpr std::chrono::minutes new_device_time = 10min;

/// Republication of the own device list after others removed us: then an alarm, and silence until reconnect.
inline constexpr std::size_t republications = 5;
inline constexpr std::chrono::minutes republication_window = 10min;

/// Publications of our bundle are put together. Why: each use of a prekey asks for one.
inline constexpr std::chrono::seconds bundle_pause = 10s;

/// A signed prekey is published this long; the one before it stays readable for as long again.
inline constexpr std::chrono::hours signed_prekey_life = 24h * 7;

/// A used prekey stays readable. Why: a key exchange can be waiting in the server's offline storage.
inline constexpr std::chrono::hours used_prekey_life = 24h;

/// Messages asked of the archive at once; servers may send less. What is above `max_archive_page` is not kept; the
/// next page begins there.
///
/// Unit: messages. Why: a page waits in memory for its end; Prosody sends at most 50.
inline constexpr std::size_t archive_page = 50;
inline constexpr std::size_t max_archive_page = 250;

/// When the archive has forgotten our position, reading starts this much before its time.
inline constexpr std::chrono::minutes archive_overlap = 10min;

/// An archive that could not be read to its end is tried again: after this, doubling.
inline constexpr std::chrono::minutes archive_retry = 1min;
inline constexpr std::chrono::minutes longest_archive_retry = 60min;

/// Held messages are tried again although nobody decided anything: the contact may have a device by now.
inline constexpr std::chrono::minutes held_retry = 15min;

/// Answers to repeated requests and keys of received messages are kept this long; finished outbox rows as the setting
/// `keep_days` says.
inline constexpr std::chrono::hours answer_life = 24h * 7;
inline constexpr std::chrono::hours seen_life = 24h * 90;

/// How long the owner of an unknown epoch has to come back, and how often we look.
///
/// Why: it was thrown off by us and comes back after `calm_pause`, with jitter after 75 s.
inline constexpr std::chrono::seconds copy_wait = 120s;
inline constexpr std::chrono::seconds copy_look_pause = 5s;

/// How old the epoch may become that a server remembers. Why: a revert of the machine within it goes unnoticed.
inline constexpr std::chrono::minutes epoch_life = 15min;

/// Between two contacts that are told of a new session. Why: each costs a bundle and a stanza of the server's patience.
inline constexpr std::chrono::milliseconds answer_pause = 1s;

/// A change of our own key waits so long for contacts to be told with the old one, and looks so often whether they were.
///
/// Why: a server or contact that does not answer must not keep an old key alive for ever.
inline constexpr std::chrono::minutes rotation_patience = 10min;
inline constexpr std::chrono::milliseconds rotation_look = 500ms;

/// How long a device has been silent that is proposed to be set aside, and messages that are looked through for what was
/// encrypted to it since.
inline constexpr std::chrono::hours stale_after = 90 * 24h;
inline constexpr std::size_t stale_messages = 1000;

/// How long an old copy that was noticed is shown in the status.
inline constexpr std::chrono::hours renewal_shown = 24h * 7;

/// Lines of the log that wait for their reader, and how often he is tried without a new line.
///
/// Unit: bytes. Why: some thousand lines, and no memory to speak of.
inline constexpr std::size_t max_waiting_log = std::size_t{256} * 1024;
inline constexpr std::chrono::seconds log_retry = 1s;

/// How soon an expired message is noticed that was added while nobody looked.
inline constexpr std::chrono::seconds expiry_look_pause = 10s;

/// The position in the archive follows what we sent: so often the newest message is asked for, and it is believed
/// after so long.
///
/// Why: our own messages are read again by the next new session else. What was archived before we asked has been
/// delivered by then, or the position was moved by it.
inline constexpr std::chrono::minutes archive_follow_pause = 10min;
inline constexpr std::chrono::minutes archive_follow_doubt = 1min;

/// How long an examination of an account may take.
inline constexpr std::chrono::seconds checkup_limit = 60s;

/// What an examination finds remarkable: days a certificate has left, how far clocks are apart, how long the server
/// takes, how many one-time keys are left, how many of the account's other devices it looks at.
inline constexpr std::chrono::days certificate_warning{14}, certificate_alarm{3};
inline constexpr std::chrono::seconds clock_warning = 5s, clock_alarm = 60s;
inline constexpr std::chrono::milliseconds slow_answer = 2s;
inline constexpr std::size_t few_prekeys = 20;
inline constexpr std::size_t examined_devices = 20;

/// Rows that are replayed to explain a decision, of each: the contact, its domain, the account's policies.
///
/// Unit: rows. Why: bounds memory; a contact has a thousand sightings at most, and a note a day per device.
inline constexpr std::size_t explained_rows = 100'000;

/// Messages that the gateway writes by itself are not sent any more after this.
inline constexpr std::chrono::hours notice_life = 24h;

/// Admins get one message about keys in this time, with everything since, at most so many lines.
///
/// Why: a contact's devices that flap, or a contact that makes up devices, must not fill a phone.
inline constexpr std::chrono::minutes notice_pause = 10min;
inline constexpr std::size_t notice_lines = 20;
inline constexpr std::size_t news_at_once = 500;  // rows of the ledger looked at in one transaction

/// Digits of a key in a question, and at least in its answer. Unit: hex digits. Why: people type them.
inline constexpr std::size_t code_digits = 8;
/// An unanswered question is forgotten after this.
inline constexpr std::chrono::hours question_life = 24h * 30;

/// The longest order in a chat, the longest list in a reply, and how many messages `why` explains there.
inline constexpr std::size_t max_order = 1000;
inline constexpr std::size_t chat_lines = 20;
inline constexpr std::size_t explained_messages = 3;

/// A sender is told again about messages that could not be read, of the same device and cause.
inline constexpr std::chrono::hours told_again = 24h * 7;

/// Transfers of files for plugins that are remembered, the newest: a handler that runs again gets what it has got. Unit: files.
inline constexpr std::size_t remembered_transfers = 64;

/// What a stanza has besides its content. Unit: bytes.
inline constexpr std::size_t stanza_room = 2000;

/// A picture or name of ours that the server did not take is published again after this.
inline constexpr std::chrono::hours profile_retry = 6h;

/// People whose pictures an account knows of, and pictures that it keeps at hand. Units: people; pictures.
///
/// Why: an id has 40 bytes, a picture up to `xmpp::max_avatar`; several plugins may want the same one.
inline constexpr std::size_t max_known_avatars = 2000;
inline constexpr std::size_t kept_avatars = 8;

/// Pictures that an account asks others for. Units: pictures a minute; questions that wait.
///
/// Why: a room of 500 that comes together, or somebody who shows another picture each second, is not worth the stream.
inline constexpr std::size_t avatars_a_minute = 20;
inline constexpr std::size_t max_avatar_requests = 32;

/// How long somebody is waited for who has a picture, how long a handler waits for it, and how long it is believed where
/// nobody announces another one; who did not answer is asked again after `avatar_retry`.
inline constexpr std::chrono::seconds avatar_request_limit = 10s;
inline constexpr std::chrono::seconds avatar_patience = 3s;
inline constexpr std::chrono::hours avatar_age = 6h;
inline constexpr std::chrono::minutes avatar_retry = 10min;

/// Pictures of which a plugin gets the file that it has got before. Unit: files.
inline constexpr std::size_t remembered_avatar_files = 64;

/// Requests of others that may wait for their turn (empty messages, refreshes), per account.
inline constexpr std::size_t max_chores = 1000;

}  // namespace omegate::gateway
