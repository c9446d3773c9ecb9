// Commands that need several people: a request waits until enough of a role have agreed, each by a word from a verified
// device, and each word is a signed row of the ledger.
//
//   asked      the command passed its gate; it is kept with who may agree, and they are told its text and its code
//   approved   `omegate approve CODE`; the same person counts once, and so does who gave the command if they are of the role
//   carried    when enough of those who agreed still have verified keys, the command becomes an event of its plugin
//
// What does not count: a key that is not verified; a message that another of its readers could have changed (OMEMO 0.3 for
// several devices); a word after the time is over. Everything here runs inside a transaction. Not here: which commands want it
// (core/plugin/command.hpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bridge/core/base/language.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/plugin/command.hpp"
#include "bridge/core/plugin/event.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Somebody who said something, as the ratchet proved it.
struct Approver {
  std::string peer;
  std::uint32_t device = 0;
  crypto::PublicKey key{};
  trust::Level level = trust::Level::undecided;
  bool shared = false;
};

struct ApprovalWanted {
  plugin::Approvals approvals;
  std::vector<std::string> people;  // who are of the role; bare JIDs
  plugin::Message message;          // the command
};

/// Keeps the command and tells everybody. Who gave it hears what it waits for, or why it cannot be.
void ask_for_approval(store::Tables& tables, const Sender& self, Language language, const std::string& plugin,
                      const store::DueEvent& row, const ApprovalWanted& wanted, Random& random, WallTime now);

/// The reply; nothing if there is no such request for this person.
std::optional<std::string> decide_request(store::Tables& tables, const Sender& self, Language language, const Approver& approver,
                                          const std::string& code, bool yes, Random& random, WallTime now);

/// Requests of an account that wait at once.
inline constexpr std::size_t max_open_requests = 20;

}  // namespace omegate::gateway
