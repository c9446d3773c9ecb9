// What a secret file and its folder must be like.
#pragma once

#include <optional>
#include <string>

namespace omegate::store {

/// Why nothing secret should lie in the folder of `path`: it is missing, or anybody may replace files in it.
std::optional<std::string> folder_complaint(const std::string& path);

/// The last words of a sentence about a system call that just failed.
std::string last_system_error();

/// Makes names in the folder of `path` durable. Throws `StoreUnusable`.
void sync_folder(const std::string& path);

/// A file descriptor that closes itself.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace omegate::store
