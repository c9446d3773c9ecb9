// What a handler wants done. Staged in the worker, judged by grants.hpp, committed by the gateway.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "bridge/core/base/priority.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::plugin {

/// An earlier message that an effect is about, by one of four: a handle; and with whom it was said a name, an id, a room's number.
struct Target {
  std::string handle = {};        // what the sending of it returned
  std::string account = {};       // as in `Send`
  std::string to = {};            // the bare JID of the conversation
  std::string name = {};          // as this plugin called it
  std::string id = {};            // as an event told it
  bool own = false;               // with an id: we wrote it
  std::string stanza_id = {};     // the number that the room `to` gave it: nobody in it can choose that

  friend bool operator==(const Target&, const Target&) = default;
};

/// An encrypted message. There is no other kind.
struct Send {
  std::string account;  // name of the account to send from; empty: the event's, or else the first it may use
  std::string to;       // a bare JID, as the plugin wrote it
  std::string text;
  std::optional<TrustLevel> min_trust;  // leave out keys below it
  Priority priority = Priority::normal;
  std::optional<std::chrono::seconds> expires_in{};  // not sent after that time; at most `max_message_life`
  std::string name = {};                             // by which the plugin can speak of it later
  bool update = false;                               // a message of that name that is there gets this text instead
  std::optional<Target> answers = {};                // it is a reply to that one
  std::string quote = {};                            // and this is what that one said, as far as known
  std::vector<std::string> files = {};               // handles; each goes out as a message after the text, if there is one

  friend bool operator==(const Send&, const Send&) = default;
};

/// An earlier message gets a new text, is taken back, or is reacted to.
struct Change {
  enum class Kind { edit, retract, react };
  Kind kind = Kind::edit;
  Target target;
  std::string text = {};                    // edit: the new one
  std::vector<std::string> reactions = {};  // react: all of them; none takes back what was there
  std::string quote = {};                   // react: what that message said, for clients that show an answer instead

  friend bool operator==(const Change&, const Change&) = default;
};

/// We are writing to somebody, or not any more. Of now or not at all: it leaves only where the account is online, and is kept
/// nowhere.
struct Typing {
  std::string account = {};  // as in `Send`
  std::string to = {};       // a bare JID
  bool on = true;

  friend bool operator==(const Typing&, const Typing&) = default;
};

/// We have read a message of theirs, and what came before it. Kept as little as `Typing`: the next one says it, too.
struct Displayed {
  Target target;

  friend bool operator==(const Displayed&, const Displayed&) = default;
};

/// A moderator wants a message taken out of a room, whoever wrote it. Asked of the room's server, in the clear. It happens, or
/// the log says why not.
struct Moderate {
  Target target;
  std::string reason = {};  // for people in the room; its server reads it; at most `max_moderation_reason`

  friend bool operator==(const Moderate&, const Moderate&) = default;
};

/// A value of the plugin's own, kept under a key.
struct KvPut {
  std::string key;
  std::string value;                                 // a JSON text
  std::optional<std::chrono::seconds> expires_in{};  // gone after that time; at most `max_kv_life`

  friend bool operator==(const KvPut&, const KvPut&) = default;
};

struct KvDelete {
  std::string key;

  friend bool operator==(const KvDelete&, const KvDelete&) = default;
};

/// A timer of the plugin goes off once, at that time or as soon after it as somebody is there. One of the same id is
/// replaced.
struct SetTimer {
  std::string id;
  std::string name;   // of the handler that hears of it
  WallTime due;
  std::string state;  // a JSON text that comes back with it

  friend bool operator==(const SetTimer&, const SetTimer&) = default;
};

struct CancelTimer {
  std::string id;

  friend bool operator==(const CancelTimer&, const CancelTimer&) = default;
};

/// The next message of whoever is asked is the answer to a question. Its words are a `Send` beside it.
struct Ask {
  std::string name;   // of the handler that hears of the answer
  std::string state;  // a JSON text that comes back with it
  std::chrono::seconds patience{};                // then the handler hears that nobody answered
  TrustLevel min_trust = TrustLevel::undecided;   // of the key that answers
  std::string account = {};                       // as in `Send`; with `to` only
  std::string to = {};                            // a bare JID; empty: whoever caused the event

  friend bool operator==(const Ask&, const Ask&) = default;
};

/// A mail from the address that the operator named. The plugin knows it by its `message_id`.
struct WriteMail {
  std::vector<std::string> to;  // addresses, as the plugin wrote them
  std::string subject, text;
  std::string message_id;                    // "<…@…>"; the same on every attempt
  std::string from_name = {};                // shown beside the address
  std::string in_reply_to = {};              // what it answers; empty: none
  std::vector<std::string> references = {};  // the thread, oldest first
  std::vector<std::string> files = {};       // handles
  bool by_hand = false;                      // a person wrote it, and no program
  bool tell_sent = false;                    // the plugin hears when the server has taken it

  friend bool operator==(const WriteMail&, const WriteMail&) = default;
};

/// For the plugins that subscribe to the topic.
struct Publish {
  std::string topic;
  std::string data;  // a JSON text

  friend bool operator==(const Publish&, const Publish&) = default;
};

/// A program of the operator's list is to run, once; `ran` is the event that tells how it ended.
struct RunProgram {
  std::string program;  // its name on the list
  std::map<std::string, std::string> arguments;

  friend bool operator==(const RunProgram&, const RunProgram&) = default;
};

using Effect = std::variant<Send, Change, KvPut, KvDelete, SetTimer, CancelTimer, Ask, WriteMail, Publish, RunProgram, Typing, Displayed,
                            Moderate>;

/// What `max_output_size` bounds. Unit: bytes.
std::size_t output_size(std::span<const Effect> effects);

}  // namespace omegate::plugin
