#include "bridge/edge/store/seen.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

bool Seen::add(AccountId account, std::string_view key, WallTime now) {
  return Query(
             db_,
             "INSERT INTO seen (account, id, seen_ms) VALUES (?, ?, ?) ON CONFLICT (account, id) DO NOTHING",
             account, sealer_.blind("seen", {key}), now)
             .run() > 0;
}

bool Seen::contains(AccountId account, std::string_view key) {
  return Query(db_, "SELECT 1 FROM seen WHERE account = ? AND id = ?", account, sealer_.blind("seen", {key}))
      .next();
}

std::size_t Seen::purge(WallTime before) {
  return Query(db_, "DELETE FROM seen WHERE seen_ms < ?", before).run();
}

}  // namespace omegate::store
