#include "bridge/edge/store/ledger.hpp"

#include <algorithm>
#include <set>

#include "bridge/core/crypto/hash.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

// The head is sealed and kept apart from the rows: without it a missing end would look like a shorter ledger.
const Place seed_place{"meta", "value", 0, "ledger_seed"};
const Place head_place{"meta", "value", 0, "ledger_head"};
// Of the first row, since another key signs.
const Place first_key_place{"meta", "value", 0, "ledger_first_key"};

constexpr std::size_t hash_size = trust::RowHash().size();
constexpr std::size_t head_size = 8 + hash_size;

/// As the ledger stood after its last row. All signatures have a hash of their own, so that a start need not check each.
struct StoredHead {
  trust::Head head{};
  std::optional<trust::RowHash> signatures{};  // nothing: written before there was one
};

Bytes encode(const StoredHead& stored) {
  Bytes out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<Byte>(stored.head.seq >> shift));
  out.insert(out.end(), stored.head.hash.begin(), stored.head.hash.end());
  if (stored.signatures) out.insert(out.end(), stored.signatures->begin(), stored.signatures->end());
  return out;
}

StoredHead decode_head(ByteView bytes) {
  if (bytes.size() != head_size && bytes.size() != head_size + hash_size)
    throw StoreCorrupt("database: the ledger's head is unreadable");
  StoredHead stored;
  for (const Byte byte : bytes.first(8)) stored.head.seq = stored.head.seq << 8 | byte;
  std::copy_n(bytes.begin() + 8, hash_size, stored.head.hash.begin());
  if (bytes.size() > head_size) std::copy(bytes.begin() + head_size, bytes.end(), stored.signatures.emplace().begin());
  return stored;
}

/// Of all signatures, the next one behind those before it.
trust::RowHash with(const trust::RowHash& signatures, const crypto::Signature& next) {
  Bytes both(signatures.begin(), signatures.end());
  both.insert(both.end(), next.begin(), next.end());
  const Bytes hash = crypto::digest(crypto::Hash::sha256, both);
  trust::RowHash result{};
  std::copy(hash.begin(), hash.end(), result.begin());
  return result;
}

template <std::size_t Size>
bool copy_exactly(ByteView from, std::array<Byte, Size>& to) {
  if (from.size() != Size) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

constexpr const char* columns_of_all = "SELECT entry, hash, signature, seq, contact FROM ledger ORDER BY seq";
constexpr const char* columns_from =
    "SELECT entry, hash, signature, seq, contact FROM ledger WHERE seq > ? ORDER BY seq";
constexpr const char* columns_back =
    "SELECT entry, hash, signature, seq, contact FROM ledger WHERE seq < ? ORDER BY seq DESC";

struct Read {
  trust::Row row;
  std::optional<trust::Error> error{};
};

/// The contact whose key is missing is not yet a fault: it may have been forgotten.
Read read_row(Query& query, const LedgerContacts::Keys& keys) {
  Read read;
  if (query.is_null(4)) {
    read.row.entry = query.blob(0);
  } else {
    const auto key = keys.find(query.integer(4));
    auto row = open_row(key == keys.end() ? nullptr : &key->second,
                        static_cast<std::uint64_t>(query.integer(3)), query.blob(0));
    if (row) {
      read.row = std::move(*row);
    } else {
      read.error = trust::Error::undecodable_row;
    }
  }
  if (!copy_exactly(query.blob(1), read.row.hash)) read.error = trust::Error::wrong_hash;
  if (!copy_exactly(query.blob(2), read.row.signature)) read.error = trust::Error::wrong_signature;
  return read;
}

bool is_wanted(const trust::Entry& entry, const LedgerFilter& filter) {
  return (filter.account.empty() || entry.account == filter.account) &&
         (filter.peer.empty() || entry.peer == filter.peer) && (!filter.key || entry.key == *filter.key) &&
         (!filter.fact || entry.fact == *filter.fact) && (!filter.since || entry.time >= *filter.since) &&
         (!filter.until || entry.time < *filter.until);
}

}  // namespace

void Ledger::initialise(Connection& db, const Sealer& sealer, Random& random) {
  const auto seed = crypto::Secret<32>::random(random);
  write_meta(db, seed_place.row, sealer.seal(seed_place, seed.bytes()));
  write_meta(db, head_place.row, sealer.seal(head_place, encode(StoredHead{{}, trust::RowHash()})));
}

