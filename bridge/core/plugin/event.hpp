// What happens to a plugin: events, typed where the gateway makes them, text where they are stored and sent
// on.
//
// Not here: the frames around them (frame.hpp), what a plugin answers (effect.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/core/base/result.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::plugin {

enum class EventKind {
  message, command, hook, key, timer, answer, edit, retract, reaction, marker, typing, mail, mail_sent, mail_failed, topic,
  ran
};

std::string_view to_text(EventKind kind);
std::optional<EventKind> event_kind(std::string_view text);

/// One event as the inbox keeps it and a frame carries it. `payload` is a JSON object in UTF-8, made by
/// `payload(…)`.
struct Event {
  std::string id;  // the same on every attempt, so a plugin can tell a repetition
  EventKind kind = EventKind::message;
  std::string payload;
};

/// An earlier message, as somebody speaks of it.
struct Reference {
  std::string id;      // as its sender chose it
  bool own = false;    // we wrote it
  std::string handle;  // of our own: what the plugin that sent it was given, if it was this one
  std::string name;    // and what that plugin called it

  friend bool operator==(const Reference&, const Reference&) = default;
};

/// A file that came with a message. Its content is the gateway's; the plugin has the handle.
struct File {
  std::string handle;
  std::string name, media_type;
  std::uint64_t size = 0;   // bytes; until it is here, as its sender says
  std::string state = {};   // "here", "offered", "wanted", "failed", "gone"
  std::string reason = {};  // why it is not here

  friend bool operator==(const File&, const File&) = default;
};

/// A decrypted message that no command took.
struct Message {
  std::string account;  // name of the account that received it
  std::string from;     // the sender's bare JID
  std::string text;
  TrustLevel trust = TrustLevel::undecided;  // of the key that wrote it, when it arrived
  std::uint32_t device = 0;
  std::string fingerprint = {};  // of that key, as clients show it
  bool encrypted = true;
  std::string version = {};  // namespace of the OMEMO version it came in; empty: it was not encrypted
  WallTime time{};
  /// OMEMO 0.3, and sealed for more devices than ours: any of them, with a hand on the wire, could have put in another
  /// text. OMEMO 2 rules that out.
  bool shared = false;
  std::string message_id = {};  // as its sender chose it; may be empty
  std::optional<Reference> reply_to = {};
  std::string room = {};  // where it was said; empty: to us alone
  std::string nick = {};  // how its writer is called there
  bool bridged = false;   // its sender says that it came from elsewhere: no bridge takes it any further
  std::vector<File> files = {};
  std::vector<std::string> approved_by = {};  // bare JIDs: who agreed, as its command wants it
  std::string stanza_id = {};  // the number that its room gave it; empty: it gives none
};

/// What somebody says about an earlier message (`about`), and `typing`, which is about none.
struct MessageNews {
  Message message;  // whose, when, by which key; `text` is the new one of an edit, and empty else
  std::optional<Reference> about = {};
  std::vector<std::string> reactions = {}, added = {}, removed = {};  // all of them now, and what changed
  std::string state = {};                                            // marker: "displayed"; typing: "composing", "paused" …
  /// A retraction by the room: what its server says of who wanted it and why. Then `message` is the room's.
  struct Moderated {
    std::string by, reason;  // how the moderator is called in it; may be empty
  };
  std::optional<Moderated> moderated = {};
};

/// A message whose first word is a command. `match_command` (command.hpp) takes it apart.
struct CommandCall {
  Message message;
  std::string name;  // as registered
  std::string args;  // what followed the name, trimmed
};

/// An authenticated HTTP request to a hook. `body` must be what was sent, less what is not UTF-8. What was secret in it
/// stays in the gateway.
struct HookRequest {
  std::string path;  // as registered: "/alerts"
  std::string method;
  std::string content_type;
  std::string query;  // after the '?', still percent-encoded
  std::string body;
  std::string request_id;
  WallTime time;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case; of two the last counts
  std::string endpoint = {};  // what followed the hook's path: "message", "v2/send"; empty: the hook itself
  std::vector<std::pair<std::string, std::string>> params = {};  // the parts of an endpoint's path, by their names
};

