// Messages that a bot who is a moderator wants taken out of a room: they wait, sealed, until the room has answered.
//
// The wish is stored with the effects of the handler that has it, and leaves only when the room has answered, or has said itself
// that it is done: a process that dies in between asks again, and what is done already is not done twice. No content goes out:
// the room's number of the message, and a reason for people that its server reads. Everything here runs inside a transaction.
// Not here: asking the room (room_moderation.cpp), what rooms tell of it (moderated.hpp). Source: XEP-0425 0.3.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bridge/edge/store/tables.hpp"

namespace omegate::gateway {

struct WantedModeration {
  std::string room;    // bare JID
  std::string id;      // the number that the room gave the message
  std::string reason;  // may be empty
  std::string by;      // the plugin, or client of the API, that wants it
  WallTime until{};    // then it is given up

  friend bool operator==(const WantedModeration&, const WantedModeration&) = default;
};

/// Of one account. Why: a room that does not answer must not fill the database. Unit: messages.
inline constexpr std::size_t max_wanted_moderations = 200;
/// A room that cannot be asked so long is not asked any more: whoever was to be spared has read it.
inline constexpr std::chrono::hours moderation_patience{24};

/// False: too many wait. One that waits already waits once.
bool want_moderation(store::Tables& tables, store::AccountId account, const WantedModeration& wanted);

/// The same of a message that its room numbered, and of the one that it is a new text of: the room numbered both. Until
/// `moderation_patience` is over. `by`: who wants it.
bool want_taken_out(store::Tables& tables, const store::KnownMessage& message, const std::string& reason,
                    const std::string& by, WallTime now);

/// Oldest first.
std::vector<WantedModeration> wanted_moderations(store::Tables& tables, store::AccountId account);

/// It is done, or given up.
void forget_moderation(store::Tables& tables, store::AccountId account, const std::string& room, const std::string& id);

}  // namespace omegate::gateway
