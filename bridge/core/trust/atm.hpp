// Automatic trust: what a trust message of somebody's device may decide, and when.
//
// Pure: the caller keeps the statements that wait, and appends what comes out. Not here: the message
// (core/xmpp/trust_message.hpp), where statements wait (edge/store/trust_statements.hpp).
// Source: XEP-0450 0.4 §3–§5.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/trust/view.hpp"

namespace omegate::trust {

/// One key, as one device spoke of it. Keys in their Curve form.
struct Statement {
  std::string sender;              // bare JID
  crypto::PublicKey sender_key{};  // of the device that said so
  std::string owner;               // bare JID
  crypto::PublicKey key{};
  bool trusts = true;
  WallTime said{};  // by the envelope

  friend bool operator==(const Statement&, const Statement&) = default;
};

/// Devices of our own account speak of everybody's keys, a contact's devices of that contact's other keys;
/// nobody of the key that is speaking.
bool may_speak(std::string_view account, const Statement& statement);

/// How the ledger names who decided by such a message: not a person.
inline constexpr std::string_view atm_actor = "trust message of ";

enum class Weight {
  ignored,  // it may not be said, comes from a refused device, or is older than what is known
  waits,    // until the sender's key is authenticated
  counts,
};

/// `newest`: when something was said last about this key by anybody who counted. What a person decided here
/// stands.
Weight weigh(const View& view, std::string_view account, const Statement& statement,
             const std::optional<WallTime>& newest);

/// The entry that makes it a fact: `verified`, because whoever said so had compared it, or `revoked`.
Entry entry_of(std::string_view account, const Statement& statement);

}  // namespace omegate::trust
