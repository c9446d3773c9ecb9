#include "bridge/edge/store/key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bridge/core/crypto/encoding.hpp"
#include "bridge/edge/store/error.hpp"
#include "bridge/edge/store/files.hpp"

namespace omegate::store {

namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t largest_file = 128;  // bytes; the longest form, hex, has 64 and a line break

[[noreturn]] void reject(const std::string& path, const std::string& why) {
  throw WrongDataKey("key file " + path + ": " + why);
}

void check_rights(const std::string& path, int descriptor, mode_t forbidden) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) reject(path, last_system_error());
  if (!S_ISREG(status.st_mode)) reject(path, "is not a regular file");
  if (status.st_uid != geteuid() && status.st_uid != 0) reject(path, "belongs to another user");
  if ((status.st_mode & forbidden) != 0) reject(path, "others may read or write it; do chmod 0600 on it");
}

crypto::SecretBytes read_all(const std::string& path, int descriptor) {
  crypto::SecretBytes content(largest_file);
  std::size_t size = 0;
  while (size < largest_file) {
    const ssize_t got = read(descriptor, content.writable().data() + size, largest_file - size);
    if (got < 0) reject(path, last_system_error());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  content.shrink(size);
  return content;
}

std::string_view without_line_break(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

FileKey parse(const std::string& path, ByteView content) {
  if (const auto raw = crypto::Secret<key_size>::from(content)) return {*raw};
  const std::string_view text = without_line_break(as_text(content));
  auto decoded = text.size() == 2 * key_size ? crypto::from_hex(text) : crypto::from_base64(text);
  if (!decoded) reject(path, "expected 32 raw bytes, 64 hexadecimal digits or base64");
  const auto key = crypto::Secret<key_size>::from(*decoded);
  crypto::wipe(*decoded);
  if (!key) reject(path, "expected a key of 32 bytes");
  return {*key};
}

FileKey load(const std::string& path, mode_t forbidden) {
  if (const auto complaint = folder_complaint(path)) reject(path, *complaint);
  const OpenFile file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) reject(path, last_system_error());
  check_rights(path, file.get(), forbidden);
  return parse(path, read_all(path, file.get()));
}

void write_all(const std::string& path, int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0) throw StoreUnusable("cannot write the key file " + path + ": " + last_system_error());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

FileKey load_key_file(const std::string& path) { return load(path, S_IRWXG | S_IRWXO); }

FileKey load_key_credential(const std::string& name) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder)
    reject(name, "no credentials were given to this process; set LoadCredential= in its systemd unit");
  if (name.empty() || name.find('/') != std::string::npos) reject(name, "is not the name of a credential");
  return load(std::string(folder) + '/' + name, S_IWGRP | S_IXGRP | S_IRWXO);
}

FileKey create_key_file(const std::string& path, Random& random) {
  if (const auto complaint = folder_complaint(path))
    throw StoreUnusable("key file " + path + ": " + *complaint);
  const OpenFile file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw StoreUnusable("cannot create the key file " + path + ": " + last_system_error());
  FileKey key{crypto::Secret<key_size>::random(random)};
  std::string text = crypto::to_base64(key.bytes.bytes()) + "\n";
  write_all(path, file.get(), text);
  crypto::wipe({reinterpret_cast<Byte*>(text.data()), text.size()});
  if (fsync(file.get()) != 0)
    throw StoreUnusable("cannot sync the key file " + path + ": " + last_system_error());
  sync_folder(path);
  return key;
}

void replace_key_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0)
    throw StoreUnusable("cannot put the key file " + from + " into the place of " + to + ": " +
                        last_system_error());
  sync_folder(to);
}

}  // namespace omegate::store
