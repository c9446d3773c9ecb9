// The table `ledger`: the facts about keys, append-only, chained and signed; and its fold in memory.
//
// Triggers of the database forbid UPDATE and DELETE. Not here: the chain itself (core/trust/chain.hpp) and
// what the facts mean (core/trust/view.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/trust/chain.hpp"
#include "bridge/core/trust/view.hpp"

namespace omegate::store {

class Connection;
class Sealer;

struct LedgerReport {
  std::uint64_t rows = 0;
  std::optional<trust::Fault> fault;             // the first bad row
  std::vector<std::uint64_t> clock_regressions;  // rows whose time is before an earlier row's
};

class Ledger {
 public:
  /// Gives a new database its signing key and an empty chain.
  static void initialise(Connection& db, const Sealer& sealer, Random& random);

  /// Reads and verifies the whole ledger.
  /// Throws `StoreCorrupt` naming the first bad row. Cost: about 40 µs per row.
  Ledger(Connection& db, const Sealer& sealer);

  /// Signs, chains, stores and applies it to the view. `entry.seq` and `entry.time` are set here.
  /// Returns the entry as stored. If the transaction fails, the view is put back. Cost: about 25 µs.
  trust::Entry append(trust::Entry entry, WallTime now);
  void append(std::span<const trust::Entry> entries, WallTime now);

  /// The fold of everything appended so far, in this transaction included.
  const trust::View& view() const { return view_; }

  const crypto::PublicKey& public_key() const { return ed_; }
  const trust::Head& head() const { return head_; }

  /// Reads and verifies everything again. Cost: about 40 µs per row.
  LedgerReport verify();

  /// The last `limit` entries about this peer of this account, newest first. Empty texts mean "any".
  std::vector<trust::Entry> history(std::string_view account, std::string_view peer, std::size_t limit);

  /// For the store, around its transactions: where the view stands, back to there, and no way back any more.
  std::size_t mark() const { return undo_.size(); }
  void roll_back(std::size_t mark);
  void keep() { undo_.clear(); }

 private:
  struct Undo {
    trust::View::Before view;
    trust::Head head;
  };
  /// Every row in order, verified. Stops at the first fault.
  template <class Take>
  LedgerReport read_all(Take take);

  Connection& db_;
  const Sealer& sealer_;
  crypto::Secret<32> seed_;
  crypto::PublicKey ed_{};
  trust::Head head_;
  trust::View view_;
  std::vector<Undo> undo_;
};

}  // namespace omegate::store