/// Something was learnt or decided about a contact's key.
struct KeyNotice {
  std::string account;  // its name
  std::string peer;  // the contact's bare JID
  std::uint32_t device = 0;
  std::string fingerprint;
  std::string what;  // "seen", "approved", "revoked" …: the ledger's word
  TrustLevel trust = TrustLevel::undecided;
  WallTime time;
};

/// A timer went off, or a schedule's time has come.
struct TimerCall {
  std::string name;  // of its handler
  bool schedule = false;
  std::string account, from;   // of the event that set it; a schedule has none
  std::string state = "null";  // JSON
  WallTime due;                // when it should have been
  WallTime time;
};

/// What became of a question.
struct Answer {
  enum class Outcome { answered, timeout, lost };  // lost: another question took its place
  std::string name;                                // of its handler
  std::string state = "null";                      // JSON
  Outcome outcome = Outcome::answered;
  Message message;  // what was answered; only account, from and time otherwise
};

/// What became of a mail that the plugin wrote: the server took it, or some of its recipients will never have it.
struct MailFate {
  struct Recipient {
    std::string address, reason;  // the server's words, or ours
  };
  std::string account, from;  // of the event in which it was written; may be empty
  std::string message_id, subject;
  std::vector<Recipient> recipients;
  int attempts = 0;
  WallTime time;
};

/// What became of a program that the plugin wanted run.
struct ProgramEnd {
  enum class Outcome {
    ended,        // by itself, with the exit code `status`
    killed,       // by the signal `status`
    too_long,     // by us: its time was over
    not_started,  // `output` says why
    unknown,      // the gateway ended while it may have run: nobody knows whether, and how far
  };
  std::string account, from;  // of the event in which it was wanted
  std::string program;
  std::map<std::string, std::string> arguments;
  Outcome outcome = Outcome::ended;
  int status = 0;
  std::string output;  // of both kinds, mixed as it came; without control characters
  bool cut = false;    // there was more
  std::int64_t took_ms = 0;
  WallTime time;
};

/// The JSON that an inbox row keeps. Bytes that are not UTF-8 become U+FFFD.
std::string payload(const Message& message);
std::string payload(const MessageNews& news);
std::string payload(const CommandCall& call);
std::string payload(const HookRequest& request);
std::string payload(const KeyNotice& notice);
std::string payload(const TimerCall& call);
std::string payload(const Answer& answer);
std::string payload(const MailFate& report);
std::string payload(const ProgramEnd& end);
std::string_view to_text(ProgramEnd::Outcome outcome);

/// An answer that was given: its question is no longer open.
bool ends_question(const Event& event);
/// Which question an event of the kind `answer` is about; empty: its payload is none.
std::string question_name(const Event& event);

/// Whom a reply to the event goes to. Both empty when the event has no sender (a hook).
struct Origin {
  std::string account;
  std::string from;
  std::string writer = {};                       // who wrote it, if it was written to us alone
  TrustLevel trust = TrustLevel::undecided;      // of the key that did, in an encrypted message
  bool answers = false;                          // it is the answer to a question
};

/// Errors: `frame_not_json`.
Result<Origin> origin(const Event& event);

/// Whether events of this kind are what a contact's device says: a message, or news about one.
bool is_said(EventKind kind);

/// Takes a stored event of a kind that `is_said`, or a command, apart again. Errors: `frame_not_json`,
/// `missing_member`, `wrong_member`.
Result<Message> parse_message(std::string_view payload);

/// The same payload with other files. Errors: `frame_not_json`.
Result<std::string> with_files(std::string_view payload, const std::vector<File>& files);

/// The same payload with another trust. Errors: `frame_not_json`.
Result<std::string> with_trust(std::string_view payload, TrustLevel trust);

}  // namespace omegate::plugin
