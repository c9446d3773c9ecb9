#include "bridge/edge/files/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "bridge/core/crypto/aead.hpp"
#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/files/limits.hpp"

namespace omegate::files {
namespace {

constexpr std::string_view unfinished = ".part";
constexpr std::size_t sealed_piece = spool_piece + crypto::aead_overhead;

std::string system_error() { return std::generic_category().message(errno); }

bool is_name(std::string_view name) {
  return name.size() == 32 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::uint64_t pieces_of(std::uint64_t size) { return (size + spool_piece - 1) / spool_piece; }

std::uint64_t sealed_size(std::uint64_t size) { return size + pieces_of(size) * crypto::aead_overhead; }

/// Each piece is bound to its place; the size in the database says how many there are.
std::array<Byte, 8> place_of(std::uint64_t number) {
  std::array<Byte, 8> place{};
  for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<Byte>(number >> (8 * (7 - i)));
  return place;
}

}  // namespace

SpoolWriter::SpoolWriter(int folder, int descriptor, std::string name, Random& random)
    : folder_(folder), descriptor_(descriptor), name_(std::move(name)), random_(random),
      key_(crypto::Secret<32>::random(random)) {}

SpoolWriter::SpoolWriter(SpoolWriter&& other) noexcept
    : folder_(other.folder_), descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)),
      random_(other.random_), key_(other.key_), hash_(std::move(other.hash_)), waiting_(std::exchange(other.waiting_, {})),
      size_(other.size_), pieces_(other.pieces_), unsynced_(other.unsynced_) {}

SpoolWriter::~SpoolWriter() {
  crypto::wipe(waiting_);
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlinkat(folder_, (name_ + std::string(unfinished)).c_str(), 0);
}

void SpoolWriter::fail(const std::string& what) const {
  throw SpoolFailure("cannot write the file " + name_ + " of the spool: " + what);
}

void SpoolWriter::append(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(system_error());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    unsynced_ += static_cast<std::uint64_t>(written);
  }
  if (unsynced_ < spool_sync) return;
  if (::fdatasync(descriptor_) != 0) fail(system_error());
  unsynced_ = 0;
}

void SpoolWriter::seal_piece(ByteView piece) {
  append(crypto::aead_seal(key_, place_of(pieces_), piece, random_));
  ++pieces_;
}

void SpoolWriter::write(ByteView plaintext) {
  hash_.update(plaintext);
  size_ += plaintext.size();
  if (waiting_.capacity() == 0) waiting_.reserve(spool_piece);  // never grows, so no copy stays behind
  while (!plaintext.empty()) {
    const std::size_t take = std::min(plaintext.size(), spool_piece - waiting_.size());
    waiting_.insert(waiting_.end(), plaintext.begin(), plaintext.begin() + static_cast<std::ptrdiff_t>(take));
    plaintext = plaintext.subspan(take);
    if (waiting_.size() < spool_piece) return;
    seal_piece(waiting_);
    waiting_.clear();
  }
}

SpoolFile SpoolWriter::finish() {
  if (!waiting_.empty()) seal_piece(waiting_);
  if (::fsync(descriptor_) != 0) fail(system_error());
  if (::renameat(folder_, (name_ + std::string(unfinished)).c_str(), folder_, name_.c_str()) != 0) fail(system_error());
  if (::fsync(folder_) != 0) fail(system_error());
  ::close(std::exchange(descriptor_, -1));
  return {name_, key_, size_, hash_.finish()};
}

SpoolReader::SpoolReader(SpoolReader&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), file_(std::move(other.file_)) {}

SpoolReader::~SpoolReader() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t SpoolReader::pieces() const { return pieces_of(file_.size); }

crypto::SecretBytes SpoolReader::read(std::uint64_t number) const {
  const auto fail = [&](const std::string& why) {
    throw SpoolFailure("cannot read the file " + file_.name + " of the spool: " + why);
  };
  if (number >= pieces()) fail("it has no piece " + std::to_string(number));
  const std::uint64_t before = number * spool_piece;
  Bytes sealed(std::min<std::uint64_t>(spool_piece, file_.size - before) + crypto::aead_overhead);
  for (std::size_t got = 0; got < sealed.size();) {
    const ssize_t read = ::pread(descriptor_, sealed.data() + got, sealed.size() - got,
                                 static_cast<off_t>(number * sealed_piece + got));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) fail(read < 0 ? system_error() : "it is shorter than it was");
    got += static_cast<std::size_t>(read);
  }
  auto opened = crypto::aead_open(file_.key, place_of(number), sealed);
  if (!opened) fail("piece " + std::to_string(number) + " is not what was written");
  return std::move(*opened);
}

Spool::Spool(std::filesystem::path folder, Random& random) : path_(std::move(folder)), folder_(-1), random_(random) {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST)
    throw SpoolFailure("cannot make the folder " + path_.string() + " for files: " + system_error());
  folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder_ < 0) throw SpoolFailure("cannot use the folder " + path_.string() + " for files: " + system_error());
  ::fchmod(folder_, 0700);
}

Spool::~Spool() {
  if (folder_ >= 0) ::close(folder_);
}

SpoolWriter Spool::create() const {
  std::array<Byte, 16> random{};
  random_.fill(random);
  const std::string name = crypto::to_hex(random), part = name + std::string(unfinished);
  const int descriptor = ::openat(folder_, part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) throw SpoolFailure("cannot make a file in " + path_.string() + ": " + system_error());
  return SpoolWriter(folder_, descriptor, name, random_);
}

SpoolReader Spool::open(const SpoolFile& file) const {
  const auto fail = [&](const std::string& why) {
    throw SpoolFailure("cannot open the file " + file.name + " of the spool: " + why);
  };
  if (!is_name(file.name)) fail("that is no name");
  SpoolReader reader(::openat(folder_, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), file);
  if (reader.descriptor_ < 0) fail(system_error());
  struct stat status {};
  if (::fstat(reader.descriptor_, &status) != 0) fail(system_error());
  if (!S_ISREG(status.st_mode)) fail("it is no file");
  if (static_cast<std::uint64_t>(status.st_size) != sealed_size(file.size)) fail("it is not as long as it was");
  return reader;
}

bool Spool::has(const std::string& name) const {
  struct stat status {};
  return is_name(name) && ::fstatat(folder_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

void Spool::remove(const std::string& name) const noexcept {
  if (is_name(name)) ::unlinkat(folder_, name.c_str(), 0);
}

std::size_t Spool::sweep(const std::set<std::string>& known) const {
  const int copy = ::openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(copy < 0 ? nullptr : ::fdopendir(copy), &::closedir);
  if (!listing) throw SpoolFailure("cannot look into the folder " + path_.string() + ": " + system_error());
  std::size_t removed = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || known.contains(name)) continue;
    if (::unlinkat(folder_, name.c_str(), 0) == 0) ++removed;  // a folder is nobody's of ours
  }
  return removed;
}

}  // namespace omegate::files
