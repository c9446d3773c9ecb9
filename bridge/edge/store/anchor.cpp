#include "bridge/edge/store/anchor.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "bridge/core/crypto/secret.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/sealing.hpp"

namespace omegate::store {

namespace {

constexpr std::string_view magic = "OMEGANC1";
constexpr std::string_view tag_purpose = "anchor";
constexpr std::size_t id_size = 16, tag_size = 32;
constexpr std::size_t body_size = 8 + id_size + 16 + 8 + 8 + 32;
constexpr off_t record_distance = 512;  // bytes; one sector each

void append_number(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<Byte>(value >> shift));
}

std::uint64_t read_number(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes.first(8)) value = value << 8 | byte;
  return value;
}

Bytes encode(const Mark& mark, ByteView database_id) {
  Bytes out = to_bytes(magic);
  out.insert(out.end(), database_id.begin(), database_id.end());
  out.insert(out.end(), mark.epoch.begin(), mark.epoch.end());
  append_number(out, mark.commits);
  append_number(out, mark.ledger.seq);
  out.insert(out.end(), mark.ledger.hash.begin(), mark.ledger.hash.end());
  return out;
}

Mark decode(ByteView body) {
  Mark mark;
  body = body.subspan(magic.size() + id_size);
  std::copy_n(body.begin(), mark.epoch.size(), mark.epoch.begin());
  body = body.subspan(mark.epoch.size());
  mark.commits = read_number(body);
  mark.ledger.seq = read_number(body.subspan(8));
  std::copy_n(body.subspan(16).begin(), mark.ledger.hash.size(), mark.ledger.hash.begin());
  return mark;
}

bool is_genuine(ByteView record, const Sealer& sealer, ByteView database_id) {
  const ByteView body = record.first(body_size);
  const ByteView id = body.subspan(magic.size(), id_size);
  return as_text(body).starts_with(magic) &&
         std::equal(id.begin(), id.end(), database_id.begin(), database_id.end()) &&
         crypto::equal(sealer.tag(tag_purpose, body), record.subspan(body_size));
}

void make_folder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  if (folder.empty() || !std::filesystem::create_directories(folder, failure)) {
    if (failure)
      throw StoreUnusable("cannot make the folder of the anchor " + path + ": " + failure.message());
    return;
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);
  if (failure) throw StoreUnusable("cannot make the folder of the anchor " + path + ": " + failure.message());
}

int open_file(const std::string& path) {
  make_folder(path);
  if (const auto complaint = folder_complaint(path))
    throw StoreUnusable("anchor " + path + ": " + *complaint);
  return open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

}  // namespace

Anchor::Anchor(std::string path) : path_(std::move(path)), file_(open_file(path_)) {
  if (!file_) throw StoreUnusable("cannot open the anchor " + path_ + ": " + last_system_error());
  struct stat status {};
  if (fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode))
    throw StoreUnusable("the anchor " + path_ + " is not a regular file");
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
    throw StoreLocked(
        "the anchor " + path_ +
        " is in use: another gateway runs with a copy of this database; stop it first, two copies must "
        "never run at once");
}

std::optional<Mark> Anchor::read(const Sealer& sealer, ByteView database_id) const {
  std::optional<Mark> newest;
  for (const off_t place : {off_t{0}, record_distance}) {
    Bytes record(body_size + tag_size);
    if (pread(file_.get(), record.data(), record.size(), place) != static_cast<ssize_t>(record.size()))
      continue;
    if (!is_genuine(record, sealer, database_id)) continue;
    const Mark mark = decode(record);
    if (!newest || mark.commits > newest->commits) newest = mark;
  }
  return newest;
}

void Anchor::write(const Mark& mark, const Sealer& sealer, ByteView database_id) {
  Bytes record = encode(mark, database_id);
  const Bytes tag = sealer.tag(tag_purpose, record);
  record.insert(record.end(), tag.begin(), tag.end());
  const off_t place = second_ ? record_distance : 0;
  if (pwrite(file_.get(), record.data(), record.size(), place) != static_cast<ssize_t>(record.size()))
    throw StoreUnusable("cannot write the anchor " + path_ + ": " + last_system_error());
  second_ = !second_;
}

void Anchor::sync() {
  if (fdatasync(file_.get()) != 0)
    throw StoreUnusable("cannot sync the anchor " + path_ + ": " + last_system_error());
}

}  // namespace omegate::store
