#include "bridge/edge/store/ledger.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

// The head is sealed and kept apart from the rows: without it a missing end would look like a shorter ledger.
const Place seed_place{"meta", "value", 0, "ledger_seed"};
const Place head_place{"meta", "value", 0, "ledger_head"};

constexpr std::size_t head_size = 8 + trust::RowHash().size();

Bytes encode(const trust::Head& head) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<Byte>(head.seq >> shift));
  out.insert(out.end(), head.hash.begin(), head.hash.end());
  return out;
}

trust::Head decode_head(ByteView bytes) {
  if (bytes.size() != head_size) throw StoreCorrupt("database: the ledger's head is unreadable");
  trust::Head head;
  for (const Byte byte : bytes.first(8)) head.seq = head.seq << 8 | byte;
  std::copy(bytes.begin() + 8, bytes.end(), head.hash.begin());
  return head;
}

template <std::size_t Size>
bool copy_exactly(const Bytes& from, std::array<Byte, Size>& to) {
  if (from.size() != Size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

}  // namespace

void Ledger::initialise(Connection& db, const Sealer& sealer, Random& random) {
  const auto seed = crypto::Secret<32>::random(random);
  write_meta(db, seed_place.row, sealer.seal(seed_place, seed.bytes()));
  write_meta(db, head_place.row, sealer.seal(head_place, encode(trust::Head())));
}

Ledger::Ledger(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) {
  const auto seed = crypto::Secret<32>::from(sealer.open(seed_place, read_meta(db, seed_place.row)));
  if (!seed) throw StoreCorrupt("database: the ledger's signing key is unreadable");
  seed_ = *seed;
  ed_ = crypto::ed25519_public(seed_);
  head_ = decode_head(sealer.open(head_place, read_meta(db, head_place.row)));
  const LedgerReport report = read_all([this](const trust::Entry& entry) { view_.apply(entry); });
  if (report.fault)
    throw StoreCorrupt("the trust ledger does not verify: " + trust::describe(*report.fault) +
                       "; nothing is sent on such a ledger, restore a backup");
}

trust::Entry Ledger::append(trust::Entry entry, WallTime now) {
  entry.seq = head_.seq + 1;
  entry.time = now;
  const trust::Row row = trust::chain(head_, entry, seed_);
  entry = trust::decode(row.entry).value();  // with its texts cut as stored
  Query(db_, "INSERT INTO ledger (seq, entry, hash, signature) VALUES (?, ?, ?, ?)", entry.seq, row.entry,
        ByteView(row.hash), ByteView(row.signature))
      .run();
  const trust::Head next{entry.seq, row.hash};
  write_meta(db_, head_place.row, sealer_.seal(head_place, encode(next)));
  undo_.push_back({view_.before(entry), head_});
  view_.apply(entry);
  head_ = next;
  return entry;
}

void Ledger::append(std::span<const trust::Entry> entries, WallTime now) {
  for (const trust::Entry& entry : entries) append(entry, now);
}

void Ledger::roll_back(std::size_t mark) {
  while (undo_.size() > mark) {
    view_.put_back(std::move(undo_.back().view));
    head_ = undo_.back().head;
    undo_.pop_back();
  }
}

LedgerReport Ledger::verify() {
  return read_all([](const trust::Entry&) {});
}

template <class Take>
LedgerReport Ledger::read_all(Take take) {
  LedgerReport report;
  trust::Verifier verifier(ed_);
  Query query(db_, "SELECT entry, hash, signature, seq FROM ledger ORDER BY seq");
  while (query.next()) {
    ++report.rows;
    const std::uint64_t place = verifier.head().seq + 1;
    trust::Row row;
    row.entry = query.blob(0);
    if (!copy_exactly(query.blob(1), row.hash))
      return report.fault = {place, trust::Error::wrong_hash}, report;
    if (!copy_exactly(query.blob(2), row.signature))
      return report.fault = {place, trust::Error::wrong_signature}, report;
    const auto entry = verifier.next(row);
    if (!entry) return report.fault = {place, static_cast<trust::Error>(entry.error().value())}, report;
    if (query.integer(3) != static_cast<std::int64_t>(place))
      return report.fault = {place, trust::Error::out_of_sequence}, report;
    take(*entry);
  }
  report.clock_regressions = verifier.clock_regressions();
  if (verifier.head() != head_) report.fault = {verifier.head().seq + 1, trust::Error::truncated};
  return report;
}

std::vector<trust::Entry> Ledger::history(std::string_view account, std::string_view peer,
                                          std::size_t limit) {
  std::vector<trust::Entry> entries;
  Query query(db_, "SELECT entry FROM ledger ORDER BY seq DESC");
  while (entries.size() < limit && query.next()) {
    const auto entry = trust::decode(query.blob(0));
    if (!entry) throw StoreCorrupt("the trust ledger does not verify: a row is unreadable");
    const bool wanted =
        (account.empty() || entry->account == account) && (peer.empty() || entry->peer == peer);
    if (wanted) entries.push_back(*entry);
  }
  return entries;
}

}  // namespace omegate::store
