// The table `files`: files that were sent to us, and files we promised to send.
//
// A row says where the content lies in the spool and holds the key to it, sealed; without the row the content
// is noise. Not here: the spool (edge/files/spool.hpp), what the details mean (gateway/files/file_record.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/time.hpp"
#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/store/ids.hpp"

namespace omegate::store {

class Connection;
class Query;
class Sealer;

/// Numbers are stored: append only.
enum class FileState {
  offered = 0,  // it lies with somebody else, and nobody here wants it so far
  wanted = 1,   // it is to be fetched
  here = 2,     // it is in the spool
  failed = 3,   // it could not be fetched; the details say why
};

/// "offered", "wanted" …
std::string_view name(FileState state);

/// Where the content lies in the spool.
struct SpooledContent {
  std::string name;
  crypto::Secret<32> key;
};

struct NewFile {
  AccountId account;
  FileState state = FileState::offered;
  std::optional<SpooledContent> content{};  // of `here`
  std::uint64_t size = 0;                   // of `here`; else as somebody claims. Unit: bytes
  Bytes details;                            // sealed; opaque here
  WallTime expires;
};

struct StoredFile {
  FileId id;
  std::string handle;  // 32 hex digits, random: whoever has it may use the file
  AccountId account;
  FileState state = FileState::offered;
  std::optional<SpooledContent> content{};
  std::uint64_t size = 0;
  Bytes details{};
  WallTime created{}, changed{}, expires{};
};

class FileTable {
 public:
  FileTable(Connection& db, const Sealer& sealer);

  FileId add(const NewFile& file, WallTime now);
  /// Of those that are not here only the newest `most` stay.
  void forget_offers(std::size_t most);

  std::optional<StoredFile> find(FileId id);
  std::optional<StoredFile> find(std::string_view handle);
  /// Newest first.
  std::vector<StoredFile> list(std::size_t limit);

  /// An offered or failed one is to be fetched. False if it is neither.
  bool want(FileId id, WallTime now);
  /// Oldest first.
  std::vector<StoredFile> wanted(std::size_t limit);
  /// It was fetched. False if it is not wanted any more: then the content is nobody's.
  bool arrive(FileId id, const SpooledContent& content, std::uint64_t size, ByteView details, WallTime now);
  void fail(FileId id, ByteView details, WallTime now);

  /// Deletes the row; the name of its content in the spool, if it had one, is for the caller to remove.
  std::optional<std::string> erase(FileId id);
  /// The same for what has expired and no message waits to carry, `limit` at most.
  std::vector<std::string> expire(WallTime now, std::size_t limit, std::size_t& rows);
  /// Deletes rows of `here` whose content is not among `names`: a backup does not carry it. How many.
  std::size_t forget_lost(const std::set<std::string>& names);

  /// Names of all content in the spool.
  std::set<std::string> contents();
  /// Bytes of all content, as plaintext.
  std::uint64_t used();

 private:
  StoredFile read(Query& row);

  Connection& db_;
  const Sealer& sealer_;
  std::int64_t next_id_;
};

}  // namespace omegate::store
