// The file that `omegate backup` writes: the database and what else a new machine needs, under a passphrase.
//
//   "OMEGATE-BACKUP-1\n"
//   salt 16 | passes 4 | memory KiB 4 | made ms 8      numbers big endian
//   sealed keys 104                                    backup key and data key, 32 bytes each, under the key
//                                                      of the passphrase; associated data: all of the above
//   stream header 24                                   secretstream under the backup key
//   pieces of 64 KiB + 17                              the last one shorter, marked as the last; associated
//                                                      data of the first: the magic up to the sealed keys
//
// Inside: entries, each name length 2 | name | size 8 | content; behind them a name of length 0. The first is
// `database`. A piece that is altered, missing, doubled or out of order, an end that is cut, and bytes behind
// the end are all found before the last byte is handed out. Not here: the copy of the database (copying.hpp),
// what a restore does with it (restoring.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/core/crypto/secret_stream.hpp"
#include "bridge/edge/store/files.hpp"
#include "bridge/edge/store/key_slots.hpp"

namespace omegate::store {

inline constexpr std::string_view database_entry = "database";

/// The first two parts of the file, which only a running gateway can make: it has the data key.
Bytes backup_preamble(KeySlots& slots, const LockedBy& by, const crypto::Secret<32>& backup_key,
                      WallTime made);

/// Writes beside its place and moves there when all is written and synced: a file of this name is a whole
/// backup.
class BackupWriter {
 public:
  /// 0600. Throws `StoreUnusable`.
  BackupWriter(std::string path, ByteView preamble, const crypto::Secret<32>& backup_key, Random& random);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  void add(std::string_view name, ByteView content);
  /// Streams it. Throws `StoreUnusable`.
  void add_file(std::string_view name, const std::string& source);
  /// All is written and synced, under the name of `unfinished`. Read it back before `move_into_place`.
  void finish();
  const std::string& unfinished() const { return unfinished_; }
  /// Throws `StoreUnusable`: there is a file already, and `replace` is not set.
  void move_into_place(bool replace);

 private:
  void begin_entry(std::string_view name, std::uint64_t size);
  void put(ByteView bytes);
  void seal_piece(bool last);
  void write(ByteView bytes);

  std::string path_, unfinished_;
  OpenFile file_;
  Bytes preamble_;
  crypto::StreamSealer sealer_;
  crypto::SecretBytes piece_;
  std::size_t filled_ = 0;
  bool first_ = true, placed_ = false;
};

class BackupReader {
 public:
  /// Reads what stands before the pieces. Throws `BackupDamaged`: no backup, or of a newer kind;
  /// `StoreUnusable`.
  explicit BackupReader(const std::string& path);

  const SlotLock& lock() const { return lock_; }
  WallTime made() const { return made_; }

  /// The data key. Nothing: another passphrase, or the file was altered there.
  std::optional<DataKey> unlock(const crypto::Secret<32>& outer);
  /// For who wrote it a moment ago.
  void unlock_with(const crypto::Secret<32>& backup_key);

  struct Entry {
    std::string name;
    std::uint64_t size = 0;
  };
  /// The next one; what was not read of the one before is skipped, and checked. Nothing behind the last, and
  /// then the whole file is known to be good. Throws `BackupDamaged`.
  std::optional<Entry> next();
  /// Some more of the entry; empty behind its end. Throws `BackupDamaged`.
  crypto::SecretBytes read();
  /// All of a small entry. Throws `BackupDamaged`: larger than `max_backup_file`.
  crypto::SecretBytes read_all();

 private:
  ByteView take(std::size_t most);
  crypto::SecretBytes take_exactly(std::size_t size);
  void open_piece();
  bool read_file(std::span<Byte> out);
  [[noreturn]] void reject(const std::string& why) const;

  std::string path_;
  OpenFile file_;
  Bytes preamble_;
  SlotLock lock_;
  WallTime made_{};
  crypto::StreamHeader header_{};
  std::optional<crypto::StreamOpener> opener_;
  crypto::SecretBytes piece_;
  std::size_t taken_ = 0;
  std::uint64_t left_ = 0;  // of the entry
  bool first_ = true, last_ = false;
};

}  // namespace omegate::store
