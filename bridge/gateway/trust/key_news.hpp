// What the ledger learnt, told to those whom it concerns: plugins at once, admins in one message now and
// then, and, if the settings say so, the contact whose device it is.
//
// The ledger is the list of what is to be told: positions in it are remembered in the same transaction that
// adds the messages, so a crash tells nothing twice and forgets nothing. Not here: the facts themselves
// (core/trust/sight.hpp), the answers of contacts (chat_desk.hpp).
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "bridge/core/base/random.hpp"
#include "bridge/edge/config/settings.hpp"
#include "bridge/edge/store/tables.hpp"
#include "bridge/gateway/messages/recipients.hpp"
#include "bridge/gateway/messages/redelivery.hpp"
#include "bridge/gateway/trust/trust_announcements.hpp"

namespace omegate::gateway {

struct AccountMemory;
class Stream;

struct NewsSide {
  const Sender& self;
  const config::AccountSettings& settings;
  std::span<const std::string> plugins;
  Random& random;
  const RoomMembers& rooms;
};

struct Told {
  bool plugins = false;                       // inbox rows were added
  bool people = false;                        // outbox rows were added
  std::optional<WallTime> again{};            // there is more, later
  std::vector<Announcement> announcements{};  // to be sent; lost with the process, others repeat them
};

/// Runs inside a transaction, before the account reads anything: only what happened before the first call
/// ever is no news.
void begin_key_news(store::Tables& tables, store::AccountId account);

/// Runs inside a transaction.
Told tell_key_news(store::Tables& tables, const NewsSide& side, WallTime now);

/// Tells whenever something may have been learnt, until the stream ends.
boost::asio::awaitable<void> tell_news(AccountMemory& memory, Stream& stream);

}  // namespace omegate::gateway
