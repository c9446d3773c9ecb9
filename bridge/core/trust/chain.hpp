// The ledger's rows as a chain nobody can alter unseen: SHA-256 over the row before, Ed25519 over each hash.
//
// hash = SHA-256("omegate-ledger-v1" || hash of the row before || encoded entry). The first row follows
// zeros. A row about a contact has a commitment in the place of its entry:
// SHA-256("omegate-ledger-entry-v1" || salt || encoded entry), 32 bytes each, and its label is
// "omegate-ledger-v2". Salt and entry can be destroyed, and the chain still holds. A row `signing_key` names
// the key of those behind it, and is itself signed by the one before. Not here: where the rows lie
// (edge/store/ledger.hpp), what they mean (view.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/core/trust/entry.hpp"

namespace omegate::trust {

using RowHash = std::array<Byte, 32>;

using Salt = std::array<Byte, 32>;

struct Row {
  Bytes entry;               // encoded; empty: its contact was forgotten
  std::optional<Salt> salt;  // with a commitment, unless the contact was forgotten
  std::optional<RowHash> commitment;
  RowHash hash{};
  crypto::Signature signature{};
};

/// Where the chain ends.
struct Head {
  std::uint64_t seq = 0;
  RowHash hash{};

  friend bool operator==(const Head&, const Head&) = default;
};

RowHash row_hash(const RowHash& before, ByteView entry);
RowHash row_hash(const RowHash& before, const RowHash& commitment);
RowHash commit_to(const Salt& salt, ByteView entry);

/// The row that follows `head`. `entry.seq` is set to its place. With a salt the row can be forgotten.
/// Cost: about 15 µs.
Row chain(const Head& head, Entry entry, const crypto::Secret<32>& signing_seed,
          const std::optional<Salt>& salt = std::nullopt);

/// A ledger up to here, to be kept elsewhere: whoever has it notices a ledger that was made anew.
struct Checkpoint {
  Head head;
  crypto::PublicKey signed_by{};  // Ed25519
  crypto::Signature signature{};  // over "omegate-ledger-checkpoint-v1" || seq (8 bytes, big endian) || hash
};
Checkpoint checkpoint(const Head& head, const crypto::Secret<32>& signing_seed);
bool is_genuine(const Checkpoint& checkpoint);

/// The first bad row.
struct Fault {
  std::uint64_t seq = 0;  // its place, counted from 1
  Error error{};

  friend bool operator==(const Fault&, const Fault&) = default;
};

/// "row 17: wrong hash: …" for people.
std::string describe(const Fault& fault);

/// Checks rows one after another, so that a long ledger needs no memory.
class Verifier {
 public:
  /// `ed`: of the first row. `trusted`: signatures up to there were looked at before; its hash has to be met,
  /// and covers all rows before it.
  explicit Verifier(const crypto::PublicKey& ed, const Head& trusted = {}) : ed_(ed), trusted_(trusted) {}

  /// The entry of the next row; of one that was forgotten nothing but `seq`, and `Fact::forgotten`.
  /// Errors: `undecodable_row`, `out_of_sequence`, `wrong_hash`, `wrong_signature`; the verifier stays where
  /// it was. Cost: about 40 µs with its signature, 1 µs without.
  Result<Entry> next(const Row& row);

  /// Whose signature the next row has to bear.
  const crypto::PublicKey& signed_by() const { return ed_; }

  const Head& head() const { return head_; }

  /// Rows whose time is before that of an earlier row: the clock went back. No fault, worth a look.
  const std::vector<std::uint64_t>& clock_regressions() const { return regressions_; }

 private:
  bool is_signed(const RowHash& hash, std::uint64_t seq, const crypto::Signature& signature) const;

  crypto::PublicKey ed_;
  Head trusted_, head_;
  WallTime newest_{};
  std::vector<std::uint64_t> regressions_;
};

/// The first fault of a whole ledger. With `expected` a missing end is one too (`truncated`, at the place
/// behind the last row).
std::optional<Fault> verify(std::span<const Row> rows, const crypto::PublicKey& ed,
                            const std::optional<Head>& expected = std::nullopt);

}  // namespace omegate::trust
