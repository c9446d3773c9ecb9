#include "bridge/edge/store/answers.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_in(std::string_view column, const Bytes& id) {
  return {"answers", column, 0, crypto::to_hex(id)};
}

}  // namespace

std::optional<StoredAnswer> Answers::find(std::string_view scope, std::string_view key) {
  const Bytes id = sealer_.blind("answers", {scope, key});
  Query query(db_, "SELECT body_hash, answer FROM answers WHERE id = ?", id);
  if (!query.next()) return std::nullopt;
  return StoredAnswer{sealer_.open_bytes(place_in("body_hash", id), query.blob(0)),
                      sealer_.open_bytes(place_in("answer", id), query.blob(1))};
}

bool Answers::add(std::string_view scope, std::string_view key, const StoredAnswer& answer, WallTime now) {
  const Bytes id = sealer_.blind("answers", {scope, key});
  return Query(db_, R"(INSERT INTO answers (id, body_hash, answer, created_ms) VALUES (?, ?, ?, ?)
                       ON CONFLICT (id) DO NOTHING)",
               id, sealer_.seal(place_in("body_hash", id), answer.body_hash),
               sealer_.seal(place_in("answer", id), answer.answer), now)
             .run() > 0;
}

std::size_t Answers::purge(WallTime before) {
  return Query(db_, "DELETE FROM answers WHERE created_ms < ?", before).run();
}

}  // namespace omegate::store
