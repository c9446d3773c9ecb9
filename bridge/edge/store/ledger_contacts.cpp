#include "bridge/edge/store/ledger_contacts.hpp"

#include <algorithm>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

constexpr std::string_view table = "ledger_contacts";

Place place_of(std::int64_t id) { return {table, "key", 0, std::to_string(id)}; }

Bytes place_in_chain(std::uint64_t seq) {
  Bytes out = to_bytes("omegate-ledger-row-v1");
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<Byte>(seq >> shift));
  return out;
}

crypto::Secret<32> opened(const Sealer& sealer, std::int64_t id, ByteView sealed) {
  const auto key = crypto::Secret<32>::from(sealer.open(place_of(id), sealed));
  if (!key) throw StoreCorrupt("database: a contact's key in the ledger is unreadable");
  return *key;
}

}  // namespace

LedgerContacts::Key LedgerContacts::key_of(std::string_view account, std::string_view peer) {
  const Bytes name = sealer_.blind(table, {account, peer});
  Query known(db_, "SELECT id, key FROM ledger_contacts WHERE name = ?", name);
  if (known.next()) return {known.integer(0), opened(sealer_, known.integer(0), known.blob(1))};
  Key fresh;
  sealer_.fill(fresh.key.writable());
  // Its number is part of the place its key is sealed for.
  Query insert(db_, "INSERT INTO ledger_contacts (name, key) VALUES (?, x'') RETURNING id", name);
  insert.next();
  fresh.id = insert.integer(0);
  insert.run();
  Query(db_, "UPDATE ledger_contacts SET key = ? WHERE id = ?",
        sealer_.seal(place_of(fresh.id), fresh.key.bytes()), fresh.id)
      .run();
  return fresh;
}

std::optional<std::int64_t> LedgerContacts::find(std::string_view account, std::string_view peer) {
  Query known(db_, "SELECT id FROM ledger_contacts WHERE name = ?", sealer_.blind(table, {account, peer}));
  if (!known.next()) return std::nullopt;
  return known.integer(0);
}

LedgerContacts::Keys LedgerContacts::all() {
  Keys keys;
  Query each(db_, "SELECT id, key FROM ledger_contacts ORDER BY id");
  while (each.next())
    keys.emplace_hint(keys.end(), each.integer(0), opened(sealer_, each.integer(0), each.blob(1)));
  return keys;
}

void LedgerContacts::forget(std::int64_t id) {
  Query(db_, "DELETE FROM ledger_contacts WHERE id = ?", id).run();
}

Bytes seal_row(const Sealer& sealer, const crypto::Secret<32>& key, std::uint64_t seq,
               const trust::Row& row) {
  Bytes secret(row.salt->begin(), row.salt->end());
  secret.insert(secret.end(), row.entry.begin(), row.entry.end());
  Bytes stored(row.commitment->begin(), row.commitment->end());
  const Bytes sealed = sealer.seal_under(key, place_in_chain(seq), secret);
  stored.insert(stored.end(), sealed.begin(), sealed.end());
  return stored;
}

std::optional<trust::Row> open_row(const crypto::Secret<32>* key, std::uint64_t seq, ByteView stored) {
  trust::Row row;
  if (stored.size() < trust::RowHash().size()) return std::nullopt;
  const ByteView commitment = stored.first(trust::RowHash().size());
  std::copy(commitment.begin(), commitment.end(), row.commitment.emplace().begin());
  if (!key) return row;
  const auto secret = crypto::aead_open(*key, place_in_chain(seq), stored.subspan(commitment.size()));
  if (!secret || secret->size() < trust::Salt().size()) return std::nullopt;
  const ByteView bytes = secret->bytes();
  std::copy_n(bytes.begin(), trust::Salt().size(), row.salt.emplace().begin());
  const ByteView entry = bytes.subspan(trust::Salt().size());
  row.entry.assign(entry.begin(), entry.end());
  return row;
}

}  // namespace omegate::store
