// What a handler wants done. Staged in the worker, judged by grants.hpp, committed by the gateway.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "bridge/core/base/priority.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/plugin/trust_level.hpp"

namespace omegate::plugin {

/// An encrypted message. There is no other kind.
struct Send {
  std::string account;  // name of the account to send from; empty: the event's, or else the first it may use
  std::string to;       // a bare JID, as the plugin wrote it
  std::string text;
  std::optional<TrustLevel> min_trust;  // leave out keys below it
  Priority priority = Priority::normal;
  std::optional<std::chrono::seconds> expires_in{};  // not sent after that time; at most `max_message_life`

  friend bool operator==(const Send&, const Send&) = default;
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

/// The next message of whoever caused the event is the answer to a question. Its words are a `Send` beside it.
struct Ask {
  std::string name;   // of the handler that hears of the answer
  std::string state;  // a JSON text that comes back with it
  std::chrono::seconds patience{};                // then the handler hears that nobody answered
  TrustLevel min_trust = TrustLevel::undecided;   // of the key that answers

  friend bool operator==(const Ask&, const Ask&) = default;
};

using Effect = std::variant<Send, KvPut, KvDelete, SetTimer, CancelTimer, Ask>;

/// What `max_output_size` bounds. Unit: bytes.
std::size_t output_size(std::span<const Effect> effects);

}  // namespace omegate::plugin
