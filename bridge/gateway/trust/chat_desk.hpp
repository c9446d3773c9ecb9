// Messages that are for the gateway itself and not for a plugin: an admin's orders, a contact's answer about
// a new device.
//
// An order is obeyed in the transaction that receives it, and so is its reply written: a crash does neither
// or both. Not here: the decisions (trust_decisions.hpp), receiving (receive.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"

namespace omegate::gateway {

/// Who wrote, as the ratchet proved it.
struct Speaker {
  std::string peer;
  std::uint32_t device = 0;
  crypto::PublicKey key{};
  trust::Level level = trust::Level::undecided;  // allowed: tofu at least
  bool shared = false;                           // another reader of the message could have put in another text
};

/// In the ledger, before the address of a contact who answered, and of an admin who ordered.
inline constexpr std::string_view contact_actor = "contact ";
inline constexpr std::string_view admin_actor = "admin ";

/// The reply, if the text was for us. Runs inside the transaction that received it.
std::optional<std::string> answer_in_chat(store::Tables& tables, const Sender& self,
                                          const config::AccountSettings& settings, const Speaker& speaker,
                                          std::string_view text, Random& random, WallTime now);

}  // namespace omegate::gateway
