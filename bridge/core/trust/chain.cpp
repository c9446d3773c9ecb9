#include "bridge/core/trust/chain.hpp"

#include <algorithm>

#include "bridge/core/crypto/hash.hpp"

namespace omegate::trust {

namespace {

constexpr std::string_view chain_label = "omegate-ledger-v1";

}  // namespace

RowHash row_hash(const RowHash& before, ByteView entry) {
  Bytes message = to_bytes(chain_label);
  message.insert(message.end(), before.begin(), before.end());
  message.insert(message.end(), entry.begin(), entry.end());
  const Bytes digest = crypto::digest(crypto::Hash::sha256, message);
  RowHash hash{};
  std::copy(digest.begin(), digest.end(), hash.begin());
  return hash;
}

Row chain(const Head& head, Entry entry, const crypto::Secret<32>& signing_seed) {
  entry.seq = head.seq + 1;
  Row row;
  row.entry = encode(entry);
  row.hash = row_hash(head.hash, row.entry);
  row.signature = crypto::ed25519_sign(signing_seed, row.hash);
  return row;
}

std::string describe(const Fault& fault) {
  return "row " + std::to_string(fault.seq) + ": " + make_error_code(fault.error).message();
}

Result<Entry> Verifier::next(const Row& row) {
  Result<Entry> entry = decode(row.entry);
  if (!entry) return entry;
  if (entry->seq != head_.seq + 1) return Error::out_of_sequence;
  if (row_hash(head_.hash, row.entry) != row.hash) return Error::wrong_hash;
  if (!crypto::ed25519_verify(ed_, row.hash, row.signature)) return Error::wrong_signature;
  head_ = {entry->seq, row.hash};
  if (entry->time < newest_) regressions_.push_back(entry->seq);
  newest_ = std::max(newest_, entry->time);
  return entry;
}

std::optional<Fault> verify(std::span<const Row> rows, const crypto::PublicKey& ed,
                            const std::optional<Head>& expected) {
  Verifier verifier(ed);
  for (const Row& row : rows) {
    const auto entry = verifier.next(row);
    if (!entry) return Fault{verifier.head().seq + 1, static_cast<Error>(entry.error().value())};
  }
  if (expected && verifier.head() != *expected) return Fault{verifier.head().seq + 1, Error::truncated};
  return std::nullopt;
}

}  // namespace omegate::trust
