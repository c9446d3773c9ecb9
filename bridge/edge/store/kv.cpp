#include "bridge/edge/store/kv.hpp"

#include <algorithm>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_in(std::string_view column, std::string_view plugin, const Bytes& id) {
  return {"kv", column, 0, std::string(plugin) + '\n' + crypto::to_hex(id)};
}

}  // namespace

std::optional<KvValue> Kv::get(std::string_view plugin, std::string_view key, WallTime now) {
  const Bytes id = sealer_.blind("kv", {plugin, key});
  Query query(db_, R"(SELECT value, version FROM kv WHERE plugin = ? AND id = ?
                        AND (expires_ms IS NULL OR expires_ms > ?))",
              plugin, id, now);
  if (!query.next()) return std::nullopt;
  return KvValue{sealer_.open_bytes(place_in("value", plugin, id), query.blob(0)),
                 static_cast<std::uint64_t>(query.integer(1))};
}

std::uint64_t Kv::version(std::string_view plugin, std::string_view key, WallTime now) {
  Query query(db_, R"(SELECT version FROM kv WHERE plugin = ? AND id = ?
                        AND (expires_ms IS NULL OR expires_ms > ?))",
              plugin, sealer_.blind("kv", {plugin, key}), now);
  return query.next() ? static_cast<std::uint64_t>(query.integer(0)) : 0;
}

std::uint64_t Kv::put(std::string_view plugin, std::string_view key, ByteView value, std::optional<WallTime> expires) {
  const Bytes id = sealer_.blind("kv", {plugin, key});
  Query put(db_, R"(INSERT INTO kv (plugin, id, key, value, expires_ms, version)
                    VALUES (?, ?, ?, ?, ?, (random() & 9223372036854775807) | 1)
                    ON CONFLICT (plugin, id) DO UPDATE SET value = excluded.value, version = excluded.version,
                                                           expires_ms = excluded.expires_ms
                    RETURNING version)",
            plugin, id, sealer_.seal(place_in("key", plugin, id), key),
            sealer_.seal(place_in("value", plugin, id), value), expires);
  put.next();
  return static_cast<std::uint64_t>(put.integer(0));
}

bool Kv::erase(std::string_view plugin, std::string_view key) {
  return Query(db_, "DELETE FROM kv WHERE plugin = ? AND id = ?", plugin, sealer_.blind("kv", {plugin, key}))
             .run() > 0;
}

std::vector<std::string> Kv::keys(std::string_view plugin, std::string_view prefix, WallTime now) {
  std::vector<std::string> keys;
  Query query(db_, "SELECT id, key FROM kv WHERE plugin = ? AND (expires_ms IS NULL OR expires_ms > ?)", plugin, now);
  while (query.next()) {
    std::string key = sealer_.open_text(place_in("key", plugin, query.blob(0)), query.blob(1));
    if (key.starts_with(prefix)) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

KvUsage Kv::usage(std::string_view plugin) {
  Query query(db_, "SELECT count(*), coalesce(sum(length(key) + length(value)), 0) FROM kv WHERE plugin = ?",
              plugin);
  query.next();
  return {static_cast<std::size_t>(query.integer(0)), static_cast<std::size_t>(query.integer(1))};
}

std::size_t Kv::purge(WallTime now) {
  return Query(db_, "DELETE FROM kv WHERE expires_ms <= ?", now).run();
}

}  // namespace omegate::store
