// The tables `accounts` and `account_notes`: our own accounts and what we must remember about each.
//
// Like all tables here: used inside a transaction, throws `StoreError` when the disk fails us.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Sealer;

class Accounts {
 public:
  Accounts(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// Made on first use; the same for ever. `jid` is bare and prepared.
  AccountId id_of(std::string_view jid);
  std::string jid_of(AccountId account);
  std::vector<std::string> all();

  /// Small things that outlive a connection, like the archive cursor. Sealed. Nothing if never set.
  std::optional<Bytes> note(AccountId account, std::string_view name);
  void set_note(AccountId account, std::string_view name, ByteView value);
  void forget_note(AccountId account, std::string_view name);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
