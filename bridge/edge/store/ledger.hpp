// The table `ledger`: the facts about keys, append-only, chained and signed; and its fold in memory.
//
// Triggers of the database forbid UPDATE and DELETE. Not here: the chain itself (core/trust/chain.hpp), what
// the facts mean (core/trust/view.hpp), how a contact can be forgotten (ledger_contacts.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/trust/chain.hpp"
#include "bridge/core/trust/view.hpp"
#include "bridge/edge/store/ledger_contacts.hpp"

namespace omegate::store {

struct LedgerReport {
  std::uint64_t rows = 0;
  std::uint64_t forgotten = 0;                   // of them about contacts that were forgotten
  std::optional<trust::Fault> fault;             // the first bad row
  std::vector<std::uint64_t> clock_regressions;  // rows whose time is before an earlier row's
};

/// Which rows of the history; empty fields mean "any".
struct LedgerFilter {
  std::string account{}, peer{};
  std::optional<crypto::PublicKey> key{};
  std::optional<trust::Fact> fact{};
  std::optional<WallTime> since{}, until{};
  std::uint64_t before = 0;  // only rows before this one; 0: all
  std::size_t limit = 100;
};

class Ledger {
 public:
  /// Gives a new database its signing key and an empty chain.
  static void initialise(Connection& db, const Sealer& sealer, Random& random);

  /// Reads and verifies the whole ledger: every hash up to the sealed head, and that the signatures are those that were
  /// made. Throws `StoreCorrupt` naming the first bad row. Cost: about 5 µs per row.
  Ledger(Connection& db, const Sealer& sealer);

  /// Signs, chains, stores and applies it to the view. `entry.seq` and `entry.time` are set here.
  /// Returns the entry as stored. If the transaction fails, the view is put back. Cost: about 40 µs.
  trust::Entry append(trust::Entry entry, WallTime now);
  void append(std::span<const trust::Entry> entries, WallTime now);

  /// The fold of everything appended so far, in this transaction included.
  const trust::View& view() const { return view_; }

  const crypto::PublicKey& public_key() const { return ed_; }              // signs the next row
  const crypto::PublicKey& first_public_key() const { return first_ed_; }  // signed the first
  const trust::Head& head() const { return head_; }
  trust::Checkpoint checkpoint() const { return trust::checkpoint(head_, seed_); }

  /// Reads and verifies everything again, every signature too. Cost: about 40 µs per row.
  LedgerReport verify();

  /// The newest first. Throws `StoreCorrupt`.
  std::vector<trust::Entry> history(const LedgerFilter& filter);

  /// Rows behind `after`, in order, with all that another program needs to verify them.
  std::vector<trust::Row> rows(std::uint64_t after, std::size_t limit);
  /// The hash of one row; nothing if there is none.
  std::optional<trust::RowHash> hash_of(std::uint64_t seq);

  /// From the next row on another key signs; the change is a row signed by the old one.
  trust::Entry rotate_key(const std::string& actor, const std::string& reason, WallTime now);

  /// Destroys the key of this contact: what its rows say is gone, that they were there stays. The view knows
  /// nothing of the contact any more, its policy included.
  struct Forgotten {
    std::uint64_t rows = 0;      // that nobody can read any more
    std::uint64_t in_clear = 0;  // of a version that sealed nothing: they stay readable
  };
  Forgotten forget(const std::string& account, const std::string& peer, const std::string& actor,
                   const std::string& reason, WallTime now);

  /// For the store, around its transactions: where the view stands, back to there, and no way back any more.
  std::size_t mark() const { return undo_.size(); }
  void roll_back(std::size_t mark);
  void keep() { undo_.clear(); }

 private:
  struct Undo {
    trust::View::Before view;
    trust::Head head;
    trust::RowHash signatures;
    std::optional<crypto::Secret<32>> seed{};  // if it was changed
  };
  /// Every row in order, verified. Stops at the first fault.
  template <class Take>
  LedgerReport read_all(const trust::Head& trusted, Take take);
  void use_seed(const crypto::Secret<32>& seed);

  Connection& db_;
  const Sealer& sealer_;
  LedgerContacts contacts_;
  crypto::Secret<32> seed_;
  crypto::PublicKey ed_{}, first_ed_{};
  trust::Head head_;
  trust::RowHash signatures_{};  // the hash of all of them
  trust::View view_;
  std::vector<Undo> undo_;
};

}  // namespace omegate::store
