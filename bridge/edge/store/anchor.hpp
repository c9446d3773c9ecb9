// A small file outside the database that remembers how far it had come: an old copy of the database is known
// by it.
//
// It holds one mark: epoch, number of commits, head of the ledger. Written in place after each commit and
// *before* anybody learns of that commit, so:
//
//   process ends                         database    anchor      taken for
//   before COMMIT                        n           n           the same state
//   after COMMIT, before the mark        n + 1       n           a crash: ahead of the mark, nobody saw
//   commit n + 1 after the mark                       n + 1       n + 1       the same state
//
// So a crash never leaves a database behind its mark, and one that is behind is an old copy. The write goes
// to the page cache, which a SIGKILL does not touch; a power cut may take the last marks back (never the
// commits: those were synced before), and then the anchor lags, which is the second row. It is synced when it
// is opened, when the log is folded, and at the end: an old copy that is younger than that *and* comes back
// after a power cut is not noticed. Two records take turns and each has a tag, so a torn write leaves the one
// before.
//
// Not here: what a mark is compared with (lineage.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/trust/chain.hpp"
#include "bridge/edge/store/files.hpp"

namespace omegate::store {

class Sealer;

using EpochId = std::array<Byte, 16>;

/// A state of a database that was shown to somebody.
struct Mark {
  EpochId epoch{};
  std::uint64_t commits = 0;
  trust::Head ledger{};

  friend bool operator==(const Mark&, const Mark&) = default;
};

class Anchor {
 public:
  /// Opens or makes the file (0600, its folder 0700) and keeps others out.
  /// Throws `StoreLocked`: another gateway has it; `StoreUnusable`.
  explicit Anchor(std::string path);

  /// The newest mark that was written for this database. Nothing: none, or of another database, or destroyed.
  std::optional<Mark> read(const Sealer& sealer, ByteView database_id) const;

  /// Cost: 3 µs. Throws `StoreUnusable`.
  void write(const Mark& mark, const Sealer& sealer, ByteView database_id);

  /// Throws `StoreUnusable`.
  void sync();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  OpenFile file_;
  bool second_ = false;  // which record is written next
};

}  // namespace omegate::store
