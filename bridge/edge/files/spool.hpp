// Files that wait beside the database: to be sent, or received and not fetched yet.
//
// Each is sealed piece by piece under a key of its own, which is kept elsewhere (sealed in the database): with
// the row the content is gone. Names are random and ours alone, so nothing from outside ever becomes a part of
// a path. A file has its name only once it is whole, verified by whoever wrote it, and on the disk; before it
// is `NAME.part`, which no reader opens and each start removes.
//
// All functions block on the disk: call them where that is no harm. Not here: which files there are, and how
// long (edge/store/file_table.hpp), threads (gateway/files/file_desk.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include "bridge/core/base/bytes.hpp"
#include "bridge/core/base/random.hpp"
#include "bridge/core/crypto/file_cipher.hpp"
#include "bridge/core/crypto/secret.hpp"

namespace omegate::files {

/// The disk fails, is full, or holds something else than what was written. `what()` names the file.
struct SpoolFailure : std::runtime_error {
  using runtime_error::runtime_error;
};

/// A whole file, and what opens it.
struct SpoolFile {
  std::string name;  // 32 hex digits
  crypto::Secret<32> key;
  std::uint64_t size = 0;  // of the plaintext. Unit: bytes
  Bytes sha256{};          // of the plaintext
};

class Spool;

/// One file being written. Going away unfinished removes it.
class SpoolWriter {
 public:
  SpoolWriter(SpoolWriter&& other) noexcept;
  SpoolWriter& operator=(SpoolWriter&&) = delete;
  ~SpoolWriter();

  /// Throws `SpoolFailure`; then the file is of no more use.
  void write(ByteView plaintext);

  std::uint64_t size() const { return size_; }

  /// The file is on the disk and has its name. Once. Throws `SpoolFailure`.
  SpoolFile finish();

 private:
  friend class Spool;
  SpoolWriter(int folder, int descriptor, std::string name, Random& random);

  void seal_piece(ByteView piece);
  void append(ByteView bytes);
  [[noreturn]] void fail(const std::string& what) const;

  int folder_;
  int descriptor_;
  std::string name_;
  Random& random_;
  crypto::Secret<32> key_;
  crypto::RunningHash hash_{crypto::Hash::sha256};
  Bytes waiting_;  // less than a piece
  std::uint64_t size_ = 0, pieces_ = 0, unsynced_ = 0;
};

/// One file being read, in any order.
class SpoolReader {
 public:
  SpoolReader(SpoolReader&& other) noexcept;
  SpoolReader& operator=(SpoolReader&&) = delete;
  ~SpoolReader();

  std::uint64_t pieces() const;

  /// Piece `number`, from 0: `spool_piece` bytes, the last one fewer. Throws `SpoolFailure`: altered, or the
  /// disk fails.
  crypto::SecretBytes read(std::uint64_t number) const;

 private:
  friend class Spool;
  SpoolReader(int descriptor, SpoolFile file) : descriptor_(descriptor), file_(std::move(file)) {}

  int descriptor_;
  SpoolFile file_;
};

class Spool {
 public:
  /// Makes the folder (0700) if it is not there. Throws `SpoolFailure`: it cannot be used, or is a link.
  Spool(std::filesystem::path folder, Random& random);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  SpoolWriter create() const;

  /// Throws `SpoolFailure`: not there, or not what was written (a link, another length).
  SpoolReader open(const SpoolFile& file) const;

  bool has(const std::string& name) const;
  void remove(const std::string& name) const noexcept;

  /// Removes whatever is not in `known`, unfinished files too. How many. For the start: nobody writes.
  std::size_t sweep(const std::set<std::string>& known) const;

  const std::filesystem::path& folder() const { return path_; }

 private:
  std::filesystem::path path_;
  int folder_;
  Random& random_;
};

}  // namespace omegate::files
