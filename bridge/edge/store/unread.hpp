// The table `unread`: messages that reached us and could not be read or shown, and why.
//
// No content, for there is none. Bounded: the newest `max_unread`. Not here: what counts as unread
// (gateway/messages/receive).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;

using UnreadId = Id<struct UnreadIdTag, std::int64_t>;

struct UnreadMessage {
  AccountId account;
  std::string peer;           // bare JID
  std::uint32_t device = 0;   // 0: the message names none
  std::string version{};      // of OMEMO, as it is called; empty: none
  std::string message_id{};   // as the sender chose it, cut at `max_message_id`
  std::string fingerprint{};  // of the key that wrote it, if that much is known
  std::string cause{};        // one word
  std::string detail{};       // for people
  WallTime received{};
};

struct UnreadRow {
  UnreadId id;
  UnreadMessage message;
  std::optional<WallTime> told{};  // when its sender was told
};

struct UnreadFilter {
  std::optional<AccountId> account{};
  std::string peer{};        // empty: any
  std::string message_id{};  // empty: any
  std::size_t limit = 100;
};

class Unread {
 public:
  explicit Unread(Connection& db) : db_(db) {}

  /// A repetition (the same id of the same device) moves the row's time and nothing else.
  UnreadId add(const UnreadMessage& message);

  /// Newest first.
  std::vector<UnreadRow> list(const UnreadFilter& filter);
  std::optional<UnreadRow> find(UnreadId id);

  /// The last time the owner of this device was told about a message of this cause.
  std::optional<WallTime> last_told(AccountId account, std::string_view peer, std::uint32_t device,
                                    std::string_view cause);
  void set_told(UnreadId id, WallTime now);

  std::size_t purge(WallTime before);
  std::size_t forget_peer(AccountId account, std::string_view peer);

 private:
  Connection& db_;
};

}  // namespace omegate::store
