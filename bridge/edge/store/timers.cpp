#include "bridge/edge/store/timers.hpp"

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

Place place_of(std::string_view plugin, TimerKind kind, const Bytes& id) {
  return {"timers", "data", 0,
          std::string(plugin) + '\n' + std::to_string(static_cast<int>(kind)) + '\n' + crypto::to_hex(id)};
}

}  // namespace

void Timers::set(std::string_view plugin, TimerKind kind, std::string_view name, WallTime due,
                 ByteView data) {
  const Bytes id = sealer_.blind("timers", {plugin, name});
  Query(db_, R"(INSERT INTO timers (plugin, kind, id, due_ms, data) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (plugin, kind, id) DO UPDATE SET due_ms = excluded.due_ms, data = excluded.data)",
        plugin, static_cast<int>(kind), id, due, sealer_.seal(place_of(plugin, kind, id), data))
      .run();
}

std::optional<Timer> Timers::find(std::string_view plugin, TimerKind kind, std::string_view name) {
  Query query(db_,
              "SELECT plugin, kind, id, due_ms, data FROM timers WHERE plugin = ? AND kind = ? AND id = ?",
              plugin, static_cast<int>(kind), sealer_.blind("timers", {plugin, name}));
  if (!query.next()) return std::nullopt;
  return read(query);
}

bool Timers::erase(std::string_view plugin, TimerKind kind, std::string_view name) {
  return Query(db_, "DELETE FROM timers WHERE plugin = ? AND kind = ? AND id = ?", plugin,
               static_cast<int>(kind), sealer_.blind("timers", {plugin, name}))
             .run() > 0;
}

std::vector<Timer> Timers::due(WallTime now, std::size_t limit) {
  std::vector<Timer> timers;
  Query query(db_,
              "SELECT plugin, kind, id, due_ms, data FROM timers WHERE due_ms <= ? ORDER BY due_ms LIMIT ?",
              now, static_cast<std::int64_t>(limit));
  while (query.next()) timers.push_back(read(query));
  return timers;
}

void Timers::erase(const Timer& timer) {
  Query(db_, "DELETE FROM timers WHERE plugin = ? AND kind = ? AND id = ?", timer.plugin,
        static_cast<int>(timer.kind), timer.id)
      .run();
}

void Timers::postpone(const Timer& timer, WallTime due) {
  Query(db_, "UPDATE timers SET due_ms = ? WHERE plugin = ? AND kind = ? AND id = ?", due, timer.plugin,
        static_cast<int>(timer.kind), timer.id)
      .run();
}

std::optional<WallTime> Timers::next_due() {
  Query query(db_, "SELECT min(due_ms) FROM timers");
  return query.next() ? query.maybe_time(0) : std::nullopt;
}

std::vector<Timer> Timers::list(std::string_view plugin, TimerKind kind) {
  std::vector<Timer> timers;
  Query query(
      db_, "SELECT plugin, kind, id, due_ms, data FROM timers WHERE plugin = ? AND kind = ? ORDER BY due_ms",
      plugin, static_cast<int>(kind));
  while (query.next()) timers.push_back(read(query));
  return timers;
}

std::size_t Timers::count(std::string_view plugin) {
  Query query(db_, "SELECT count(*) FROM timers WHERE plugin = ?", plugin);
  query.next();
  return static_cast<std::size_t>(query.integer(0));
}

Timer Timers::read(Query& row) {
  Timer timer{row.text(0), static_cast<TimerKind>(row.integer(1)), row.blob(2), row.time(3), {}};
  timer.data = sealer_.open_bytes(place_of(timer.plugin, timer.kind, timer.id), row.blob(4));
  return timer;
}

}  // namespace omegate::store
