#include "bridge/edge/store/meta.hpp"

#include <string>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"

namespace omegate::store {

Bytes read_meta(Connection& db, std::string_view name) {
  Query find(db, "SELECT value FROM meta WHERE name = ?", name);
  if (!find.next()) throw StoreCorrupt("database: " + std::string(name) + " is missing; restore a backup");
  return find.blob(0);
}

bool has_meta(Connection& db, std::string_view name) {
  return Query(db, "SELECT 1 FROM meta WHERE name = ?", name).next();
}

void write_meta(Connection& db, std::string_view name, ByteView value) {
  Query(
      db,
      "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name, value)
      .run();
}

Bytes database_id(Connection& db) { return read_meta(db, "database_id"); }

}  // namespace omegate::store
