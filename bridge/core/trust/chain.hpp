// The ledger's rows as a chain nobody can alter unseen: SHA-256 over the row before, Ed25519 over each hash.
//
// hash = SHA-256("omegate-ledger-v1" || hash of the row before || encoded entry). The first row follows
// zeros. Not here: where the rows lie (edge/store/ledger.hpp), what they mean (view.hpp).
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

struct Row {
  Bytes entry;  // encoded
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

/// The row that follows `head`. `entry.seq` is set to its place.
/// Cost: about 15 µs.
Row chain(const Head& head, Entry entry, const crypto::Secret<32>& signing_seed);

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
  explicit Verifier(const crypto::PublicKey& ed) : ed_(ed) {}

  /// The entry of the next row. Errors: `undecodable_row`, `out_of_sequence`, `wrong_hash`,
  /// `wrong_signature`; the verifier stays where it was. Cost: about 40 µs.
  Result<Entry> next(const Row& row);

  const Head& head() const { return head_; }

  /// Rows whose time is before that of an earlier row: the clock went back. No fault, worth a look.
  const std::vector<std::uint64_t>& clock_regressions() const { return regressions_; }

 private:
  crypto::PublicKey ed_;
  Head head_;
  WallTime newest_{};
  std::vector<std::uint64_t> regressions_;
};

/// The first fault of a whole ledger. With `expected` a missing end is one too (`truncated`, at the place
/// behind the last row).
std::optional<Fault> verify(std::span<const Row> rows, const crypto::PublicKey& ed,
                            const std::optional<Head>& expected = std::nullopt);

}  // namespace omegate::trust