void Ledger::use_seed(const crypto::Secret<32>& seed) {
  seed_ = seed;
  ed_ = crypto::ed25519_public(seed_);
}

Ledger::Ledger(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer), contacts_(db, sealer) {
  const auto seed = crypto::Secret<32>::from(sealer.open(seed_place, read_meta(db, seed_place.row)));
  if (!seed) throw StoreCorrupt("database: the ledger's signing key is unreadable");
  use_seed(*seed);
  first_ed_ = ed_;
  if (has_meta(db, first_key_place.row) &&
      !copy_exactly(sealer.open_bytes(first_key_place, read_meta(db, first_key_place.row)), first_ed_))
    throw StoreCorrupt("database: the ledger's first public key is unreadable");
  const StoredHead stored = decode_head(sealer.open(head_place, read_meta(db, head_place.row)));
  head_ = stored.head;
  LedgerReport report = read_all(head_, [this](const trust::Row& row, const trust::Entry& entry) {
    signatures_ = with(signatures_, row.signature);
    if (entry.fact != trust::Fact::forgotten) view_.apply(entry);
  });
  if (!report.fault && signatures_ != stored.signatures) report = verify();  // which of them is it?
  if (report.fault)
    throw StoreCorrupt("the trust ledger does not verify: " + trust::describe(*report.fault) +
                       "; nothing is sent on such a ledger, restore a backup");
}

trust::Entry Ledger::append(trust::Entry entry, WallTime now) {
  entry.seq = head_.seq + 1;
  entry.time = now;
  const bool about_somebody = !entry.peer.empty();
  std::optional<trust::Salt> salt;
  if (about_somebody) sealer_.fill(salt.emplace());
  const trust::Row row = trust::chain(head_, entry, seed_, salt);
  entry = trust::decode(row.entry).value();  // with its texts cut as stored
  std::optional<std::int64_t> contact;
  Bytes stored = row.entry;
  if (about_somebody) {
    const auto key = contacts_.key_of(entry.account, entry.peer);
    contact = key.id;
    stored = seal_row(sealer_, key.key, entry.seq, row);
  }
  Query(db_, "INSERT INTO ledger (seq, entry, hash, signature, contact) VALUES (?, ?, ?, ?, ?)", entry.seq,
        stored, ByteView(row.hash), ByteView(row.signature), contact)
      .run();
  undo_.push_back({view_.before(entry), head_, signatures_});
  head_ = {entry.seq, row.hash};
  signatures_ = with(signatures_, row.signature);
  write_meta(db_, head_place.row, sealer_.seal(head_place, encode(StoredHead{head_, signatures_})));
  view_.apply(entry);
  return entry;
}

void Ledger::append(std::span<const trust::Entry> entries, WallTime now) {
  for (const trust::Entry& entry : entries) append(entry, now);
}

void Ledger::roll_back(std::size_t mark) {
  while (undo_.size() > mark) {
    view_.put_back(std::move(undo_.back().view));
    head_ = undo_.back().head;
    signatures_ = undo_.back().signatures;
    if (undo_.back().seed) use_seed(*undo_.back().seed);
    undo_.pop_back();
  }
}

LedgerReport Ledger::verify() {
  return read_all({}, [](const trust::Row&, const trust::Entry&) {});
}

/// A contact without key must have been forgotten by a signed row: else whoever can write the file could
/// take revocations back.
template <class Take>
LedgerReport Ledger::read_all(const trust::Head& trusted, Take take) {
  LedgerReport report;
  trust::Verifier verifier(first_ed_, trusted);
  const LedgerContacts::Keys keys = contacts_.all();
  std::map<std::int64_t, std::uint64_t> without_key;  // contact -> its first row
  std::set<std::string> forgotten;
  Query query(db_, columns_of_all);
  while (query.next()) {
    ++report.rows;
    const std::uint64_t place = verifier.head().seq + 1;
    if (query.integer(3) != static_cast<std::int64_t>(place))
      return report.fault = {place, trust::Error::out_of_sequence}, report;
    const Read read = read_row(query, keys);
    if (read.error) return report.fault = {place, *read.error}, report;
    const auto entry = verifier.next(read.row);
    if (!entry) return report.fault = {place, static_cast<trust::Error>(entry.error().value())}, report;
    if (entry->fact == trust::Fact::forgotten) {
      ++report.forgotten;
      without_key.try_emplace(query.integer(4), place);
    }
    if (entry->fact == trust::Fact::forgot) forgotten.insert(entry->value);
    take(read.row, *entry);
  }
  report.clock_regressions = verifier.clock_regressions();
  for (const auto& [contact, place] : without_key) {
    if (!forgotten.contains(std::to_string(contact)))
      return report.fault = {place, trust::Error::undecodable_row}, report;
  }
  if (verifier.head() != head_) report.fault = {verifier.head().seq + 1, trust::Error::truncated};
  return report;
}

