#include "bridge/core/trust/chain.hpp"

#include <algorithm>

#include "bridge/core/crypto/hash.hpp"

namespace omegate::trust {

namespace {

constexpr std::string_view chain_label = "omegate-ledger-v1";
constexpr std::string_view committed_label = "omegate-ledger-v2";
constexpr std::string_view entry_label = "omegate-ledger-entry-v1";
constexpr std::string_view checkpoint_label = "omegate-ledger-checkpoint-v1";

RowHash hash_of(std::string_view label, ByteView first, ByteView second) {
  Bytes message;
  message.reserve(label.size() + first.size() + second.size());
  message.insert(message.end(), label.begin(), label.end());
  message.insert(message.end(), first.begin(), first.end());
  message.insert(message.end(), second.begin(), second.end());
  const Bytes digest = crypto::digest(crypto::Hash::sha256, message);
  RowHash hash{};
  std::copy(digest.begin(), digest.end(), hash.begin());
  return hash;
}

Bytes checkpoint_text(const Head& head) {
  Bytes text = to_bytes(checkpoint_label);
  for (int shift = 56; shift >= 0; shift -= 8) text.push_back(static_cast<Byte>(head.seq >> shift));
  text.insert(text.end(), head.hash.begin(), head.hash.end());
  return text;
}

/// What the row says; nothing if it does not fit its commitment.
std::optional<RowHash> link(const RowHash& before, const Row& row) {
  if (!row.commitment) return row_hash(before, row.entry);
  const bool is_forgotten = row.entry.empty() && !row.salt;
  if (!is_forgotten && (!row.salt || commit_to(*row.salt, row.entry) != *row.commitment)) return std::nullopt;
  return row_hash(before, *row.commitment);
}

}  // namespace

RowHash row_hash(const RowHash& before, ByteView entry) { return hash_of(chain_label, before, entry); }

RowHash row_hash(const RowHash& before, const RowHash& commitment) {
  return hash_of(committed_label, before, commitment);
}

RowHash commit_to(const Salt& salt, ByteView entry) { return hash_of(entry_label, salt, entry); }

Row chain(const Head& head, Entry entry, const crypto::Secret<32>& signing_seed,
          const std::optional<Salt>& salt) {
  entry.seq = head.seq + 1;
  Row row;
  row.entry = encode(entry);
  row.salt = salt;
  if (salt) row.commitment = commit_to(*salt, row.entry);
  row.hash = *link(head.hash, row);
  row.signature = crypto::ed25519_sign(signing_seed, row.hash);
  return row;
}

Checkpoint checkpoint(const Head& head, const crypto::Secret<32>& signing_seed) {
  return {head, crypto::ed25519_public(signing_seed),
          crypto::ed25519_sign(signing_seed, checkpoint_text(head))};
}

bool is_genuine(const Checkpoint& checkpoint) {
  return crypto::ed25519_verify(checkpoint.signed_by, checkpoint_text(checkpoint.head), checkpoint.signature);
}

std::string describe(const Fault& fault) {
  return "row " + std::to_string(fault.seq) + ": " + make_error_code(fault.error).message();
}

bool Verifier::is_signed(const RowHash& hash, std::uint64_t seq, const crypto::Signature& signature) const {
  if (seq < trusted_.seq) return true;
  if (seq == trusted_.seq) return hash == trusted_.hash;
  return crypto::ed25519_verify(ed_, hash, signature);
}

Result<Entry> Verifier::next(const Row& row) {
  const bool is_forgotten = row.commitment && row.entry.empty();
  Entry gone;
  gone.seq = head_.seq + 1;
  gone.time = newest_;
  gone.fact = Fact::forgotten;
  Result<Entry> entry = is_forgotten ? Result<Entry>(gone) : decode(row.entry);
  if (!entry) return entry;
  if (entry->seq != head_.seq + 1) return Error::out_of_sequence;
  const auto hash = link(head_.hash, row);
  if (!hash || *hash != row.hash) return Error::wrong_hash;
  if (!is_signed(row.hash, entry->seq, row.signature)) return Error::wrong_signature;
  head_ = {entry->seq, row.hash};
  if (entry->fact == Fact::signing_key) ed_ = entry->key;
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
