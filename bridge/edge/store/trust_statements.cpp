#include "bridge/edge/store/trust_statements.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

namespace {

crypto::PublicKey key_at(Query& row, int column) {
  crypto::PublicKey key{};
  const Bytes stored = row.blob(column);
  if (stored.size() == key.size()) std::copy(stored.begin(), stored.end(), key.begin());
  return key;
}

}  // namespace

void TrustStatements::put(AccountId account, const trust::Statement& said, bool counted) {
  Query(db_,
        R"(INSERT INTO trust_statements (account, sender, sender_key, owner, key, trusts, said_ms, counted)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (account, sender, sender_key, owner, key) DO UPDATE
                SET trusts = excluded.trusts, said_ms = excluded.said_ms, counted = excluded.counted
                WHERE excluded.said_ms > said_ms OR (excluded.said_ms = said_ms AND excluded.counted > counted))",
        account, said.sender, ByteView(said.sender_key), said.owner, ByteView(said.key), said.trusts,
        said.said, counted)
      .run();
  Query(db_,
        R"(DELETE FROM trust_statements WHERE account = ?1 AND sender = ?2 AND (sender_key, owner, key) IN (
                  SELECT sender_key, owner, key FROM trust_statements WHERE account = ?1 AND sender = ?2
                  ORDER BY said_ms DESC LIMIT -1 OFFSET ?3))",
        account, said.sender, max_trust_statements)
      .run();
}

std::optional<WallTime> TrustStatements::newest(AccountId account, std::string_view owner,
                                                const crypto::PublicKey& key) {
  Query query(
      db_,
      "SELECT max(said_ms) FROM trust_statements WHERE account = ? AND owner = ? AND key = ? AND counted = 1",
      account, owner, ByteView(key));
  if (!query.next() || query.is_null(0)) return std::nullopt;
  return query.time(0);
}

std::vector<trust::Statement> TrustStatements::waiting(AccountId account, std::string_view sender,
                                                       const crypto::PublicKey& key) {
  std::vector<trust::Statement> found;
  Query each(db_, R"(SELECT owner, key, trusts, said_ms FROM trust_statements
                     WHERE account = ? AND sender = ? AND sender_key = ? AND counted = 0 ORDER BY said_ms)",
             account, sender, ByteView(key));
  while (each.next())
    found.push_back(
        {std::string(sender), key, each.text(0), key_at(each, 1), each.integer(2) != 0, each.time(3)});
  return found;
}

std::size_t TrustStatements::forget_peer(AccountId account, std::string_view peer) {
  return Query(db_, "DELETE FROM trust_statements WHERE account = ?1 AND (sender = ?2 OR owner = ?2)",
               account, peer)
      .run();
}

}  // namespace omegate::store
