// The table `trust_statements`: what devices said about other keys by trust messages, while it waits for the
// speaker to be authenticated, and the newest word about each key.
//
// Public keys only, nothing here is sealed. Not here: who may say what (core/trust/atm.hpp).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bridge/core/trust/atm.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;

class TrustStatements {
 public:
  explicit TrustStatements(Connection& db) : db_(db) {}

  /// Of one speaker the newest word about a key counts; an older one changes nothing. Beyond
  /// `max_trust_statements` of one speaker the oldest go.
  void put(AccountId account, const trust::Statement& statement, bool counted);

  /// When somebody who counted spoke last of this key.
  std::optional<WallTime> newest(AccountId account, std::string_view owner, const crypto::PublicKey& key);

  /// What this device said and nobody could believe yet, oldest first.
  std::vector<trust::Statement> waiting(AccountId account, std::string_view sender,
                                        const crypto::PublicKey& key);

  std::size_t forget_peer(AccountId account, std::string_view peer);

 private:
  Connection& db_;
};

}  // namespace omegate::store
