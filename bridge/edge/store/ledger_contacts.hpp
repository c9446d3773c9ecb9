// The table `ledger_contacts`: one key for each contact of the ledger, so that a contact can be forgotten.
//
// A row of the ledger about a contact has in `entry` a commitment of 32 bytes, which the chain covers, and
// behind it salt and encoded entry, sealed under the contact's key. Without the key both are gone, and the
// chain still holds. Not here: the chain (core/trust/chain.hpp), the table `ledger` (ledger.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/trust/chain.hpp"

namespace omegate::store {

class Connection;
class Sealer;

class LedgerContacts {
 public:
  LedgerContacts(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  using Keys = std::map<std::int64_t, crypto::Secret<32>>;
  struct Key {
    std::int64_t id = 0;
    crypto::Secret<32> key;
  };

  /// Made if it is new. Cost: about 10 µs.
  Key key_of(std::string_view account, std::string_view peer);
  std::optional<std::int64_t> find(std::string_view account, std::string_view peer);
  /// For who reads the whole ledger. Throws `SealBroken`.
  Keys all();
  void forget(std::int64_t id);

 private:
  Connection& db_;
  const Sealer& sealer_;
};

/// What stands in the column `entry` of a row about a contact.
Bytes seal_row(const Sealer& sealer, const crypto::Secret<32>& key, std::uint64_t seq, const trust::Row& row);

/// The other way round. Without a key only the commitment is left. Nothing if it was altered.
std::optional<trust::Row> open_row(const crypto::Secret<32>* key, std::uint64_t seq, ByteView stored);

}  // namespace omegate::store
