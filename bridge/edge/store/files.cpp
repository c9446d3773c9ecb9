#include "bridge/edge/store/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "bridge/edge/store/error.hpp"

namespace omegate::store {

namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace

std::optional<std::string> folder_complaint(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return "the folder " + folder + ": " + last_system_error();
  if (!S_ISDIR(status.st_mode)) return folder + " is not a folder";
  const bool anybody_writes = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
  if (anybody_writes) return "anybody may write in the folder " + folder + "; do chmod 0700 on it";
  return std::nullopt;
}

std::string last_system_error() { return std::generic_category().message(errno); }

void sync_folder(const std::string& path) {
  const OpenFile folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0)
    throw StoreUnusable("cannot sync the folder of " + path + ": " + last_system_error());
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace omegate::store
