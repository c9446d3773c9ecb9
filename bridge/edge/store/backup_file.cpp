#include "bridge/edge/store/backup_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/limits.hpp"

namespace omegate::store {

namespace {

constexpr std::string_view magic = "OMEGATE-BACKUP-1\n";
constexpr std::string_view magic_of_all = "OMEGATE-BACKUP-";
constexpr std::size_t head_size = magic.size() + 16 + 4 + 4 + 8;
constexpr std::size_t sealed_keys_size = 64 + crypto::aead_overhead;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

std::uint64_t number_in(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

Bytes backup_preamble(KeySlots& slots, const LockedBy& by, const crypto::Secret<32>& backup_key,
                      WallTime made) {
  std::string head(magic);
  head += as_text(by.lock.salt);
  append_number(head, by.lock.cost.value().passes, 4);
  append_number(head, by.lock.cost->memory_kib, 4);
  append_number(head, static_cast<std::uint64_t>(to_ms(made)), 8);
  head += as_text(slots.seal_for_backup(by.outer, as_bytes(head), backup_key.bytes()));
  return to_bytes(head);
}

// --- writing

BackupWriter::BackupWriter(std::string path, ByteView preamble, const crypto::Secret<32>& backup_key,
                           Random& random)
    : path_(std::move(path)),
      unfinished_(path_ + ".unfinished"),
      file_(open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)),
      preamble_(preamble.begin(), preamble.end()),
      sealer_(backup_key, random),
      piece_(backup_piece) {
  if (!file_) throw StoreUnusable("cannot write the backup " + unfinished_ + ": " + last_system_error());
  if (fchmod(file_.get(), 0600) != 0)
    throw StoreUnusable("cannot close the backup " + unfinished_ + " to others: " + last_system_error());
  write(preamble_);
  write(sealer_.header());
}

BackupWriter::~BackupWriter() {
  if (!placed_) unlink(unfinished_.c_str());
}

void BackupWriter::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0)
      throw StoreUnusable("cannot write the backup " + unfinished_ + ": " + last_system_error());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void BackupWriter::seal_piece(bool last) {
  write(sealer_.seal(piece_.bytes().first(filled_), first_ ? ByteView(preamble_) : ByteView(), last));
  first_ = false;
  filled_ = 0;
}

void BackupWriter::put(ByteView bytes) {
  while (!bytes.empty()) {
    if (filled_ == backup_piece) seal_piece(false);
    const std::size_t size = std::min(bytes.size(), backup_piece - filled_);
    std::copy_n(bytes.begin(), size, piece_.writable().subspan(filled_).begin());
    filled_ += size;
    bytes = bytes.subspan(size);
  }
}

void BackupWriter::begin_entry(std::string_view name, std::uint64_t size) {
  std::string head;
  append_number(head, name.size(), 2);
  head += name;
  append_number(head, size, 8);
  put(as_bytes(head));
}

void BackupWriter::add(std::string_view name, ByteView content) {
  begin_entry(name, content.size());
  put(content);
}

void BackupWriter::add_file(std::string_view name, const std::string& source) {
  const OpenFile in(open(source.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!in || fstat(in.get(), &status) != 0)
    throw StoreUnusable("cannot read " + source + ": " + last_system_error());
  auto left = static_cast<std::uint64_t>(status.st_size);
  begin_entry(name, left);
  crypto::SecretBytes block(backup_piece);
  while (left > 0) {
    const ssize_t got =
        ::read(in.get(), block.writable().data(), std::min<std::uint64_t>(left, block.size()));
    if (got <= 0)
      throw StoreUnusable("cannot read " + source + ": it became shorter, or " + last_system_error());
    put(block.bytes().first(static_cast<std::size_t>(got)));
    left -= static_cast<std::uint64_t>(got);
  }
}

void BackupWriter::finish() {
  put(Bytes(2));  // a name of length 0
  seal_piece(true);
  if (fsync(file_.get()) != 0)
    throw StoreUnusable("cannot sync the backup " + unfinished_ + ": " + last_system_error());
}

void BackupWriter::move_into_place(bool replace) {
  struct stat status {};
  if (!replace && lstat(path_.c_str(), &status) == 0)
    throw StoreUnusable("there is a file " + path_ + " already");
  if (rename(unfinished_.c_str(), path_.c_str()) != 0)
    throw StoreUnusable("cannot write the backup " + path_ + ": " + last_system_error());
  placed_ = true;
  sync_folder(path_);
}

// --- reading

BackupReader::BackupReader(const std::string& path)
    : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)), preamble_(head_size + sealed_keys_size) {
  if (!file_) throw StoreUnusable("cannot read the backup " + path + ": " + last_system_error());
  if (!read_file(preamble_) || !read_file(header_)) reject("it is too short, or no backup of omegate");
  if (!as_text(preamble_).starts_with(magic_of_all)) reject("it is no backup of omegate");
  if (!as_text(preamble_).starts_with(magic))
    reject("a newer omegate wrote it; restore it with that version");
  const ByteView head = ByteView(preamble_).subspan(magic.size());
  std::copy_n(head.begin(), lock_.salt.size(), lock_.salt.begin());
  lock_.cost = {static_cast<std::uint32_t>(number_in(head.subspan(16, 4))),
                static_cast<std::uint32_t>(number_in(head.subspan(20, 4)))};
  made_ = from_ms(static_cast<std::int64_t>(number_in(head.subspan(24, 8))));
}

