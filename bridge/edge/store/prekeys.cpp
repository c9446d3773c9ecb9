#include "bridge/edge/store/prekeys.hpp"

#include "bridge/core/omemo/limits.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_in(std::string_view table, AccountId account, std::uint32_t id) {
  return {table, "secret", account.value(), std::to_string(id)};
}

template <class Key>
Key readable(Result<Key> parsed) {
  if (!parsed) throw StoreError("database: a stored prekey cannot be read");
  return std::move(*parsed);
}

std::uint32_t id_in(Query& row, int column) { return static_cast<std::uint32_t>(row.integer(column)); }

std::uint32_t only_number(Query& row) {
  if (!row.next()) throw StoreError("database: this account has no identity yet");
  return id_in(row, 0);
}

}  // namespace

std::vector<std::uint32_t> PreKeys::take_ids(AccountId account, std::size_t count) {
  Query start(db_, "SELECT next_prekey FROM identities WHERE account = ?", account);
  std::uint32_t id = only_number(start);
  std::vector<std::uint32_t> ids;
  for (; ids.size() < count; id = omemo::next_prekey_id(id))
    if (!find(account, id)) ids.push_back(id);  // after wrapping around an old one may still be there
  Query(db_, "UPDATE identities SET next_prekey = ? WHERE account = ?", id, account).run();
  return ids;
}

std::uint32_t PreKeys::take_signed_id(AccountId account) {
  Query start(db_, "SELECT next_signed_prekey FROM identities WHERE account = ?", account);
  std::uint32_t id = only_number(start);
  while (find_signed(account, id)) id = omemo::next_prekey_id(id);
  Query(db_, "UPDATE identities SET next_signed_prekey = ? WHERE account = ?", omemo::next_prekey_id(id),
        account)
      .run();
  return id;
}

void PreKeys::add(AccountId account, std::span<const omemo::PreKey> prekeys) {
  for (const omemo::PreKey& prekey : prekeys) {
    const Place place = place_in("prekeys", account, prekey.id);
    Query(db_, "INSERT INTO prekeys (account, id, secret) VALUES (?, ?, ?)", account, prekey.id,
          sealer_.seal(place, omemo::serialise(prekey)))
        .run();
  }
}

std::vector<omemo::PreKey> PreKeys::published(AccountId account) {
  std::vector<omemo::PreKey> prekeys;
  Query query(db_, "SELECT id, secret FROM prekeys WHERE account = ? AND used_ms IS NULL ORDER BY id",
              account);
  while (query.next()) {
    const Place place = place_in("prekeys", account, id_in(query, 0));
    prekeys.push_back(readable(omemo::parse_prekey(sealer_.open(place, query.blob(1)))));
  }
  return prekeys;
}

std::size_t PreKeys::count_published(AccountId account) {
  Query query(db_, "SELECT count(*) FROM prekeys WHERE account = ? AND used_ms IS NULL", account);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

std::optional<omemo::PreKey> PreKeys::find(AccountId account, std::uint32_t id) {
  Query query(db_, "SELECT secret FROM prekeys WHERE account = ? AND id = ?", account, id);
  if (!query.next()) return std::nullopt;
  return readable(omemo::parse_prekey(sealer_.open(place_in("prekeys", account, id), query.blob(0))));
}

void PreKeys::mark_used(AccountId account, std::uint32_t id, WallTime now) {
  Query(db_, "UPDATE prekeys SET used_ms = ? WHERE account = ? AND id = ? AND used_ms IS NULL", now, account,
        id)
      .run();
}

std::size_t PreKeys::delete_used(AccountId account, WallTime before) {
  return Query(db_, "DELETE FROM prekeys WHERE account = ? AND used_ms < ?", account, before).run();
}

void PreKeys::forget_all(AccountId account) {
  Query(db_, "DELETE FROM prekeys WHERE account = ?", account).run();
  Query(db_, "DELETE FROM signed_prekeys WHERE account = ?", account).run();
  Query(db_, R"(UPDATE identities SET next_prekey = 1 + (next_prekey + ?2) % ?3,
                  next_signed_prekey = 1 + (next_signed_prekey + ?2) % ?3
                WHERE account = ?1)",
        account, lost_prekey_ids, omemo::max_prekey_id)
      .run();
}

std::vector<StoredSignedPreKey> PreKeys::signed_prekeys(AccountId account) {
  std::vector<StoredSignedPreKey> prekeys;
  Query query(db_, R"(SELECT id, created_ms, current, secret FROM signed_prekeys WHERE account = ?
                      ORDER BY current DESC, created_ms DESC)",
              account);
  while (query.next()) {
    const Place place = place_in("signed_prekeys", account, id_in(query, 0));
    prekeys.push_back({readable(omemo::parse_signed_prekey(sealer_.open(place, query.blob(3)))),
                       query.time(1), query.integer(2) != 0});
  }
  return prekeys;
}

std::optional<omemo::SignedPreKey> PreKeys::find_signed(AccountId account, std::uint32_t id) {
  Query query(db_, "SELECT secret FROM signed_prekeys WHERE account = ? AND id = ?", account, id);
  if (!query.next()) return std::nullopt;
  const Place place = place_in("signed_prekeys", account, id);
  return readable(omemo::parse_signed_prekey(sealer_.open(place, query.blob(0))));
}

void PreKeys::rotate(AccountId account, const omemo::SignedPreKey& next, WallTime now) {
  Query(db_, "DELETE FROM signed_prekeys WHERE account = ? AND current = 0", account).run();
  Query(db_, "UPDATE signed_prekeys SET current = 0 WHERE account = ?", account).run();
  Query(db_, "INSERT INTO signed_prekeys (account, id, created_ms, current, secret) VALUES (?, ?, ?, 1, ?)",
        account, next.id, now,
        sealer_.seal(place_in("signed_prekeys", account, next.id), omemo::serialise(next)))
      .run();
}

}  // namespace omegate::store
