#include "bridge/edge/store/lineage.hpp"

#include <algorithm>

#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/failpoint.hpp"
#include "bridge/edge/store/meta.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

std::uint64_t as_count(std::int64_t value) { return static_cast<std::uint64_t>(value); }

EpochId id_in(Query& row, int column) {
  EpochId id{};
  const Bytes stored = row.blob(column);
  if (stored.size() != id.size()) throw StoreCorrupt("database: an epoch is unreadable; restore a backup");
  std::copy(stored.begin(), stored.end(), id.begin());
  return id;
}

}  // namespace

std::string_view describe(Rekeying cause) {
  switch (cause) {
    case Rekeying::rolled_back:
      return "the database is older than the one that ran last";
    case Rekeying::restored:
      return "a backup was restored";
    case Rekeying::anchor_lost:
      return "the anchor is gone, so nobody knows whether the database is the one that ran last";
    case Rekeying::server_knows:
      return "the server has seen a later state than the database";
  }
  return "unknown";
}

void Lineage::arrive(Anchor* anchor, Random& random, WallTime now) {
  const auto mark = anchor ? anchor->read(sealer_, database_id(db_)) : std::nullopt;
  const auto due = anchor ? judge(mark) : std::nullopt;
  if (mark && !due) check_ledger(*mark);
  db_.execute("BEGIN IMMEDIATE");
  if (due) demand_rekeying(*due);
  if (due && mark) note_lost(*mark);
  count_commit();
  begin_epoch(random, now);
  failpoint("store.before_epoch");
  db_.execute("COMMIT");
  failpoint("store.after_epoch");
  if (!anchor) return;
  anchor->write(current(), sealer_, database_id(db_));
  anchor->sync();
  failpoint("store.after_first_mark");
  if (is_anchored()) return;
  sync_folder(anchor->path());
  db_.execute("BEGIN IMMEDIATE");
  Query(db_, "UPDATE lineage SET anchored = 1").run();
  count_commit();
  db_.execute("COMMIT");
  failpoint("store.after_anchored");
}

std::optional<Rekeying> Lineage::judge(const std::optional<Mark>& mark) {
  if (!mark) return is_anchored() ? std::optional(Rekeying::anchor_lost) : std::nullopt;
  return descends_from(*mark) ? std::nullopt : std::optional(Rekeying::rolled_back);
}

bool Lineage::descends_from(const Mark& mark) {
  Query find(db_, R"(SELECT coalesce((SELECT min(first) FROM epochs AS later WHERE later.number > e.number),
                                     (SELECT commits FROM lineage))
                     FROM epochs AS e WHERE id = ?)",
             ByteView(mark.epoch));
  return find.next() && as_count(find.integer(0)) >= mark.commits;
}

/// Whoever has the data key could shorten the ledger and sign it anew; not so that the anchor's row is in it.
void Lineage::check_ledger(const Mark& mark) {
  if (mark.ledger.seq == 0) return;
  Query lost(db_, "SELECT 1 FROM epochs WHERE id = ? AND lost = 1", ByteView(mark.epoch));
  if (lost.next()) return;
  Query find(db_, "SELECT hash FROM ledger WHERE seq = ?", mark.ledger.seq);
  const Bytes hash = find.next() ? find.blob(0) : Bytes();
  if (std::equal(hash.begin(), hash.end(), mark.ledger.hash.begin(), mark.ledger.hash.end())) return;
  throw StoreCorrupt(
      "the trust ledger lacks row " + std::to_string(mark.ledger.seq) +
      " as the anchor remembers it: somebody altered it; nothing is sent on such a ledger, restore a "
      "backup");
}

Mark Lineage::count_commit() {
  Query(db_, "UPDATE lineage SET commits = commits + 1").run();
  return current();
}

Mark Lineage::current() {
  Query newest(db_, "SELECT id, (SELECT commits FROM lineage) FROM epochs ORDER BY number DESC LIMIT 1");
  if (!newest.next()) return {};
  Mark mark{id_in(newest, 0), as_count(newest.integer(1)), {}};
  Query head(db_, "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1");
  if (!head.next()) return mark;
  mark.ledger.seq = as_count(head.integer(0));
  const Bytes hash = head.blob(1);
  std::copy_n(hash.begin(), std::min(hash.size(), mark.ledger.hash.size()), mark.ledger.hash.begin());
  return mark;
}

EpochId Lineage::begin_epoch(Random& random, WallTime now) {
  EpochId id{};
  random.fill(id);
  Query(db_, R"(INSERT INTO epochs (number, id, first, begun_ms)
                SELECT coalesce(max(number), 0) + 1, ?, (SELECT commits FROM lineage), ? FROM epochs)",
        ByteView(id), now)
      .run();
  return id;
}

bool Lineage::knows(const EpochId& id) {
  return Query(db_, "SELECT 1 FROM epochs WHERE id = ?", ByteView(id)).next();
}

void Lineage::note_lost(const Mark& mark) {
  Query(db_, "UPDATE lineage SET commits = max(commits, ?)", mark.commits).run();
  Query(db_, R"(INSERT INTO epochs (number, id, first, begun_ms, lost)
                SELECT coalesce(max(number), 0) + 1, ?1, (SELECT commits FROM lineage), 0, 1 FROM epochs WHERE true
                ON CONFLICT (id) DO UPDATE SET lost = 1)",
        ByteView(mark.epoch))
      .run();
}

std::optional<Rekeying> Lineage::rekeying_due() {
  Query query(db_, "SELECT rekeying_due FROM lineage");
  query.next();
  return query.is_null(0) ? std::nullopt : std::optional(static_cast<Rekeying>(query.integer(0)));
}

void Lineage::demand_rekeying(Rekeying cause) {
  Query(db_, "UPDATE lineage SET rekeying_due = coalesce(rekeying_due, ?)", static_cast<int>(cause)).run();
}

void Lineage::note_rekeyed(WallTime now) {
  Query(db_, "UPDATE lineage SET rekeyed = rekeying_due, rekeyed_ms = ?, rekeying_due = NULL", now).run();
}

std::optional<Lineage::Rekeyed> Lineage::last_rekeyed() {
  Query query(db_, "SELECT rekeyed, rekeyed_ms FROM lineage");
  query.next();
  if (query.is_null(0)) return std::nullopt;
  return Rekeyed{static_cast<Rekeying>(query.integer(0)), query.time(1)};
}

bool Lineage::is_halted() {
  Query query(db_, "SELECT halted FROM lineage");
  return query.next() && query.integer(0) != 0;
}

void Lineage::set_halted(bool halted) { Query(db_, "UPDATE lineage SET halted = ?", halted).run(); }

Bytes Lineage::tag(std::string_view purpose, ByteView message) const { return sealer_.tag(purpose, message); }

bool Lineage::is_anchored() {
  Query query(db_, "SELECT anchored FROM lineage");
  return query.next() && query.integer(0) != 0;
}

}  // namespace omegate::store
