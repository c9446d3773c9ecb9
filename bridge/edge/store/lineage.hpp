// Whether this database is the one that ran last, or an old copy of it: the tables `lineage` and `epochs`.
//
// Each commit is counted. Each start, each new stream and each quarter of an hour begins an *epoch* with a
// random id, kept for ever. A mark (of the anchor, or one that a server keeps for us) names an epoch and a
// number of commits. The database descends from it if it knows the epoch and had as many commits when the
// next epoch began; a copy that went its own way lacks the epoch, for ids cannot be guessed.
//
// A start, in this order:
//   1  read the mark, judge
//   2  one commit: a new epoch begins; of an old copy: the lost epoch is noted, and that new keys are due
//   3  the mark moves there, synced
//   4  one commit, of a first start: from now on there must be an anchor
// Ended after 1: nothing happened. After 2: the mark names an epoch that is known (the one before, or the
// lost one that was noted), so the next start goes on. After 3: likewise; without 4 a missing anchor means
// nothing yet.
//
// Not here: the anchor's file (anchor.hpp), what is done about an old copy (gateway/devices/rekeying.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bridge/core/base/random.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/edge/store/anchor.hpp"

namespace omegate::store {

class Connection;
class Sealer;

/// Why sessions and one-time keys have to be made anew. Numbers are stored.
enum class Rekeying {
  rolled_back = 1,   // the anchor had seen a later state
  restored = 2,      // a backup was restored
  anchor_lost = 3,   // there was an anchor once, and it is gone
  server_knows = 4,  // the server has seen a later state
};

/// For people: "the database is older than the one that ran last".
std::string_view describe(Rekeying cause);

class Lineage {
 public:
  Lineage(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {}

  /// The start described above, with transactions of its own. Without an anchor: only step 2.
  /// Throws `StoreCorrupt`: the database descends from the mark, but not its ledger.
  void arrive(Anchor* anchor, Random& random, WallTime now);

  /// For the store, last in each transaction that changed something. Its mark, but for the ledger.
  Mark count_commit();

  EpochId begin_epoch(Random& random, WallTime now);
  bool knows(const EpochId& id);
  /// An epoch that is not ours becomes known: of a future that is lost.
  void note_lost(const Mark& mark);

  /// Set until the new keys are made. The first cause stays.
  std::optional<Rekeying> rekeying_due();
  void demand_rekeying(Rekeying cause);

  struct Rekeyed {
    Rekeying cause{};
    WallTime at{};
  };
  void note_rekeyed(WallTime now);
  std::optional<Rekeyed> last_rekeyed();

  /// Another copy is alive: from now on no start, until somebody says that this is the one to keep.
  bool is_halted();
  void set_halted(bool halted);

  /// For marks that lie outside, with a server.
  Bytes tag(std::string_view purpose, ByteView message) const;

 private:
  std::optional<Rekeying> judge(const std::optional<Mark>& mark);
  void check_ledger(const Mark& mark);
  bool descends_from(const Mark& mark);
  bool is_anchored();
  Mark current();

  Connection& db_;
  const Sealer& sealer_;
};

}  // namespace omegate::store