std::vector<trust::Entry> Ledger::history(const LedgerFilter& filter) {
  std::set<std::int64_t> contacts;
  if (!filter.peer.empty()) {
    auto accounts = filter.account.empty() ? view_.accounts() : std::vector<std::string>{filter.account};
    for (const std::string& account : accounts)
      if (const auto id = contacts_.find(account, filter.peer)) contacts.insert(*id);
  }
  const LedgerContacts::Keys keys = contacts_.all();
  std::vector<trust::Entry> entries;
  Query query(db_, columns_back, filter.before > 0 ? filter.before : head_.seq + 1);
  while (entries.size() < filter.limit && query.next()) {
    const bool sealed = !query.is_null(4);
    if (sealed && !filter.peer.empty() && !contacts.contains(query.integer(4))) continue;
    const Read read = read_row(query, keys);
    trust::Entry entry;
    entry.seq = static_cast<std::uint64_t>(query.integer(3));
    entry.fact = trust::Fact::forgotten;
    if (!read.row.entry.empty()) {
      const auto decoded = trust::decode(read.row.entry);
      if (!decoded || read.error) throw StoreCorrupt("the trust ledger does not verify: a row is unreadable");
      entry = *decoded;
    }
    if (is_wanted(entry, filter)) entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<trust::Row> Ledger::rows(std::uint64_t after, std::size_t limit) {
  const LedgerContacts::Keys keys = contacts_.all();
  std::vector<trust::Row> rows;
  Query query(db_, columns_from, after);
  while (rows.size() < limit && query.next()) {
    Read read = read_row(query, keys);
    if (read.error) throw StoreCorrupt("the trust ledger does not verify: a row is unreadable");
    rows.push_back(std::move(read.row));
  }
  return rows;
}

std::optional<trust::RowHash> Ledger::hash_of(std::uint64_t seq) {
  Query query(db_, "SELECT hash FROM ledger WHERE seq = ?", seq);
  trust::RowHash hash{};
  if (!query.next() || !copy_exactly(query.blob(0), hash)) return std::nullopt;
  return hash;
}

trust::Entry Ledger::rotate_key(const std::string& actor, const std::string& reason, WallTime now) {
  crypto::Secret<32> next;
  sealer_.fill(next.writable());
  trust::Entry entry;
  entry.actor = actor;
  entry.fact = trust::Fact::signing_key;
  entry.key = crypto::ed25519_public(next);
  entry.reason = reason;
  entry = append(std::move(entry), now);
  undo_.back().seed = seed_;
  if (!has_meta(db_, first_key_place.row))
    write_meta(db_, first_key_place.row, sealer_.seal(first_key_place, ByteView(first_ed_)));
  write_meta(db_, seed_place.row, sealer_.seal(seed_place, next.bytes()));
  use_seed(next);
  return entry;
}

Ledger::Forgotten Ledger::forget(const std::string& account, const std::string& peer,
                                 const std::string& actor, const std::string& reason, WallTime now) {
  Forgotten result;
  const auto contact = contacts_.find(account, peer);
  {
    Query query(db_, "SELECT entry FROM ledger WHERE contact IS NULL");
    while (query.next()) {
      const auto entry = trust::decode(query.blob(0));
      if (entry && entry->account == account && entry->peer == peer) ++result.in_clear;
    }
  }
  if (!contact) return result;
  {
    Query count(db_, "SELECT count(*) FROM ledger WHERE contact = ?", *contact);
    count.next();
    result.rows = static_cast<std::uint64_t>(count.integer(0));
  }
  trust::Entry entry;
  entry.actor = actor;
  entry.account = account;
  entry.fact = trust::Fact::forgot;
  entry.value = std::to_string(*contact);
  entry.reason = reason;
  append(entry, now);
  trust::Entry about;
  about.account = account;
  about.peer = peer;
  undo_.push_back({view_.before(about), head_, signatures_});
  view_.forget(account, peer);
  contacts_.forget(*contact);
  return result;
}

}  // namespace omegate::store
