#include "bridge/edge/store/runs.hpp"

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {
namespace {

Place place_of(RunId id, const std::string& plugin, AccountId account) {
  return {"runs", "body", account.value(), std::to_string(id.value()) + '\n' + plugin};
}

}  // namespace

Runs::Runs(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "runs")) {}

RunId Runs::add(const std::string& plugin, AccountId account, ByteView body, WallTime now) {
  const RunId id(next_id_++);
  Query(db_, "INSERT INTO runs (id, plugin, account, body, created_ms) VALUES (?, ?, ?, ?, ?)", id, plugin, account,
        sealer_.seal(place_of(id, plugin, account), body), now)
      .run();
  return id;
}

std::optional<StoredRun> Runs::begin_next(WallTime now) {
  std::optional<StoredRun> run;
  {
    Query query(db_, "SELECT id, plugin, account, body, created_ms, begun_ms FROM runs WHERE begun_ms IS NULL ORDER BY id LIMIT 1");
    if (query.next()) run = read(query);
  }
  if (!run) return std::nullopt;
  Query(db_, "UPDATE runs SET begun_ms = ? WHERE id = ?", now, run->id).run();
  run->begun = now;
  return run;
}

std::vector<StoredRun> Runs::begun() {
  std::vector<StoredRun> runs;
  Query query(db_, "SELECT id, plugin, account, body, created_ms, begun_ms FROM runs WHERE begun_ms IS NOT NULL ORDER BY id");
  while (query.next()) runs.push_back(read(query));
  return runs;
}

void Runs::erase(RunId id) { Query(db_, "DELETE FROM runs WHERE id = ?", id).run(); }

std::size_t Runs::count(std::string_view plugin) {
  Query query(db_, "SELECT count(*) FROM runs WHERE plugin = ?", plugin);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

StoredRun Runs::read(Query& row) {
  StoredRun run{RunId(row.integer(0)), row.text(1), AccountId(row.integer(2)), {}, row.time(4), row.maybe_time(5)};
  run.body = sealer_.open_bytes(place_of(run.id, run.plugin, run.account), row.blob(3));
  return run;
}

}  // namespace omegate::store