void BackupReader::reject(const std::string& why) const {
  throw BackupDamaged("the backup " + path_ + " cannot be used: " + why);
}

std::optional<DataKey> BackupReader::unlock(const crypto::Secret<32>& outer) {
  const ByteView all(preamble_);
  const auto keys = crypto::aead_open(outer, all.first(head_size), all.subspan(head_size));
  if (!keys || keys->size() != 64) return std::nullopt;
  unlock_with(crypto::Secret<32>::from(keys->bytes().first(32)).value());
  return DataKey{crypto::Secret<32>::from(keys->bytes().subspan(32)).value()};
}

void BackupReader::unlock_with(const crypto::Secret<32>& backup_key) { opener_.emplace(backup_key, header_); }

bool BackupReader::read_file(std::span<Byte> out) {
  while (!out.empty()) {
    const ssize_t got = ::read(file_.get(), out.data(), out.size());
    if (got < 0) throw StoreUnusable("cannot read the backup " + path_ + ": " + last_system_error());
    if (got == 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void BackupReader::open_piece() {
  if (last_) reject("it ends in the middle of a file");
  Bytes sealed(backup_piece + crypto::piece_overhead);
  std::size_t size = 0;
  while (size < sealed.size()) {
    const ssize_t got = ::read(file_.get(), sealed.data() + size, sealed.size() - size);
    if (got < 0) throw StoreUnusable("cannot read the backup " + path_ + ": " + last_system_error());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  auto piece = opener_.value().open(ByteView(sealed).first(size), first_ ? ByteView(preamble_) : ByteView());
  if (!piece) reject("it was altered, or cut off");
  first_ = false;
  last_ = piece->last;
  piece_ = std::move(piece->content);
  taken_ = 0;
  Byte behind = 0;
  if (last_ && ::read(file_.get(), &behind, 1) != 0) reject("there is something behind its end");
}

/// At least one byte, and as many as lie in the piece.
ByteView BackupReader::take(std::size_t most) {
  while (taken_ == piece_.size()) open_piece();
  const std::size_t size = std::min(most, piece_.size() - taken_);
  const ByteView view = piece_.bytes().subspan(taken_, size);
  taken_ += size;
  return view;
}

crypto::SecretBytes BackupReader::take_exactly(std::size_t size) {
  crypto::SecretBytes taken(size);
  for (std::size_t filled = 0; filled < size;) {
    const ByteView some = take(size - filled);
    std::copy(some.begin(), some.end(), taken.writable().subspan(filled).begin());
    filled += some.size();
  }
  return taken;
}

std::optional<BackupReader::Entry> BackupReader::next() {
  while (left_ > 0) left_ -= take(left_).size();
  const std::size_t length = number_in(take_exactly(2));
  if (length == 0) {
    if (taken_ != piece_.size() || !last_) reject("there is something behind its last file");
    return std::nullopt;
  }
  Entry entry{std::string(as_text(take_exactly(length))), number_in(take_exactly(8))};
  left_ = entry.size;
  return entry;
}

crypto::SecretBytes BackupReader::read() {
  if (left_ == 0) return {};
  crypto::SecretBytes some(take(left_));
  left_ -= some.size();
  return some;
}

crypto::SecretBytes BackupReader::read_all() {
  if (left_ > max_backup_file) reject("a file in it is larger than expected");
  auto all = take_exactly(static_cast<std::size_t>(left_));
  left_ = 0;
  return all;
}

}  // namespace omegate::store
