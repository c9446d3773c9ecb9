#include "bridge/edge/store/file_table.hpp"

#include <array>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/connection.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/rows.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

constexpr std::array<std::string_view, 4> state_names{"offered", "wanted", "here", "failed"};

constexpr const char* by_id =
    "SELECT id, handle, account, state, spool, key, size, details, created_ms, changed_ms, expires_ms FROM files WHERE id = ?";
constexpr const char* by_handle =
    "SELECT id, handle, account, state, spool, key, size, details, created_ms, changed_ms, expires_ms FROM files WHERE handle = ?";
constexpr const char* newest =
    "SELECT id, handle, account, state, spool, key, size, details, created_ms, changed_ms, expires_ms FROM files "
    "ORDER BY id DESC LIMIT ?";
constexpr const char* to_fetch =
    "SELECT id, handle, account, state, spool, key, size, details, created_ms, changed_ms, expires_ms FROM files "
    "WHERE state = 1 ORDER BY id LIMIT ?";

Place place_of(std::string_view column, FileId id, AccountId account) {
  return {"files", column, account.value(), std::to_string(id.value())};
}

}  // namespace

std::string_view name(FileState state) { return state_names.at(static_cast<std::size_t>(state)); }

FileTable::FileTable(Connection& db, const Sealer& sealer)
    : db_(db), sealer_(sealer), next_id_(first_unused_id(db, "files")) {}

FileId FileTable::add(const NewFile& file, WallTime now) {
  const FileId id(next_id_);
  std::array<Byte, 16> handle{};
  sealer_.fill(handle);
  std::optional<std::string> spool;
  std::optional<Bytes> key;
  if (file.content) {
    spool = file.content->name;
    key = sealer_.seal(place_of("key", id, file.account), file.content->key.bytes());
  }
  Query(db_, R"(
      INSERT INTO files (id, handle, account, state, spool, key, size, details, created_ms, changed_ms, expires_ms)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10))",
        id, crypto::to_hex(handle), file.account, static_cast<int>(file.state), spool, key, file.size,
        sealer_.seal(place_of("details", id, file.account), file.details), now, file.expires)
      .run();
  ++next_id_;
  return id;
}

void FileTable::forget_offers(std::size_t most) {
  Query(db_, R"(DELETE FROM files WHERE state IN (0, 3) AND id <=
                  (SELECT id FROM files WHERE state IN (0, 3) ORDER BY id DESC LIMIT 1 OFFSET ?))",
        static_cast<std::int64_t>(most))
      .run();
}

StoredFile FileTable::read(Query& row) {
  StoredFile file{FileId(row.integer(0)), row.text(1), AccountId(row.integer(2))};
  file.state = static_cast<FileState>(row.integer(3));
  if (!row.is_null(4)) {
    const auto opened = sealer_.open(place_of("key", file.id, file.account), row.blob(5));
    const auto key = crypto::Secret<32>::from(opened);
    if (!key) throw StoreCorrupt("the key of a file in the table files has a wrong length");
    file.content = SpooledContent{row.text(4), *key};
  }
  file.size = static_cast<std::uint64_t>(row.integer(6));
  file.details = sealer_.open_bytes(place_of("details", file.id, file.account), row.blob(7));
  file.created = row.time(8);
  file.changed = row.time(9);
  file.expires = row.time(10);
  return file;
}

std::optional<StoredFile> FileTable::find(FileId id) {
  Query query(db_, by_id, id);
  if (!query.next()) return std::nullopt;
  return read(query);
}

std::optional<StoredFile> FileTable::find(std::string_view handle) {
  Query query(db_, by_handle, handle);
  if (!query.next()) return std::nullopt;
  return read(query);
}

std::vector<StoredFile> FileTable::list(std::size_t limit) {
  std::vector<StoredFile> files;
  Query query(db_, newest, static_cast<std::int64_t>(limit));
  while (query.next()) files.push_back(read(query));
  return files;
}

bool FileTable::want(FileId id, WallTime now) {
  return Query(db_, "UPDATE files SET state = 1, changed_ms = ? WHERE id = ? AND state IN (0, 3)", now, id).run() > 0;
}

std::vector<StoredFile> FileTable::wanted(std::size_t limit) {
  std::vector<StoredFile> files;
  Query query(db_, to_fetch, static_cast<std::int64_t>(limit));
  while (query.next()) files.push_back(read(query));
  return files;
}

bool FileTable::arrive(FileId id, const SpooledContent& content, std::uint64_t size, ByteView details, WallTime now) {
  const auto file = find(id);
  if (!file || file->state != FileState::wanted) return false;
  Query(db_, "UPDATE files SET state = 2, spool = ?, key = ?, size = ?, details = ?, changed_ms = ? WHERE id = ?",
        content.name, sealer_.seal(place_of("key", id, file->account), content.key.bytes()), size,
        sealer_.seal(place_of("details", id, file->account), details), now, id)
      .run();
  return true;
}

void FileTable::fail(FileId id, ByteView details, WallTime now) {
  const auto file = find(id);
  if (!file) return;
  Query(db_, "UPDATE files SET state = 3, details = ?, changed_ms = ? WHERE id = ? AND state IN (0, 1)",
        sealer_.seal(place_of("details", id, file->account), details), now, id)
      .run();
}

std::optional<std::string> FileTable::erase(FileId id) {
  Query query(db_, "DELETE FROM files WHERE id = ? RETURNING spool", id);
  if (!query.next() || query.is_null(0)) return std::nullopt;
  return query.text(0);
}

std::vector<std::string> FileTable::expire(WallTime now, std::size_t limit, std::size_t& rows) {
  std::vector<std::string> contents;
  rows = 0;
  Query query(db_, R"(
      DELETE FROM files WHERE id IN (
        SELECT id FROM files WHERE expires_ms <= ?1
          AND NOT EXISTS (SELECT 1 FROM outbox WHERE file = files.id AND state IN (0, 1, 2, 5))
          AND NOT EXISTS (SELECT 1 FROM mail_files WHERE file = files.id) LIMIT ?2)
      RETURNING spool)",
              now, static_cast<std::int64_t>(limit));
  while (query.next()) {
    ++rows;
    if (!query.is_null(0)) contents.push_back(query.text(0));
  }
  return contents;
}

std::size_t FileTable::forget_lost(const std::set<std::string>& names) {
  std::vector<FileId> lost;
  {
    Query query(db_, "SELECT id, spool FROM files WHERE spool IS NOT NULL");
    while (query.next()) {
      if (!names.contains(query.text(1))) lost.emplace_back(query.integer(0));
    }
  }
  for (const FileId id : lost) erase(id);
  return lost.size();
}

std::set<std::string> FileTable::contents() {
  std::set<std::string> names;
  Query query(db_, "SELECT spool FROM files WHERE spool IS NOT NULL");
  while (query.next()) names.insert(query.text(0));
  return names;
}

std::uint64_t FileTable::used() {
  Query query(db_, "SELECT coalesce(sum(size), 0) FROM files WHERE spool IS NOT NULL");
  query.next();
  return static_cast<std::uint64_t>(query.integer(0));
}

}  // namespace omegate::store
